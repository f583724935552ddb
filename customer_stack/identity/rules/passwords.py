"""What may be a password: ASVS 5.0 and NIST SP 800-63B. Length and being unknown count; composition does not.

The list of common passwords is the one that zxcvbn carries (about 30,000, most of them at least eight characters long
when padded). It is asked offline, in the form that an attacker would try first: lower case, without the digits and
signs that people put around a word.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterable

from zxcvbn import frequency_lists  # type: ignore[import-untyped]  # the library ships no types

from customer_stack.identity.model import refusals

LENGTH_MIN = 8
LENGTH_MAX = 128
BYTES_MAX = 512
DIFFERENT_MIN = 4
CONTEXT_MIN = 4

_COMMON = frozenset(frequency_lists.FREQUENCY_LISTS["passwords"])
_AROUND = re.compile(r"\A[\W\d_]+|[\W\d_]+\Z")
_WORDS = re.compile(r"[^\w]+|_")


def normal(password: str) -> str:
    """The form that is hashed: the same characters, however a keyboard composed them (NIST SP 800-63B §3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def bounded(password: str) -> str:
    """Cheap to refuse before anything is computed. Said at sign-in too: nothing that long was ever set."""
    if len(password) > LENGTH_MAX or len(password.encode()) > BYTES_MAX:
        raise refusals.PasswordRefused("the password is too long", length_max=LENGTH_MAX)
    return normal(password)


def check(password: str, context: Iterable[str]) -> str:
    """The password in its normal form, if it may be set by somebody of whom `context` is known."""
    found = bounded(password)
    if len(found) < LENGTH_MIN:
        raise refusals.PasswordRefused("the password is too short", length_min=LENGTH_MIN)
    folded = found.lower()
    if len(set(folded)) < DIFFERENT_MIN or _is_run(folded):
        raise refusals.PasswordRefused("the password is a repetition or a run")
    if folded in _COMMON or _AROUND.sub("", folded) in _COMMON:
        raise refusals.PasswordRefused("the password is a common one")
    if any(word in folded for word in words(context)):
        raise refusals.PasswordRefused("the password says what everybody knows about its owner or this place")
    return found


def words(context: Iterable[str]) -> set[str]:
    """What may not stand in a password: names and parts of addresses that are long enough to be recognised."""
    return {word for text in context for word in _WORDS.split(text.lower()) if len(word) >= CONTEXT_MIN}


def _is_run(text: str) -> bool:
    """abcdefgh, 87654321 and their like."""
    steps = {ord(after) - ord(before) for before, after in itertools.pairwise(text)}
    return steps in ({1}, {-1})
