"""Every message that may cross, by its tag, and the one byte form of each and of a frame's body.

A body is the MessagePack array of its messages. Each message is encoded once, by whoever writes it into the outbox; a
relay puts bodies together from those bytes and never looks inside. What is decoded is checked and must encode to the
very bytes that came, so nothing can hide in how a value is written.
"""

import typing
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Annotated, Any, NamedTuple, TypeVar

import msgspec

from boundary.kernel import canonical, errors, primitives
from boundary.wire import control, frame, market, refs, shape, to_customer, to_execution, values

T = TypeVar("T")
Message = values.Message
Seen = control.Seen

_STATEMENT_DOMAIN = b"wire-statement/1\0"


class Malformed(errors.Invalid):
    """The bytes decode, but to something that no message may hold."""

    code = "message_malformed"


class Unsupported(errors.Invalid):
    """A message has a tag that this release does not know: its sender is ahead of us, not wrong."""

    code = "unsupported"


class Vocabulary(NamedTuple):
    """The messages of one direction (or those about frames) by their tags, all within one range."""

    tags: range
    union: Any
    messages: dict[int, type[Message]]
    shapes: dict[type[Message], shape.MessageShape]


class _Tagged(msgspec.Struct, array_like=True):
    """Reads the tag of any message, known or not, and skips the rest."""

    tag: int


def _vocabulary(tags: range, union: Any) -> Vocabulary:
    shapes = {type_: shape.of_message(type_) for type_ in typing.get_args(union)}
    messages = {each.tag: type_ for type_, each in shapes.items()}
    if len(messages) != len(shapes) or not all(tag in tags for tag in messages):
        raise shape.ShapeError("a tag is used twice or outside its range")
    return Vocabulary(tags, union, messages, shapes)


CONTROL = _vocabulary(range(1, 100), control.Control)
VOCABULARIES = {
    frame.Direction.TO_EXECUTION: _vocabulary(range(100, 200), to_execution.ToExecution),
    frame.Direction.TO_CUSTOMER: _vocabulary(range(200, 300), to_customer.ToCustomer),
}
MARKET = _vocabulary(range(300, 400), market.Everything)
BY_NAME = {"control": CONTROL, "market": MARKET} | {
    direction.name.lower(): of for direction, of in VOCABULARIES.items()
}
SHAPES = {type_: each for of in BY_NAME.values() for type_, each in of.shapes.items()}
_REFS = {type_: refs.reader(each.fields) for type_, each in SHAPES.items()}

_DIRECTIONS = {type_: direction for direction, of in VOCABULARIES.items() for type_ in of.shapes}
_RUN_MAX = 500
_BODY_LENGTH = msgspec.Meta(min_length=1, max_length=values.MESSAGES_MAX)
_BODIES: dict[frame.Direction, Any] = {
    direction: Annotated[tuple[of.union, ...], _BODY_LENGTH]  # type: ignore[name-defined]  # a union made at run time
    for direction, of in VOCABULARIES.items()
}
_MARKET_BODY: Any = Annotated[tuple[market.Market, ...], _BODY_LENGTH]
_QUESTION_BODY: Any = tuple[market.Question]
_PAGE_BODY: Any = tuple[market.Page]
_SIGNED_IN: dict[type[Message], tuple[str, Any]] = {
    to_execution.RegisterWallet: ("proof", b""),
    to_execution.RestrictTransfer: ("approvals", ()),
    to_execution.ForceTransfer: ("approvals", ()),
    to_execution.AuthoriseSettlementBatch: ("approvals", ()),
    to_execution.SignedHeads: ("signature", b""),
    to_customer.SignedHeads: ("signature", b""),
}


def encode(message: Message) -> bytes:
    """The one byte form. What no receiver would take is not made: that is a defect of whoever built it."""
    try:
        data = canonical.pack(message)
        _check((canonical.unpack(data, type(message)),))
    except (errors.Invalid, TypeError, OverflowError):
        raise ValueError(f"a {type(message).__name__} with a value that must not cross") from None
    return data


def rows(said: Sequence[T], message: Callable[[T], Message], bytes_max: int) -> Iterator[tuple[bytes, Sequence[T]]]:
    """As few runs as fit into so many bytes, each with what `encode` makes of its messages, one after the other.

    All messages are of one direction. They are made and checked a run at a time, which costs a fifth of one by one.
    """
    for start in range(0, len(said), _RUN_MAX):
        yield from _run(said[start : start + _RUN_MAX], message, bytes_max)


