"""Judges single words and pairs of words: ours, or possibly somebody's name."""

import itertools
import re

from boundary.privacy.detect import letters, lists, vocabulary

_PREFIXES = (
    "un",
    "re",
    "non",
    "pre",
    "de",
    "over",
    "under",
    "sub",
    "multi",
    "auto",
    "mis",
    "dis",
    "inter",
    "co",
    "out",
    "up",
    "counter",
    "cross",
    "micro",
    "nano",
    "milli",
    "macro",
)
_DERIVATIONS = (
    "ability",
    "ibility",
    "ization",
    "isation",
    "ation",
    "ition",
    "ion",
    "ment",
    "able",
    "ible",
    "ally",
    "al",
    "ive",
    "ity",
    "ise",
    "ize",
    "ate",
    "iz",
    "is",
    "at",
    "or",
)
_BRITISH = re.compile(r"is(ations?|e|ed|es|ing|ers?|able)$")
_DOUBLED = re.compile(r"(.{2,})([bdglmnprt])\2(?:ed|ing)")

# Vocabulary that is also a given or a family name. Alone it passes, in the company of another it is a person.
_GIVEN = lists.words(
    "miles mark grace bill will may april june august max art brent grant jan chance sonia ada lei dai sterling vega charity frank "
    "drew gene pat rob rose hope joy faith dawn summer rich dean earl guy carol robin wade clay dale glen reed victor angel pearl "
    "jack sam tom tim ben ken dan ron don ray roy sue ann ali ana eva lee kim ian leo mia amy jim joe bob nat"
)
_FAMILY = lists.words(
    "price long young king bond bank banks gate gates burn burns mark marks will wills grant field fields page law post stock north "
    "west east best power powers park parks black white green gold silver stone snow rice bell day may cash case cross crown "
    "church house hill hall winter frost fox love sharp swift wise rich strong short little small low gray grey brown read reader "
    "word words frank major sterling street walker cook carter mason baker buyer seller trader driver porter head hand foot speed "
    "steward lever bridge bridges ring wall bull bird drake root banner hope chase chance cape marsh moon noble savage sparks"
)
_OF_THE_TRADE = frozenset(
    {"mark price", "max price", "max power", "max long", "max short", "max stock", "max day", "max page", "grant price"}
)
_ADDRESSED = frozenset({"Mr", "Ms", "Mrs", "Dr", "Sir", "Prof"})
_TITLE_NAMES = lists.words(
    "Autumn Summer Winter Said Wei Lira Derby Mark Grace Will Brent Sonia Ada June April August Bill Jan Lei Dai Sterling Charity Vega"
)


def known(word: str) -> bool:
    """Whether a word in small letters, or a word it is inflected or derived from, belongs to the vocabulary."""
    if word in vocabulary.WORDS:
        return True
    if len(word) < 4:
        return False
    if _inflected(word) or (len(word) > 6 and _stem(word) in _STEMS):
        return True
    if "is" in word and (other := _BRITISH.sub(r"iz\1", word)) != word:
        return known(other)
    return word.startswith(_PREFIXES) and any(_known_after(prefix, word) for prefix in _PREFIXES)


def _known_after(prefix: str, word: str) -> bool:
    rest = word.removeprefix(prefix)
    return 4 <= len(rest) < len(word) and (rest in vocabulary.WORDS or _inflected(rest))


def _inflected(word: str) -> bool:
    ours = vocabulary.WORDS
    if word.endswith("s"):
        plural = word.endswith(("ses", "xes", "zes", "hes", "oes")) and word[:-2] in ours
        nouns = (word.endswith("ies") and word[:-3] + "y" in ours) or (word.endswith("ings") and _inflected(word[:-1]))
        return plural or nouns or word[:-1] in ours
    if word.endswith("ly"):
        return word[:-2] in ours
    if word.endswith("ed"):
        found = word[:-2] in ours or word[:-1] in ours or (word.endswith("ied") and word[:-3] + "y" in ours)
    elif word.endswith("ing"):
        found = len(word) > 5 and (word[:-3] in ours or word[:-3] + "e" in ours)
    else:
        return False
    doubled = None if found else _DOUBLED.fullmatch(word)
    return found or bool(doubled and doubled[1] + doubled[2] in ours)


def _stem(word: str) -> str:
    """What words of one family share: escalate, escalated and escalation; reverse and reversal."""
    if word.endswith(("ies", "ied")):
        word = word[:-3] + "y"
    for ending in ("s", "ed", "ing", "ly"):
        word = word.removesuffix(ending)
    ending = next(filter(word.endswith, _DERIVATIONS), "")
    return word.removesuffix(ending).removesuffix("e")


_STEMS = frozenset(stem for stem in map(_stem, vocabulary.WORDS) if len(stem) > 4)


def resembles_name(word: str) -> bool:
    return letters.resemblance(word) > 0


def is_noise(word: str) -> bool:
    """Too far from any language to be a word of one."""
    return letters.resemblance(word) < -0.5


def is_given(word: str) -> bool:
    return word in _GIVEN


def names_alone(word: str) -> bool:
    """A capitalised word of our vocabulary that, standing alone, is rather a given name."""
    return word in _TITLE_NAMES


def names_together(found: list[str]) -> bool:
    """`grace_long` is a person, `mark_price` is not."""
    return any(
        first in _GIVEN and second in _FAMILY and f"{first} {second}" not in _OF_THE_TRADE
        for first, second in itertools.pairwise(found)
    )


def given_in_title(first: str, second: str) -> bool:
    """Two capitalised words of running text, the first a given name, initial or title: Grace Long, J. Price, MS BANKS."""
    if len(second) < 3 or not second.isalpha() or not (first.istitle() or first.isupper()) or second.islower():
        return False
    if first.title() in _ADDRESSED:
        return True
    return first.istitle() and second.istitle() and (first.lower() in _GIVEN or len(first) == 1)
