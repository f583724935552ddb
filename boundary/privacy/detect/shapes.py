"""The shapes of legitimate values: ids, numbers, times, hashes, MACs, codes. Whatever is none of them is not let through.

`judge` answers "" for legitimate, a kind for personal data in a legitimate shape, None for a shape it does not know, and
bytes for hex and base64, which are legitimate unless those bytes turn out to be text.
"""

import re

from boundary.privacy.detect import checksums, codes, keys, letters, numbers, opaque, patterns
from boundary.privacy.detect.keys import Context

_UUID = re.compile(r"(?:urn:uuid:)?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})", re.IGNORECASE)
_TRACE_PARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_NUMBER = re.compile(r"([+-]?)(\d+)(?:\.(\d+))?(?:[eE][+-]?\d{1,3})?(%|[a-zA-Zµ]{1,6}(?:/[a-z]{1,3})?)?")
_GROUPED = re.compile(r"(?:[A-Z]{3} |[A-Z]{0,3}\$)?[+-]?\$?\d{1,3}(?:[,_]\d{3})*(?:\.\d+)?(?: ?[A-Z]{3,4})?")
_DATE = r"(?P<year>\d{4})-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?"
_CLOCK = r"(?P<clock>(?:[01]\d|2[0-4]):[0-5]\d(?::[0-6]\d(?:[.,]\d{1,9})?)?)"
_ZONE = r"(?: ?Z| ?[+-]\d\d:?\d\d| UTC)?"
_TIME = re.compile(rf"{_DATE}(?:[T_ ]{_CLOCK}{_ZONE})?")
_OTHER_TIME = re.compile(
    r"(?:[01]\d|2[0-4]):[0-5]\d(?::[0-6]\d(?:[.,]\d{1,9})?)?Z?|20\d\d-?(?:Q[1-4]|H[12]|W\d\d(?:-\d)?)|20\d{6}[T-](?:\d{6}|\d\d:\d\d:\d\d)(?:\.\d{1,9})?Z?"
    r"|P(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?|T[+-]\d{1,3}D?|[+-]\d\d:\d\d"
)
_ULID = re.compile(r"0(?!x)[0-9A-HJKMNP-TV-Z]{25}|0(?!x)[0-9a-hjkmnp-tv-z]{25}")
_ISIN = re.compile(r"[A-Z]{2}[A-Z0-9]{9}\d")
_LEI = re.compile(r"(?=.*[G-Z])[0-9A-Z]{18}\d\d")  # without such a letter it would be hex
_FIGI = re.compile(r"[B-DF-HJ-NP-TV-Z]{2}G[B-DF-HJ-NP-TV-Z0-9]{8}\d")
_OPTION = re.compile(r"[A-Z]{1,6} {0,5}\d{6}[CP]\d{8}")
_ZONE_NAME = re.compile(
    r"(?:Africa|America|Asia|Atlantic|Australia|Europe|Indian|Pacific|Etc)/[A-Z][A-Za-z_+-]{2,20}\d{0,2}"
)
_TAGGED = re.compile(r"([a-z0-9_-]{1,24})[:=$]([A-Za-z0-9+/=_-]{12,})")
_INTEGER_MAX = 78  # digits of 2**256
_VERSION = re.compile(r"\d{1,4}(?:\.\d{1,5}){1,4}")
_PARTS = re.compile(r"[.:/]")


def judge(text: str, context: Context = Context.NEUTRAL, *, strict: bool = False) -> str | bytes | None:
    if not text:
        return ""
    first = text[0]
    if first.isdigit() or first in "+-$":
        verdict = _numeric(text, context)
        if verdict is not None:
            return verdict
    elif first.isalpha() and (verdict := _worded(text, context)) is not None:
        return verdict
    by_chance = opaque.judge(text, context)
    return by_chance if by_chance is not None else _code(text, context, strict=strict)


def _code(text: str, context: Context, *, strict: bool) -> str | None:
    """A code of known words, unless its digits are somebody's."""
    verdict = codes.judge(text, codes.Setting(context is Context.SYMBOL, context is Context.KEY_ID, strict))
    if verdict != "":
        return verdict
    if any(map(opaque.hides_text, _PARTS.split(text))) or "xn--" in text.lower():
        return None
    if ":" in text and (announced := keys.classify(text.partition(":")[0]).telling):
        return announced
    if text.count(":") > 1 or sum(char.isdigit() for char in text) > 3:
        return next(patterns.find_in_code(text), "")
    return ""


def _worded(text: str, context: Context) -> str | bytes | None:
    size = len(text)
    if size == 36 or text.startswith("urn:"):
        found = _UUID.fullmatch(text)
        if found:
            return opaque.uuid(found[1])
    if size >= 8 and opaque.HEX.fullmatch(text):
        return opaque.hexadecimal(text, context)
    if size == 12 and _ISIN.fullmatch(text):
        spelled = "".join(str(int(c, 36)) for c in text)
        return "" if checksums.luhn(spelled) else None
    if (size == 12 and _FIGI.fullmatch(text)) or (size >= 16 and _OPTION.fullmatch(text)) or _ZONE_NAME.fullmatch(text):
        return ""
    if size == 20 and _LEI.fullmatch(text) and checksums.mod97(text):
        return ""
    if text[0] in "PT" and len(text) > 2 and _OTHER_TIME.fullmatch(text):
        return ""
    if tagged := _TAGGED.fullmatch(text):
        inner = opaque.judge(tagged[2], context)
        if inner is not None and codes.judge(tagged[1]) == "":
            return inner
    return None


