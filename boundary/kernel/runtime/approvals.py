"""What two people sign before something happens that one person may not decide: the statement, and how it is judged.

A statement says everything that is about to happen: on which stack, what for, to what, with which facts, once (a
nonce), and within which hours. People sign the SHA-256 of its one byte form behind a domain of its own, so that no
signature over anything else can pass for one. Messages that cross have a statement too, with another domain
(`boundary.wire.messages.statement`); whoever verifies needs the hash alone.
"""

import enum
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NamedTuple, TypeVar

import msgspec

from boundary.kernel import canonical, errors, primitives, strict_json

T = TypeVar("T")

WINDOW_SECONDS_MAX = 7 * 86_400
"""Between the first person signing and the command running."""

_DOMAIN = b"local-statement/1\0"
_YEAR_2200 = 7_258_118_400
_WORD = re.compile(r"[a-z][a-z0-9_.]{0,63}")
_VALUE = re.compile(r"[!-~](?:[ -~]{0,126}[!-~])?")


class BadStatement(errors.Invalid):
    """The statement is not one, or not the one that this command is about, or not of this hour."""

    code = "statement_invalid"


class NotApproved(errors.Forbidden):
    """Two different people who may decide this have not both signed it, or what they signed was used before."""

    code = "not_approved"


class Refusal(enum.Enum):
    """Why a decision does not count."""

    NOT_TWO = "not_two"
    UNKNOWN_OPERATOR = "unknown_operator"
    BAD_SIGNATURE = "bad_signature"
    USED = "used"


class Fact(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    name: str
    value: str


class Statement(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """`subject` is the operator, channel or key that it is about; facts are in the order of their names."""

    stack: str
    purpose: str
    subject: uuid.UUID
    facts: tuple[Fact, ...]
    nonce: uuid.UUID
    not_before: Annotated[int, msgspec.Meta(ge=0, lt=_YEAR_2200)]
    until: Annotated[int, msgspec.Meta(ge=0, lt=_YEAR_2200)]


class Approval(NamedTuple):
    """One person's Ed25519 signature over a statement's hash."""

    operator: uuid.UUID
    signature: bytes


class _StatementFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="local/1", tag_field="statement"):
    stack: str
    purpose: str
    subject: uuid.UUID
    facts: dict[str, str]
    nonce: uuid.UUID
    not_before: int
    until: int


class _ApprovalFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    operator: uuid.UUID
    statement: str
    signature: str


def statement(
    stack: str, purpose: str, subject: uuid.UUID, facts: Mapping[str, str], *, nonce: uuid.UUID, now: int, seconds: int
) -> Statement:
    """A new one, good for so many seconds from now (a Unix time)."""
    named = tuple(Fact(name, facts[name]) for name in sorted(facts))
    made = Statement(stack, purpose, subject, named, nonce, now, now + seconds)
    _check(made)
    return made


def statement_hash(made: Statement) -> bytes:
    """What people sign."""
    return primitives.sha256(_DOMAIN + canonical.pack(made))


def expect(
    made: Statement, *, stack: str, purpose: str, subject: uuid.UUID, facts: Mapping[str, str], now: int
) -> None:
    """Refuse a statement about anything but what is about to happen, or at another hour than it says."""
    _check(made)
    said = {fact.name: fact.value for fact in made.facts}
    if (made.stack, made.purpose, made.subject, said) != (stack, purpose, subject, dict(facts)):
        raise BadStatement("the statement is about something else than this command would do")
    if not made.not_before <= now < made.until:
        raise BadStatement("the statement is for another time")


def judge(
    hashed: bytes, approvals: Sequence[Approval], keys: Mapping[uuid.UUID, bytes]
) -> tuple[Approval, Approval] | Refusal:
    """The two approvals in the order of their operators, or why they do not count; `keys` are of those who may sign."""
    if len(approvals) != 2 or len({each.operator for each in approvals}) != 2:
        return Refusal.NOT_TWO
    if any(each.operator not in keys for each in approvals):
        return Refusal.UNKNOWN_OPERATOR
    if len({keys[each.operator] for each in approvals}) != 2:
        return Refusal.NOT_TWO
    if not all(primitives.ed25519_matches(keys[each.operator], hashed, each.signature) for each in approvals):
        return Refusal.BAD_SIGNATURE
    first, second = sorted(approvals, key=lambda each: each.operator.bytes)
    return first, second


def write_statement(made: Statement) -> bytes:
    """As a file that people read and pass on."""
    facts = {fact.name: fact.value for fact in made.facts}
    file = _StatementFile(made.stack, made.purpose, made.subject, facts, made.nonce, made.not_before, made.until)
    return msgspec.json.format(msgspec.json.encode(file)) + b"\n"


def read_statement(data: bytes) -> Statement:
    file = _decode(data, _StatementFile)
    facts = tuple(Fact(name, file.facts[name]) for name in sorted(file.facts))
    made = Statement(file.stack, file.purpose, file.subject, facts, file.nonce, file.not_before, file.until)
    _check(made)
    return made


def write_approval(approval: Approval, hashed: bytes) -> bytes:
    file = _ApprovalFile(approval.operator, hashed.hex(), approval.signature.hex())
    return msgspec.json.encode(file) + b"\n"


def read_approval(data: bytes, hashed: bytes) -> Approval:
    """An approval of this statement; one of another is refused by name, before its signature would be."""
    file = _decode(data, _ApprovalFile)
    if file.statement != hashed.hex():
        raise BadStatement("the approval is of another statement")
    try:
        return Approval(file.operator, bytes.fromhex(file.signature))
    except ValueError:
        raise BadStatement("the signature is not hexadecimal") from None


def _decode(data: bytes, type_: type[T]) -> T:
    try:
        strict_json.check(data)
        return msgspec.json.decode(data, type=type_, strict=True)
    except (errors.Invalid, msgspec.MsgspecError, ValueError):
        raise BadStatement("this is not a file of the kind that was asked for") from None


def _check(made: Statement) -> None:
    words: list[Any] = [made.stack, made.purpose, *(fact.name for fact in made.facts)]
    if not all(_WORD.fullmatch(word) for word in words) or not all(_VALUE.fullmatch(f.value) for f in made.facts):
        raise BadStatement("a statement is made of plain words")
    if not 0 < made.until - made.not_before <= WINDOW_SECONDS_MAX:
        raise BadStatement("a statement is good for some time, and for seven days at most")
