"""The tripwire: finds personal data in whatever is not positional, by asking what else it could be.

Allow-list thinking: every value and every key must be recognised as something that our domain writes (an id, a number,
a time, a hash, a code made of our vocabulary). What is not recognised is a finding, and the finding is named as
precisely as it can be. It stands behind the closed types of the wire, not in their place: a hit means a defect
upstream. A finding says where, what kind and through which disguises, and never what.
"""

from itertools import islice

import msgspec

from boundary.privacy.detect import texts

_FINDINGS_MAX = 1000


class Finding(msgspec.Struct, frozen=True):
    """`path` is a JSON pointer in which every key that is not plain vocabulary is replaced by its index."""

    path: str
    kind: str
    via: tuple[str, ...] = ()


def scan(value: object) -> list[Finding]:
    """Everything personal or unrecognised in a decoded JSON value, a text or bytes."""
    return [Finding(*found) for found in islice(texts.judge_tree(value), _FINDINGS_MAX)]


def clean(value: object) -> bool:
    return next(texts.judge_tree(value), None) is None
