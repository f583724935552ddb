"""Judges everything written in one piece: `good_til_cancelled`, `PartiallyFilled`, `KXBTC-27DEC-T100`, `key-2026-01`.

A code is legitimate if all of it is vocabulary, digits, abbreviations or chance. `judge` answers "" for that, a kind for
personal, None for "not recognised". The open flank is a ticker: four or five capitals that are no word of ours may be a
share or a person, and only the list of short names tells.
"""

import re
from typing import NamedTuple

from boundary.privacy.detect import letters, lists, names, numbers, vocabulary, words

_LENGTH_MAX = 160
_SEGMENT_MAX = 64
_PIECES = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SEPARATORS = re.compile(r"[-_./:+#~^&*]+|=(?=[A-Z]$)")
_CODE = re.compile(r"[\^_.:/-]?[A-Za-z0-9]+(?:[-_./:+#~^&*]{1,2}[A-Za-z0-9]+)*(?:=[A-Z])?[_+:*]{0,2}")
_HEX = re.compile(r"[0-9a-f]{6,}|[0-9A-F]{6,}")
_OCTET = re.compile(r"[0-9a-fA-F]{2}")
_MONTHS = "JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC"
_EXPIRY = re.compile(
    rf"\d{{1,2}}(?:{_MONTHS})(?:\d{{2}}|\d{{4}}|\d{{6}})?|(?:{_MONTHS})\d{{1,4}}|(?P<root>[A-Z]{{1,4}})[FGHJKMNQUVXZ]\d{{1,4}}"
)
_MONEY = lists.words(
    "AED AUD BHD BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF IDR ILS INR JPY KRW KWD LKR MXN MYR NOK NZD OMR PHP PKR PLN QAR SAR SEK "
    "SGD THB TRY TWD USD VND ZAR XAU XAG XPT XPD BTC XBT ETH BNB XRP SOL ADA DOT LTC DAI UNI TRX BCH XLM ETC PERP USDT USDC USDP WBTC "
    "WETH STETH DOGE AVAX LINK MATIC BUSD TUSD SONIA SOFR EMA LEI"
)
# Words of one or two letters that running text may hold, and those that are family names.
SMALL = lists.words(
    "ms us ns s m h d kb mb gb b k x id ok n a i an to of in on at by or is as it up if we do so go no be tx rx px io db os vm pk fk ts tz "
    "ui ci cd rc le ge lt gt eq ne vs eg ie hh mm ss dd"
)
_ID_PREFIXES = lists.words(
    "k kid key id sk pk tok token sess session req request evt event ord order txn ref trace span msg"
)
_UNITS = lists.words("ns us ms s k m b kb mb gb bps gwei wei sat")
_SMALL_NAMES = lists.words("li wu xu hu ma he lu yu ye du su gu qi bo an ng vu vo ho oh le ly fu ko jo al ed xi ai")


_MARKET = lists.words(
    "fed cpi ppi gdp yoy mom nfl nba mlb nhl ufc top max min cut oil gas btc eth usd eur gbp jpy etf eps ipo tax war net vix dow spx ndx"
)
_OF_FAMILIES = lists.words(
    "head wood field stone well ford land house hill brook worth bridge water smith bank banks berg ward white black green gold silver "
    "brown long short young good free mark rose love child strong wright winter church gate gates king castle"
)


class Setting(NamedTuple):
    symbol: bool = False  # the key says that an instrument stands here
    random: bool = False  # the key says that a key's id does
    strict: bool = False  # in running text, where short unknown words are names


class _Seen(NamedTuple):
    """What the segments so far came to: words of ours, and capitals that are none."""

    ours: list[str]
    shouted: list[str]