def _numeric(text: str, context: Context) -> str | bytes | None:
    if found := _NUMBER.fullmatch(text):
        return _number(text, found, context)
    if text[0].isdigit():
        if found := _TIME.fullmatch(text):
            return when(int(found["year"]), found["clock"], context)
        verdict = _identifier(text, context)
        if verdict is not None:
            return verdict
    if _GROUPED.fullmatch(text):
        digits = re.sub(r"\D", "", text.partition(".")[0])
        return numbers.written(digits) or "" if len(digits) >= 8 else ""
    return None


def _identifier(text: str, context: Context) -> str | None:
    """Ids, traces, versions and the rarer times, all of which begin with a digit."""
    size = len(text)
    if size == 36 and (found := _UUID.fullmatch(text)):
        return opaque.uuid(found[1])
    if size == 26 and _ULID.fullmatch(text):
        return None if sum(map(str.isalpha, text)) > 20 and letters.resemblance(text) > 0.5 else ""
    if _OTHER_TIME.fullmatch(text) or (size == 55 and _TRACE_PARENT.fullmatch(text)):
        return ""
    if (size == 20 and _LEI.fullmatch(text) and checksums.mod97(text)) or (
        context is Context.VERSION and _VERSION.fullmatch(text)
    ):
        return ""
    return None


def _number(text: str, found: re.Match[str], context: Context) -> str | bytes | None:
    sign, whole, fraction, unit = found.groups()
    if unit and unit != "%":
        return None if len(whole) > 6 or len(unit) > 4 else codes.judge(text.lstrip("+-"))
    if sign == "+" and len(whole) > 6:
        return "phone"
    if sign == "-" and fraction is None and whole[0] != "0":
        return ""
    if fraction is not None:
        return decimal(whole, fraction, context)
    if len(whole) < 8:
        return ""
    return integer_text(whole, context)


def integer_text(digits: str, context: Context) -> str | bytes | None:
    if len(digits) > _INTEGER_MAX:
        return None
    if len(digits) >= 24 and len(digits) % 8 == 0 and set(digits) <= {"0", "1"}:
        return int(digits, 2).to_bytes(len(digits) // 8, "big")
    if (
        len(digits) >= 12
        and len(digits) % 2 == 0
        and set(digits[::2]) <= set("3" if len(digits) < 16 else "345" if len(digits) < 20 else "234567")
    ):
        return bytes.fromhex(digits)  # digits that are the hex of digits or letters
    if context in {Context.NUMBER, Context.TIME, Context.OLD_TIME}:
        if digits[0] == "0" and digits.strip("0"):
            return "phone"
        return "phone" if len(digits) in {11, 12} and numbers.strong(digits) == "phone" else ""
    if context is Context.OPAQUE and len(digits) == 8:
        return ""  # four bytes in hex that happen to need no letter
    if digits[0] == "0" and digits.strip("0") and len(digits) >= 9:
        return numbers.written(digits) or "unrecognised"
    return numbers.written(digits) or ""


def decimal(whole: str, fraction: str, context: Context) -> str | None:
    if len(whole) > 1 and whole[0] == "0":
        return "phone" if len(whole) + len(fraction) >= 9 else None
    if len(whole) in {11, 12} and numbers.strong(whole) == "phone":
        return "phone"
    if context is Context.NUMBER:
        return ""
    if any(
        len(digits) in {11, 12} and numbers.strong(digits) == "phone"
        for digits in (fraction, whole + fraction if len(fraction) > 6 else "")
    ):
        return "phone"
    if len(whole) > 11 and (kind := numbers.strong(whole)):
        return kind
    if fraction[:1] == "0" and len(fraction) == 10 and fraction[:2] == "07" and whole == "0":
        return "phone"
    return ""


def integer(number: int, context: Context) -> str:
    """A JSON number. Its key usually says what it counts; without one, only strong evidence makes it personal."""
    if -10_000_000 < number < 10_000_000:
        return ""
    if abs(number) >= 10**_INTEGER_MAX:
        return "unrecognised"
    if context is Context.NUMBER or context is Context.OLD_TIME:
        return ""
    if numbers.birth_moment(number):
        return "date_of_birth"
    if context is Context.TIME or number < 0:
        return ""
    return numbers.strong(str(number)) or ""


def when(year: int, clock: str | None, context: Context) -> str | None:
    """A day before the platform's time is a birthday, unless the key says that old dates belong here."""
    if context is Context.OLD_TIME:
        return ""
    at_midnight = clock is None or not clock.strip("0:.,")
    if year < (2010 if at_midnight else 2000):
        return "date_of_birth" if year >= 1900 else None
    return "" if year < 2200 else None
