"""Matcher v1, consonants: what of a name survives being written in another script.

Arabic leaves short vowels out, Latin spellings of them differ by country and clerk, and an abugida writes them as marks.
Consonants stay, if letters that scripts confuse are one. Two names of different scripts are compared by these
skeletons; on their own they are too coarse, so they are only ever averaged with the comparison of the letters.
"""

import functools
import re
import unicodedata

from rapidfuzz.distance import Indel
from rigour.text import translit

# One Latin letter for each consonant; vowels and weak letters (w, y, hamza, ain) are left out.
_ARABIC = dict(zip("بتثجحخدذرزسشصضطظغفقكلمنهپچژگکڤټډړښڅځ", "bttjhkddrzsssdtzgfkklmnhbszgkftdrssz", strict=True))
_SINHALA_LETTERS = (
    "ක:k ඛ:k ග:g ඝ:g ඞ:n ඟ:ng ච:s ඡ:s ජ:j ඣ:j ඤ:n ඥ:n ට:t ඨ:t ඩ:d ඪ:d ණ:n ඬ:nd ත:t ථ:t ද:d ධ:d න:n ඳ:nd ප:b ඵ:b බ:b "
    "භ:b ම:m ඹ:mb ර:r ල:l ව:f ශ:s ෂ:s ස:s හ:h ළ:l ෆ:f"
)
_TAMIL_LETTERS = "க:k ங:n ச:s ஜ:j ஞ:n ட:t ண:n த:t ந:n ப:b ம:m ர:r ல:l வ:f ழ:l ள:l ற:r ன:n ஷ:s ஸ:s ஹ:h"
_SINHALA, _TAMIL = (dict(pair.split(":") for pair in letters.split()) for letters in (_SINHALA_LETTERS, _TAMIL_LETTERS))
_TABLES = {"arabic": _ARABIC, "sinhala": _SINHALA, "tamil": _TAMIL}
_RANGES = (("؀", "ۿ", "arabic"), ("ݐ", "ݿ", "arabic"), ("\u0d80", "\u0dff", "sinhala"), ("\u0b80", "\u0bff", "tamil"))

_ARABIC_STOP = frozenset(("بن", "ابن", "ال", "آل", "بنت"))
_ARTICLES = "al el bin ben ibn bint ul ud ur us ad ar as ash at an az il uz oul ould"  # and "son of"
_LATIN_STOP = frozenset(_ARTICLES.split())
_LETTERS = (
    ("sch", "s"), ("sh", "s"), ("ch", "s"), ("th", "t"), ("kh", "k"), ("gh", "g"), ("dh", "d"), ("dj", "j"),
    ("ph", "f"), ("ck", "k"), ("q", "k"), ("c", "k"), ("x", "ks"), ("v", "f"), ("p", "b"),
)  # fmt: skip
_ARABIC_WORD = re.compile(r"[؀-ۿݐ-ݿ]+")
_WORD = re.compile(r"[^\W\d_]+")
_ABD = re.compile(r"^(abd|abu)(?:al|el|ul|ur|ud|us)?(?=.{3})")
_VOWELS = re.compile(r"[aeiouwy]")
_DOUBLED = re.compile(r"(.)\1+")
_APOSTROPHES = re.compile("['\u2019\u2018`\u02bf\u02be\u02bc]")


def script_of(text: str) -> str:
    """The script of the first letter that is not Latin; `latin` if there is none."""
    for letter in text:
        if letter > "ɏ" and letter.isalpha():
            for first, last, name in _RANGES:
                if first <= letter <= last:
                    return name
            return unicodedata.name(letter, "UNKNOWN").split()[0].lower()
    return "latin"


def of(text: str) -> tuple[str, ...]:
    """The skeleton of each word that has one."""
    script = script_of(text)
    if script == "arabic":
        return _arabic(text)
    if script in _TABLES:
        table = _TABLES[script]
        words = unicodedata.normalize("NFC", text).split()
        return tuple(bones for word in words if (bones := _thin("".join(table.get(letter, "") for letter in word))))
    return _latin(text if script == "latin" else translit.ascii_text(text))


def _arabic(text: str) -> tuple[str, ...]:
    found: list[str] = []
    for written in _ARABIC_WORD.findall(unicodedata.normalize("NFKC", text)):
        word = re.sub("[\u064b-\u065f\u0670\u0640]", "", written)  # vowel marks, and the line that stretches a word
        if word.startswith("ال") and len(word) > 3:
            word = word[2:]
        if word in _ARABIC_STOP:
            continue
        if word.endswith(("\u0629", "\u0647")):
            word = word[:-1]  # a final h, which Latin spellings write or leave
        if bones := _thin("".join(_ARABIC.get(letter, "") for letter in word)):
            found.append(bones)
    return tuple(found)


def _latin(text: str) -> tuple[str, ...]:
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    found: list[str] = []
    for word in _WORD.findall(_APOSTROPHES.sub("", plain.lower())):
        if word not in _LATIN_STOP:
            found.extend(bones for part in _ABD.sub(r"\1 ", word).split() if (bones := bones_of_word(part)))
    return tuple(found)


@functools.lru_cache(maxsize=65_536)
def bones_of_word(word: str) -> str:
    """The skeleton of one Latin word in lower case."""
    word = word.removesuffix("h")
    for letters, one in _LETTERS:
        word = word.replace(letters, one)
    return _thin(_VOWELS.sub("", word))


def _thin(bones: str) -> str:
    return _DOUBLED.sub(r"\1", bones)


def likeness(left: tuple[str, ...], right: tuple[str, ...]) -> float:
    """Of two skeletons, words run together: scripts do not agree where a word ends."""
    one, other = "".join(left), "".join(right)
    return Indel.normalized_similarity(one, other) if one and other else 0.0