def judge(text: str, setting: Setting | None = None) -> str | None:
    if len(text) > _LENGTH_MAX or not _CODE.fullmatch(text):
        return None
    setting = setting or Setting()
    segments = [segment for segment in _SEPARATORS.split(text) if segment]
    if all(map(str.isdigit, segments)):
        return _digit_groups(text, segments)
    if len(segments) > 4 and all(map(_OCTET.fullmatch, segments)):
        return None  # octets one by one
    if segments[0].lower() in _ID_PREFIXES:
        setting = setting._replace(random=True)
    seen = _Seen([], [])
    alone = len(segments) == 1
    for segment in segments:
        verdict = _digits(segment) if segment.isdigit() else _segment(segment, seen, setting, alone=alone)
        if verdict != "":
            return verdict
    if _is_spelled_out(segments) or _are_names(seen.shouted) or words.names_together(seen.ours):
        return "name"
    return ""


def _is_spelled_out(segments: list[str]) -> bool:
    """n-i-m-a-l, ni_mal: letters or syllables that only together are a word, and none of ours."""
    short = [
        segment.lower()
        for segment in segments
        if segment.isalpha() and len(segment) <= 3 and not words.known(segment.lower())
    ]
    if sum(map(len, short)) < 5 or len(short) < 2:
        return False
    return max(map(len, short)) == 1 or (
        not any(map(str.isupper, segments)) and letters.resemblance("".join(short)) > 0.3
    )


def _are_names(shouted: list[str]) -> bool:
    """Two unknown words side by side, of which one is a name or both sound like one."""
    listed = any(word.lower() in names.SHORT_NAMES for word in shouted)
    return len(shouted) > 1 and (listed or sum(map(words.resembles_name, shouted)) > 1)


def _digits(segment: str) -> str | None:
    if len(segment) < 8:
        return ""
    return numbers.written(segment) or ("" if len(segment) < 20 else None)


def _digit_groups(text: str, groups: list[str]) -> str | None:
    """Versions and ratios; everything else that is made of digits and signs has a shape of its own or none."""
    if len(groups) == 1:
        return None
    digits = "".join(groups)
    if digits[0] == "0" and len(digits) >= 9:
        return "phone"
    if set(text) <= set("0123456789."):
        if len(groups) == 4 and all(int(group) < 256 for group in groups):
            return "ip"
        return "" if len(groups) <= 4 and max(map(len, groups)) <= 5 else None
    return "" if len(groups) == 2 and max(map(len, groups)) <= 5 else None


def _segment(segment: str, seen: _Seen, setting: Setting, *, alone: bool) -> str | None:
    pieces = _PIECES.findall(segment)
    if any(map(str.isdigit, pieces)):
        return _mixed(segment, pieces, seen, setting)
    if segment.isupper():
        return _capitals(segment, seen, setting, alone=alone)
    if len(pieces) == 1:
        return _word(segment, seen, setting, alone=alone)
    unknown = 0
    for word in map(str.lower, pieces):
        if words.known(word):
            seen.ours.append(word)
        elif len(word) > 3 or word in names.SHORT_NAMES:
            return "name" if word in names.SHORT_NAMES else None
        else:
            unknown += 1
    return "" if unknown < 3 or unknown * 2 <= len(pieces) else None


def _word(text: str, seen: _Seen, setting: Setting, *, alone: bool) -> str | None:
    word = text.lower()
    if words.known(word):
        seen.ours.append(word)
        return "name" if alone and words.names_alone(text) else ""
    if word in names.SHORT_NAMES:
        return "name"
    if len(word) > 3:
        noise = (words.is_noise(word) and not alone) or (setting.random and not words.resembles_name(word))
        return "" if 6 <= len(word) <= 12 and text.islower() and noise else None
    if alone and word not in SMALL and (setting.strict or (text.istitle() and len(word) > 1)):
        return None
    return ""


