"""Signed heads: what each side says of both transcripts and of its audit log, and what the other makes of it.

A frame's tag could be either side's. A head's signature is its signer's alone, so heads are what one side can show to
an outsider against the other. Pure rules; the gates bring the keys that people registered, and the transcripts.
"""

import enum
from collections.abc import Collection
from typing import NamedTuple, TypeVar
from uuid import UUID

import msgspec

from boundary.kernel import audit_bytes, primitives
from boundary.wire import messages, to_customer, to_execution, values

H = TypeVar("H", to_customer.SignedHeads, to_execution.SignedHeads)

EVERY_MESSAGES = 1000
EVERY_SECONDS = 10
ALIVE_SECONDS = 30
"""How long a channel on which nothing happens may go without signed heads."""
OVERDUE_SECONDS = 75
"""When the other side's heads are missed: two statements and their way here."""
AHEAD_MICROS = 30_000_000
_UNSIGNED = bytes(primitives.SIGNATURE_SIZE)


class Fault(enum.IntEnum):
    """Why heads are not believed. Only what their signer has truly signed can prove something against it."""

    NOT_REGISTERED = 1
    """Nobody registered this key, for the heads or for the audit head in them."""
    FORGED = 2
    """A registered key, and a signature that is not its."""
    OUT_OF_TIME = 3
    """Made in the future, or before the heads that we have of this signer."""
    OTHER_EPOCH = 4
    """About an epoch that is closed: it was on its way when the channel was opened again."""
    CONTRADICTS_TRANSCRIPT = 5
    CONTRADICTS_ITSELF = 6
    """Less than the same signer stated before."""
    CONTRADICTS_AUDIT = 7
    """An audit log that is shorter than, or another than, the one that the same signer stated before."""

    @property
    def halts(self) -> bool:
        """Whether it proves two histories, so that the channel must stand still."""
        return self is Fault.FORGED or self >= Fault.CONTRADICTS_TRANSCRIPT


class Known(NamedTuple):
    """What the receiver holds: the epoch, the keys, the signer's heads before, and its own record of the two places."""

    epoch: int
    keys: Collection[bytes]
    before: values.Heads | None
    sent: values.ChannelHead | None
    received: values.ChannelHead | None


class Traffic(NamedTuple):
    """What happened on a channel since heads were last stated here."""

    messages: int
    quiet: int
    """How many of them are heads and the answers to heads."""
    moved: bool
    """Whether anything of ours was sequenced: else the last heads still wait, and more of them would say the same."""
    millis: int


def is_due(since: Traffic | None) -> bool:
    """Whether heads are to be stated now."""
    if since is None:
        return True
    news = since.messages - since.quiet
    millis = abs(since.millis)  # a clock that was set back must not silence anybody
    return since.moved and (
        news >= EVERY_MESSAGES or (news > 0 and millis >= 1000 * EVERY_SECONDS) or millis >= 1000 * ALIVE_SECONDS
    )


def sign(
    kind: type[H],
    seed: bytes,
    channel: UUID,
    *,
    at_micros: int,
    sent: values.ChannelHead,
    received: values.ChannelHead,
    audit: values.AuditHead,
) -> H:
    public = primitives.ed25519_public(seed)
    unsigned = kind(at_micros, sent, received, audit, public, _UNSIGNED)
    signature = primitives.ed25519_sign(seed, messages.statement(unsigned, channel))
    return msgspec.structs.replace(unsigned, signature=signature)


def judge(heads: values.Heads, channel: UUID, known: Known, now_micros: int) -> Fault | None:
    """What is wrong with heads that the other side sent, the first thing first; none if they hold."""
    audit = heads.audit
    if heads.key not in known.keys or audit.key not in known.keys:
        return Fault.NOT_REGISTERED
    stated = audit_bytes.head_bytes(audit.size, audit.root, audit.chain, audit.at_micros)
    if not (
        primitives.ed25519_matches(heads.key, messages.statement(heads, channel), heads.signature)
        and primitives.ed25519_matches(audit.key, stated, audit.signature)
    ):
        return Fault.FORGED
    if heads.at_micros > now_micros + AHEAD_MICROS:
        return Fault.OUT_OF_TIME
    if min(heads.sent.epoch, heads.received.epoch) < known.epoch:
        return Fault.OTHER_EPOCH
    if (known.sent, known.received) != (heads.sent, heads.received):
        return Fault.CONTRADICTS_TRANSCRIPT
    before = known.before
    if before is None or min(before.sent.epoch, before.received.epoch) < known.epoch:
        return None  # people have looked since, and accepted that the signer may have less than it had
    return _continues(before, heads)


def _continues(before: values.Heads, heads: values.Heads) -> Fault | None:
    """A signer's statements only ever grow."""
    old, new = before.audit, heads.audit
    if new.size < old.size or (new.size == old.size and (new.root, new.chain) != (old.root, old.chain)):
        return Fault.CONTRADICTS_AUDIT
    for was, now in ((before.sent, heads.sent), (before.received, heads.received)):
        if (now.epoch, now.sequence) < (was.epoch, was.sequence):
            return Fault.CONTRADICTS_ITSELF
    return Fault.OUT_OF_TIME if heads.at_micros < before.at_micros else None