def _run(said: Sequence[T], message: Callable[[T], Message], bytes_max: int) -> Iterator[tuple[bytes, Sequence[T]]]:
    run = tuple(message(each) for each in said)
    direction = _DIRECTIONS[type(run[0])]
    try:
        data = canonical.pack(run)
        decode_body(data, direction)
    except (errors.Invalid, TypeError, OverflowError):
        raise ValueError("a message with a value that must not cross") from None
    if len(data) <= bytes_max:
        yield data[len(array(len(run))) :], said
    elif len(run) == 1:
        raise ValueError("a message that is too long to cross")
    else:
        middle = len(said) // 2
        yield from _run(said[:middle], message, bytes_max)
        yield from _run(said[middle:], message, bytes_max)


def body(encoded: Sequence[bytes]) -> bytes:
    """A frame's body, from messages as `encode` made them."""
    return array(len(encoded)) + b"".join(encoded)


def array(count: int) -> bytes:
    """The first bytes of a body of so many messages; what follows is those messages, one after the other."""
    if not 1 <= count <= values.MESSAGES_MAX:
        raise ValueError(f"a body has 1 to {values.MESSAGES_MAX} messages")
    return bytes([0x90 | count]) if count < 16 else b"\xdc" + count.to_bytes(2, "big")


def decode_body(data: bytes, direction: frame.Direction) -> tuple[Message, ...]:
    """All messages of a body or none: the first thing wrong refuses it, and nothing of it is repeated in the refusal."""
    try:
        messages: tuple[Message, ...] = canonical.unpack(data, _BODIES[direction])
    except canonical.NotCanonical as refusal:
        raise _unsupported(data, VOCABULARIES[direction]) or refusal from None
    _check(messages)
    return messages


def decode_market(data: bytes) -> tuple[market.Market, ...]:
    """All messages of an update on the lossy channel, or none."""
    messages: tuple[market.Market, ...] = canonical.unpack(data, _MARKET_BODY)
    _check(messages)
    return messages


def decode_question(data: bytes) -> market.Question:
    """The one message of a poll that asks for more than what is new."""
    messages: tuple[market.Question] = canonical.unpack(data, _QUESTION_BODY)
    _check(messages)
    return messages[0]


def decode_page(data: bytes) -> market.Page:
    """The one message that answers it."""
    messages: tuple[market.Page] = canonical.unpack(data, _PAGE_BODY)
    _check(messages)
    return messages[0]


def decode_control(data: bytes) -> control.Control:
    """The one control message that is the body of an acknowledgement."""
    try:
        message: control.Control = canonical.unpack(data, CONTROL.union)
    except canonical.NotCanonical as refusal:
        raise _unsupported(b"\x91" + data, CONTROL) or refusal from None
    return message


def decode_seen(data: bytes) -> control.Seen:
    return canonical.unpack(data, control.Seen)


def statement(message: Message, channel: uuid.UUID) -> bytes:
    """What the signatures in a message are over: the channel, and the message with their own place left empty."""
    if type(message) not in _SIGNED_IN:
        raise ValueError(f"a {type(message).__name__} carries no signature of its own")
    place, empty = _SIGNED_IN[type(message)]
    return _STATEMENT_DOMAIN + channel.bytes + canonical.pack(msgspec.structs.replace(message, **{place: empty}))


def statement_hash(message: Message, channel: uuid.UUID) -> bytes:
    """What people are shown and sign: the SHA-256 of the statement."""
    return primitives.sha256(statement(message, channel))


def _unsupported(data: bytes, vocabulary: Vocabulary) -> Unsupported | None:
    """Whether what does not decode is a list of messages, one of which may mean something to a later release."""
    try:
        tagged = msgspec.msgpack.decode(data, type=list[_Tagged])
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    if any(each.tag in vocabulary.tags and each.tag not in vocabulary.messages for each in tagged):
        return Unsupported("a message has a tag that is not known here")
    return None


def _check(messages: Iterable[Message]) -> None:
    for message in messages:
        read = _REFS[type(message)]
        if read is not None and not refs.are_version_4(read(message)):
            raise Malformed("a reference is not a random one")