def _capitals(segment: str, seen: _Seen, setting: Setting, *, alone: bool) -> str | None:
    word = segment.lower()
    if segment in _MONEY or words.known(word):
        seen.ours.append(word)
        return ""
    if len(word) <= 5:
        listed = word in names.SHORT_NAMES
        if len(word) > 3 or listed or word in _SMALL_NAMES:
            seen.shouted.append(segment)
        chance = len(word) < (5 if setting.symbol else 4)  # so few letters are a name by chance
        return "name" if listed and not (chance and (setting.symbol or not alone)) else ""
    if _is_pair(segment) or _is_compound(word) or (word.startswith("kx") and _is_series(word[2:])):
        return ""
    return "" if len(word) <= 12 and words.is_noise(word) else None


def _is_pair(segment: str) -> bool:
    """Two currencies, or a coin of up to five letters against one."""
    return any(
        segment[-size:] in _MONEY
        and (
            segment[:-size] in _MONEY or (len(segment) - size <= 5 and segment[:-size].lower() not in names.SHORT_NAMES)
        )
        for size in (3, 4)
    )


def _is_compound(word: str) -> bool:
    """FEDDECISION, RATECUT: two words of ours, neither of a kind that family names are built of."""
    parts = ((word[:cut], word[cut:]) for cut in range(3, len(word) - 2))
    return any(
        all(
            part in _MARKET or (len(part) > 3 and part in vocabulary.WORDS and part not in _OF_FAMILIES)
            for part in both
        )
        for both in parts
    )


def _is_series(word: str) -> bool:
    """One exchange's series names: KX, then known words and abbreviations of up to three letters, unseparated."""
    if len(word) <= 5:
        return word not in names.SHORT_NAMES
    cuts = range(2, len(word) - 1)
    return any(
        (word[:cut] in vocabulary.WORDS and (len(word) - cut <= 3 or word[cut:] in vocabulary.WORDS))
        or (cut <= 4 and word[cut:] in vocabulary.WORDS)
        for cut in cuts
    )


def _mixed(segment: str, pieces: list[str], seen: _Seen, setting: Setting) -> str | None:
    """Letters and digits in one piece: expiries, tenors, units, random ids; or a name with a year of birth."""
    if found := _EXPIRY.fullmatch(segment):
        return "name" if (found["root"] or "").lower() in names.SHORT_NAMES else ""
    if len(segment) > _SEGMENT_MAX:
        return None
    if _HEX.fullmatch(segment) and (len(segment) == 8 or sum(map(str.isalpha, segment)) > 1):
        return "name" if pieces[0].lower() in names.SHORT_NAMES and len(pieces[0]) > 3 and len(pieces) < 4 else ""
    if max(map(len, filter(str.isdigit, pieces))) >= 7:
        return numbers.written(pieces[0]) or "" if len(pieces) == 2 and pieces[1] in _UNITS else None
    for piece in filter(str.isalpha, pieces):
        verdict = "" if _is_pair(piece) else _run(piece.lower(), pieces, seen, setting)
        if verdict != "":
            return verdict
    return ""


def _run(word: str, pieces: list[str], seen: _Seen, setting: Setting) -> str | None:
    """One run of letters beside digits."""
    if words.known(word):
        seen.ours.append(word)
        return "name" if words.is_given(word) and len(pieces) == 2 and numbers.is_birth_year(pieces[1]) else ""
    if word in names.SHORT_NAMES:
        return "name" if len(word) > 3 or len(pieces) < 4 else ""
    return "" if len(word) < 4 or _is_chance(word, pieces, setting) else None


def _is_chance(word: str, pieces: list[str], setting: Setting) -> bool:
    """Letters between digits: many short runs are chance, one long run and a number is a name with a year."""
    if len(pieces) == 2 and len(word) > 4:
        return words.is_noise(word) or (setting.random and not words.resembles_name(word))
    if not words.resembles_name(word):
        return True
    return (
        len(pieces) > 3 and len(word) < 6
        if not setting.random
        else len(pieces) > 3 or (len(pieces) > 2 and len(word) < 7)
    )
