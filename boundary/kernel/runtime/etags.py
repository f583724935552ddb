"""Nobody overwrites what they have not seen: an update names the version that it is meant for (RFC 9110 §13).

A tag is strong and made of whatever changes with the thing, usually its version. A route that changes something takes
`if_match: etags.IfMatch = None` and compares it with the locked row, in the transaction of the change:

    match = etags.required(if_match)
    ...
    match.check(etags.strong("account", standing.version))
"""

import hashlib
import re
from typing import Annotated, NamedTuple

import msgspec
from litestar import params

from boundary.kernel import errors

HEADER = "ETag"
CONDITION = "If-Match"
_TAG = re.compile(r'(?:W/)?"[!#-~]*"')
_TAGS = re.compile(r'\s*(?:W/)?"[!#-~]*"\s*(?:,\s*(?:W/)?"[!#-~]*"\s*)*')
_LENGTH_MAX = 1024

IfMatch = Annotated[
    str | None,
    params.HeaderParameter(name=CONDITION, description="the ETag of the version that the change is meant for"),
]


class ConditionMalformed(errors.Invalid):
    """If-Match holds one or several entity tags in double quotes, separated by commas."""

    code = "if_match_malformed"


def strong(*facts: int | str) -> str:
    """The tag of a thing: the same facts make the same tag, and no others do."""
    return f'"{hashlib.sha256(msgspec.json.encode(facts)).hexdigest()[:32]}"'


class Match(NamedTuple):
    """What a request expects to find."""

    tags: frozenset[str]

    def check(self, current: str) -> None:
        """Raise unless the thing is still as the caller saw it. Strong comparison: a weak tag matches nothing."""
        if current not in self.tags:
            raise errors.Stale("it has changed since it was read; read it again")


def required(if_match: str | None) -> Match:
    """The condition of a request. `*` names no version, so it is as good as none."""
    sent = (if_match or "").strip()
    if sent in {"", "*"}:
        raise errors.Unconditional(f"say in {CONDITION} which version the change is meant for")
    if len(sent) > _LENGTH_MAX or not _TAGS.fullmatch(sent):
        raise ConditionMalformed(f"{CONDITION} holds entity tags in double quotes")
    return Match(frozenset(_TAG.findall(sent)))
