"""A message that people must approve, as a file: the channel and the message with the place of its approvals left empty.

What they sign is `messages.statement_hash` of it, worked out anew from what the file holds, so that nobody signs a hash
whose meaning they were only told.
"""

import uuid
from typing import Any

import msgspec

from boundary.kernel import canonical, errors
from boundary.wire import messages, to_execution

Approved = to_execution.RestrictTransfer | to_execution.ForceTransfer | to_execution.AuthoriseSettlementBatch
_TAGS: dict[int, Any] = {messages.SHAPES[type_].tag: type_ for type_ in Approved.__args__}
_NOBODY = uuid.UUID("00000000-0000-4000-8000-000000000000")


class NotApprovable(errors.Invalid):
    """No message that two operators approve stands here."""

    code = "not_approvable"


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="message/1", tag_field="statement"):
    channel: uuid.UUID
    message: str


def write(message: Approved, channel: uuid.UUID) -> bytes:
    """A file for `boundary approve`; approvals that the message has already are left out."""
    packed = canonical.pack(msgspec.structs.replace(message, approvals=()))
    return msgspec.json.encode(_File(channel, packed.hex())) + b"\n"


def read(data: bytes) -> tuple[Approved, uuid.UUID]:
    """The message, approved by nobody, and its channel. Everything else in it has passed the gate's own strict decoder."""
    try:
        file = msgspec.json.decode(data, type=_File, strict=True)
        packed = bytes.fromhex(file.message)
        plain: list[Any] = msgspec.msgpack.decode(packed, type=list)
        blank = [[_NOBODY.bytes, bytes(64)]] * 2
        message: Approved = canonical.unpack(msgspec.msgpack.encode([*plain[:-1], blank]), _TAGS[plain[0]])
        messages.encode(message)
    except (errors.Invalid, msgspec.MsgspecError, ValueError, LookupError, TypeError, RecursionError):
        raise NotApprovable("this is no message that two operators approve") from None
    if canonical.pack(msgspec.structs.replace(message, approvals=())) != packed:
        raise NotApprovable("the message is not in its one form")
    return message, file.channel
