"""Names what running text gives away: numbers with their separators, mail addresses, dates, places, devices.

`find` is given folded text that is no legitimate value as a whole. Ids, hashes, times and decimals are blanked out
first, so that their digits do not look like somebody's. Capitals matter where a rule says so: `5 Park Row` is a place,
`5 rows in view` is not.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator

from boundary.privacy.detect import checksums, numbers

_Check = Callable[["re.Match[str]"], bool]
_Rule = tuple[str, re.Pattern[str], _Check]

_BLANKED = re.compile(
    r"(?<![\w.:-])(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}"
    r"|0x[0-9a-fA-F]{4,}|(?=[0-9a-fA-F]*[a-fA-F])[0-9a-fA-F]{16,}|20\d\d-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)?"
    r"|20\d\d-\d\d-\d\d(?: \d\d:\d\d:\d\d(?:[.,]\d+)?)?|[+-]?\d+\.\d+(?:e-?\d+)?%?|\d\d:\d\d:\d\d(?:\.\d+)?)(?![\w.:-]*\w)"
)
_PLACE = re.compile(r"(?<![\w.,])-?([0-8]?\d)\.\d{4,7},\s*-?(1?\d?\d)\.\d{4,7}(?![\w.,])")  # latitude, longitude


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _is_phone(found: re.Match[str]) -> bool:
    text = found[0]
    digits = _digits(text)
    if text.lstrip("( ")[0] == "+":
        return 7 <= len(digits) <= 15
    if digits.startswith("00"):
        return 10 <= len(digits) <= 17
    if digits.startswith("0"):
        groups = re.findall(r"\d+", text)
        return 9 <= len(digits) <= 11 and (len(groups[0]) > 1 or max(map(len, groups)) == 1 or text.startswith("(0)"))
    return len(digits) >= 9 and (numbers.mobile(digits) or numbers.strong(digits) == "phone")


def _is_card(found: re.Match[str]) -> bool:
    digits = _digits(found[0])
    if re.fullmatch(r"\d{4}(?:[ .-]\d{4}){3}", found[0]):
        return checksums.luhn(digits)
    return numbers.card(digits) and not numbers.is_recent_epoch(digits)


def _is_iban(found: re.Match[str]) -> bool:
    text = re.sub(r"[^0-9A-Z]", "", found[0].upper())
    return any(checksums.iban(text[:size]) for size in range(15, min(len(text), 34) + 1))


def _is_ip6(found: re.Match[str]) -> bool:
    try:
        return ipaddress.ip_address(found[0]).version == 6
    except ValueError:
        return False


def _is_written_day(found: re.Match[str]) -> bool:
    """`3 may 60 s` is a permission: that month counts in capitals or with a year in full."""
    return not re.search(r"\bmay\b.{0,3}\b\d\d$", found[0])


def _are_groups(found: re.Match[str]) -> bool:
    """Nothing but groups of digits: a phone number without its prefix, unless each is round."""
    groups = re.findall(r"\d+", found[0])
    total = sum(map(len, groups))
    if len(groups) == 2 and max(map(len, groups)) > 5:
        return len(groups[0]) < 4 and len(groups[1]) == 7
    return 9 <= total <= 15 and not all(group.endswith("0") for group in groups)


def _is_old_nic(found: re.Match[str]) -> bool:
    return numbers.sri_lankan_old(_digits(found[0]))


def _is_new_nic(found: re.Match[str]) -> bool:
    return numbers.sri_lankan_new(_digits(found[0]))


def _is_aadhaar(found: re.Match[str]) -> bool:
    return checksums.verhoeff(_digits(found[0]))


def _begins_with_a_day(found: re.Match[str]) -> bool:
    """Nordic numbers: DDMMYY or YYMMDD before the sign."""
    return numbers.is_day(found[0][2:4], found[0][:2]) or numbers.is_day(found[0][2:4], found[0][4:6])


_MONTH = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
_YEAR = r"(?:19[2-9]\d|200\d)"
_DIGIT_WORD = r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple)"
_DOT = r"(?:\.|\s?[(\[{]dot[)\]}]\s?|\s+dot\s+)"
_PHONE_WORD = r"(?:phone|tel(?:ephone)?|mobile|mob|cell|whatsapp|viber|sms|fax|msisdn|wa\.me|hotline)"
_ID_WORD = (
    r"(?:nic|ssn|passport|iqama|nid|national id|id (?:no|number|card)|emirates id|cnic|aadhaa?r|pan|nino|pesel|cpf|dni|tax id|tin|hetu|ahv"
    r"|civil id|travel document|driving licen[cs]e)"
)
_ROAD = r"(?:street|road|rd|avenue|ave|lane|mawatha|terrace|boulevard|blvd|crescent|highway|parkway|rue|strasse|str|calle|avenida|rua|ulitsa|vidiya)"
_OTHER_ROAD = r"(?:St|Ln|Drive|Dr|Mw|Court|Ct|Close|Cres|Square|Sq|Hwy|Place|Pl|Way|Pkwy|Gardens?|Grove|Hill|Park|Walk|Quay|Row|Alley|Via|View|Heights?|Para)"

_OTHER_ROAD = f"(?:{_OTHER_ROAD}|{_OTHER_ROAD.upper()})"


def _always(_found: re.Match[str]) -> bool:
    return True


def _rules(flags: int, *rules: tuple[str, str] | tuple[str, str, _Check]) -> list[_Rule]:
    return [(rule[0], re.compile(rule[1], flags), rule[2] if len(rule) == 3 else _always) for rule in rules]


# What a text without spaces can be, in any case of letters.
_WRITTEN = _rules(
    re.IGNORECASE,
    ("passport", r"\b[PVIAC][<A-Z][A-Z]{3}[A-Z<]{1,40}<<"),
    ("iban", r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}", _is_iban),
    ("card", r"(?<![\w.])\d(?:[ .-]?\d){12,18}(?!\w)", _is_card),
    ("national_id", r"\b784[ -]?(?:19|20)\d\d[ -]?\d{7}[ -]?\d\b"),
    ("national_id", r"\b\d{2}[ -]?\d{3}[ -]?\d{4}[ -]?[VX]\b", _is_old_nic),
    ("national_id", r"\b(?:19|20)\d\d[ -]\d{3}[ -]\d{5}\b", _is_new_nic),
    ("national_id", r"(?<![\w-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])"),
    ("national_id", r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D]\b"),
    ("national_id", r"\b[2-9]\d{3}[ -]\d{4}[ -]\d{4}\b(?![ -]\d)", _is_aadhaar),
    ("national_id", r"\b[A-Z]{6}\d\d[A-EHLMPR-T]\d\d[A-Z]\d{3}[A-Z]\b|\b[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z0-9]\d\b"),
    ("national_id", r"\b\d{6}[-+A]\d{3}[0-9A-FHJ-NPR-Y]\b", _begins_with_a_day),
    ("national_id", r"\b\d{6}-[1-8]\d{6}\b|\b\d{5}-\d{7}-\d\b|\b756[. -]?\d{4}[. -]?\d{4}[. -]?\d\d\b|\b\d{3}\.\d{3}\.\d{3}-\d\d\b"),
    ("device_id", r"(?<![\w:])(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}(?![\w:-])|\b[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}\b|\b\d\d-\d{6}-\d{6}-\d{1,2}\b"),
    ("device_id", r"\b(?:imei|imsi|idfa|gaid|aaid|meid|mac address)\b\W*[0-9a-f][0-9a-f:.-]{5,}"),
    ("ip", r"(?<![\w.-])(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:(?:\.|\[\.\])(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}(?![\w]|\.\d)|\bip-\d{1,3}(?:-\d{1,3}){3}\b"),
    ("ip", r"(?<![\w:.])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?:(?<=:)\d{1,3}(?:\.\d{1,3}){3})?(?![\w:])", _is_ip6),
    ("date_of_birth", rf"\b\d{{1,2}}(?:st|nd|rd|th)?(?: of)?[\s./-]+{_MONTH}[\s,./-]+(?:{_YEAR}|'?[4-9]\d)\b(?![:\d])", _is_written_day),
    ("date_of_birth", rf"\b\d{{1,2}}{_MONTH}{_YEAR}\b|\b{_MONTH}[\s.-]+\d{{1,2}}(?:st|nd|rd|th)?[\s,-]+{_YEAR}\b"),
    ("date_of_birth", r"(?<![\d.])(?:0?[1-9]|[12]\d|3[01])([./-])(?:0?[1-9]|[12]\d|3[01])\1(?:19|20)\d\d(?![\d.])"),
    ("date_of_birth", rf"\b{_MONTH}[\s,.-]+{_YEAR}\b|(?<![\d/])(?:0?[1-9]|[12]\d|3[01])/(?:0?[1-9]|1[0-2])/[4-9]\d(?![\d/])"),
    ("date_of_birth", rf"\b{_YEAR}([./ ])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])\b"),
    ("phone", r"(?<![\w.,+-])[+(]{0,2}\+?\(?\d(?:(?:[ \t().-]{1,3}|[/x])?\d){6,15}(?!\w)", _is_phone),
    ("phone", r"(?<![\w.-])(?:(?:\+|00)?1[ .-]?)?(?:\([2-9]\d\d\)[ .-]{0,2}|[2-9]\d\d[.-])[2-9]\d\d[ .-]\d{4}(?:,?\s?(?:x|ext\.?|#)\s?\d{1,6})?(?![\w-])"),
    ("phone", r"\b(?:tel|sms|callto|whatsapp):\+?\d|\b\d{9,11}\s?(?:x|ext\.?)\s?\d{1,5}\b"),
)  # fmt: skip

# As above, but only in capitals: in small letters these are counts with a unit.
_CAPITAL = _rules(
    0,
    ("passport", r"\b[A-Z]{1,2}\d{7,8}\b|\b[A-Z] \d{7,8}\b"),
    (
        "national_id",
        r"\b[STFGM]\d{7}[A-Z]\b|\b\d{8}-?[TRWAGMYFPDXBNJZSQVHLCKE]\b|\b[XYZ]-?\d{7}-?[A-Z]\b|\b\d{7}[A-W][ABW]?\b|\b[A-Z]{5}\d{4}[A-Z]\b",
    ),
)

# What takes several words, or signs that no code has.
_RUNNING = _rules(
    re.IGNORECASE,
    ("vcard", r"BEGIN:VCARD|MECARD:|(?:^|\n)(?:FN|TEL|EMAIL)[;:]"),
    ("email", r"[^\s@<>\"(),;:=]{1,64}@[^\s@<>\"(),;]*[^\W\d_][^\s@<>\"(),;]*"),
    ("email", rf"\w\s?@\s?[\w-]{{1,63}}{_DOT}\w{{2}}|\w\s?(?:\(at\)|\[at\]|\{{at\}}|<at>)\s?\w|\w\sat\s[\w-]{{1,63}}\s?[(\[{{]?\bdot\b"),
    ("email", r"\w at (?:gmail|yahoo|hotmail|outlook|icloud|proton)\w*|\b(?:mailto|xmpp|acct|sip):\S+"),
    ("national_id", rf"\b{_ID_WORD}\b[^\w\n]*(?:no\.?|number|nr|#)?[^\w\n]*(?=[A-Z]*\d)[A-Z0-9][A-Z0-9 -]{{5,}}"),
    ("national_id", r"\b[12] \d\d (?:0[1-9]|1[0-2]) (?:\d\d|2[AB]) \d{3} \d{3} \d\d\b"),
    ("device_id", r"\bMozilla/\d|\bDalvik/|\b(?:iPhone|iPad|Android);? "),
    ("date_of_birth", r"\b(?:(?:dob|born|birth\w*|geb\w*|jahrgang|n[ée]e|aged)\b|d\.o\.b\.?|b\.)[^\w\n]*(?:on|in|date|is)?[^\w\n]*(?:\d{1,4}|[a-z]{3,9} \d)"),
    ("phone", rf"(?:\b{_DIGIT_WORD}\b[\s,-]*){{7,}}"),
    ("phone", rf"\b{_PHONE_WORD}\b[^\d\n]{{0,15}}\+?\d(?:[\s().-]?\d){{6,14}}|\b(?:call|text|contact|ring)\b[^\d\n]{{0,15}}\+?\d(?:[\s().-]?\d){{8,14}}"),
    ("passport", r"\bpassport\b\W*(?:no\.?|number)?\W*(?=\w*\d)[A-Z0-9]{6,}"),
    ("card", r"\b(?:card|visa|mastercard|amex)\b\W*(?:ending|no|number|last)\D{0,12}\d{4}|\bcvv\b|\bcvc\b"),
    ("address", rf"\b(?:no\.?\s*)?\d{{1,5}}[A-Z]?(?:/\d+[A-Z]?)*,?\s+(?:[^\W\d][\w'.-]{{0,30}}\s+){{1,4}}{_ROAD}\b|\w\s{{1,3}}{_ROAD}\.?\s+\d"),
    ("address", rf"\b\d{{1,5}}[A-Z]?(?:/\d+[A-Z]?)*,?\s+(?:[^\W\d][\w'.-]{{0,30}}\s+){{1,4}}(?-i:{_OTHER_ROAD})\b|(?-i:\b[A-Z]\w+ {_OTHER_ROAD} \d)"),
    ("address", r"\bp\.?\s?o\.? box\b|\b(?:flat|apartment|apt|villa|house|suite)\s?(?:no\.?\s?)?#?\d{1,4}[a-z]?\b[, ]+\S*(?:[a-z]{3}|\d)"),
    ("address", r"\b(?:plot|tower|street|road|sector|building)\s(?:no\.?\s?)?#?\d{1,4}[a-z]?,\s*[a-z]{3,}|\bgeo:|\b(?:plot no|mawatha|postcode|zip code)\b|\bbox \d{3,}"),
    ("address", r"(?-i:\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b|\bL-\d{4}\b|\b[AF]PO [A-Z]{2}\b)"),
    ("address", r"පාර|මාවත|වීදිය|පටුමග|வீதி|தெரு|சாலை|شارع|حي |улица|ул\.|проспект|[市区區县縣]|[路街]\d|丁目|[都道府県].{1,4}[区市]|[시구]\s.{1,8}[로길]|मार्ग|रोड|सड़क|ถนน|Οδός|οδός|רחוב"),
)  # fmt: skip

# What remains of digits in groups when nothing more precise was found.
_LAST = _rules(
    0, ("phone", r"^\s*\d{2,5}(?:[ .-]\d{2,7}){1,4}\s*$", _are_groups), ("phone", r"^\s*\d(?: \d){8,14}\s*$")
)


def find_in_code(text: str) -> Iterator[str]:
    """As `find`, for a text without spaces that would pass for a code or an id."""
    return _matching(text, (*_WRITTEN, *_CAPITAL))


def find(text: str) -> Iterator[str]:
    """Kinds seen in the text, most telling first."""
    if (place := _PLACE.search(text)) and place[1] != place[2]:
        yield "address"
    yield from _matching(_BLANKED.sub("§", text), (*_RUNNING, *_WRITTEN, *_CAPITAL, *_LAST))


def _matching(text: str, rules: tuple[_Rule, ...]) -> Iterator[str]:
    for kind, pattern, check in rules:
        if any(map(check, pattern.finditer(text))):
            yield kind
