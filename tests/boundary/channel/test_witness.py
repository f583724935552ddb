"""When heads are stated, and everything that can be wrong with heads of the other side."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from boundary.channel import witness
from boundary.kernel import audit_bytes, ids, primitives
from boundary.wire import to_customer, values

SEED, OTHER = bytes(range(32)), bytes(range(1, 33))
PUBLIC, STRANGER = primitives.ed25519_public(SEED), primitives.ed25519_public(OTHER)
CHANNEL = ids.SeededIds(1).ref()
NOW = 1_800_000_000_000_000
SENT = values.ChannelHead(2, 40, 900, b"\x11" * 32)
RECEIVED = values.ChannelHead(2, 30, 700, b"\x22" * 32)


def audit(size: int = 50, root: bytes = b"\x33" * 32, seed: bytes = SEED) -> values.AuditHead:
    chain = b"\x44" * 32
    signature = primitives.ed25519_sign(seed, audit_bytes.head_bytes(size, root, chain, NOW))
    return values.AuditHead(size, root, chain, NOW, primitives.ed25519_public(seed), signature)


def made(seed: bytes = SEED, **changes: Any) -> to_customer.SignedHeads:
    fields: dict[str, Any] = {"at_micros": NOW, "sent": SENT, "received": RECEIVED, "audit": audit()} | changes
    return witness.sign(to_customer.SignedHeads, seed, CHANNEL, **fields)


def known(**changes: Any) -> witness.Known:
    return witness.Known(2, {PUBLIC}, made(), SENT, RECEIVED)._replace(**changes)


def place(of: values.ChannelHead, **changes: Any) -> values.ChannelHead:
    return msgspec.structs.replace(of, **changes)


def test_heads_that_are_signed_and_agree_hold() -> None:
    later = made(at_micros=NOW + 9, audit=audit(51, b"\x35" * 32))
    assert witness.judge(made(), CHANNEL, known(before=None), NOW) is None
    assert witness.judge(later, CHANNEL, known(), NOW) is None
    assert witness.judge(made(), CHANNEL, known(), NOW) is None, "the same again is no contradiction"


def forged(field: str, value: Any) -> Callable[[], to_customer.SignedHeads]:
    """Changed after it was signed."""
    return lambda: msgspec.structs.replace(made(), **{field: value})


F = witness.Fault
FAULTS: dict[str, tuple[Callable[[], to_customer.SignedHeads], dict[str, Any], witness.Fault]] = {
    "a stranger's key": (lambda: made(OTHER), {}, F.NOT_REGISTERED),
    "no key registered": (made, {"keys": set()}, F.NOT_REGISTERED),
    "a stranger's audit head": (lambda: made(audit=audit(seed=OTHER)), {}, F.NOT_REGISTERED),
    "another time": (forged("at_micros", NOW + 1), {}, F.FORGED),
    "another place": (forged("sent", place(SENT, sequence=41)), {}, F.FORGED),
    "another audit head": (forged("audit", audit(60)), {}, F.FORGED),
    "a signature of zeros": (forged("signature", bytes(64)), {}, F.FORGED),
    "an audit head that is not signed": (
        lambda: made(audit=msgspec.structs.replace(audit(), size=51)), {}, F.FORGED,
    ),
    "the future": (lambda: made(at_micros=NOW + 31_000_000), {}, F.OUT_OF_TIME),
    "before the last": (lambda: made(at_micros=NOW - 1), {}, F.OUT_OF_TIME),
    "a closed epoch": (made, {"epoch": 3}, F.OTHER_EPOCH),
    "another hash": (lambda: made(sent=place(SENT, head=b"\x12" * 32)), {}, F.CONTRADICTS_TRANSCRIPT),
    "another count": (lambda: made(received=place(RECEIVED, messages=701)), {}, F.CONTRADICTS_TRANSCRIPT),
    "a core that we do not have": (made, {"sent": None}, F.CONTRADICTS_TRANSCRIPT),
    "a core that we never sent": (made, {"received": None}, F.CONTRADICTS_TRANSCRIPT),
    "less sent than before": (
        made, {"before": made(sent=place(SENT, sequence=41))}, F.CONTRADICTS_ITSELF,
    ),
    "less received than before": (
        made, {"before": made(received=place(RECEIVED, sequence=31))}, F.CONTRADICTS_ITSELF,
    ),
    "a shorter audit log": (lambda: made(audit=audit(49)), {}, F.CONTRADICTS_AUDIT),
    "another audit log of the same length": (lambda: made(audit=audit(50, b"\x34" * 32)), {}, F.CONTRADICTS_AUDIT),
}  # fmt: skip


@pytest.mark.parametrize("make, changes, fault", list(FAULTS.values()), ids=list(FAULTS))
def test_heads_with_a_fault_are_not_believed(
    make: Callable[[], to_customer.SignedHeads], changes: dict[str, Any], fault: witness.Fault
) -> None:
    assert witness.judge(make(), CHANNEL, known(**changes), NOW) is fault


def test_heads_of_one_channel_are_forged_on_another() -> None:
    assert witness.judge(made(), ids.SeededIds(2).ref(), known(), NOW) is F.FORGED


def test_after_people_opened_an_epoch_a_signer_may_have_less_than_it_had() -> None:
    before = made(sent=place(SENT, epoch=1, sequence=99), received=place(RECEIVED, epoch=1), audit=audit(900))
    assert witness.judge(made(), CHANNEL, known(before=before), NOW) is None


def test_only_what_a_signer_truly_signed_halts_a_channel() -> None:
    assert {each for each in F if not each.halts} == {F.NOT_REGISTERED, F.OUT_OF_TIME, F.OTHER_EPOCH}


@pytest.mark.parametrize(
    "messages, quiet, moved, millis, due",
    [
        (999, 0, True, 0, False),
        (1000, 0, True, 0, True),
        (1, 0, True, 9_999, False),
        (1, 0, True, 10_000, True),
        (3, 3, True, 10_000, False),
        (4, 3, True, 10_000, True),
        (0, 0, True, 29_999, False),
        (0, 0, True, 30_000, True),
        (0, 0, True, -30_000, True),
        (5000, 0, False, 60_000, False),
    ],
)
def test_heads_are_due_when_enough_happened_or_long_enough_nothing(
    messages: int, quiet: int, moved: bool, millis: int, due: bool
) -> None:
    assert witness.is_due(witness.Traffic(messages, quiet, moved, millis)) is due
    assert witness.is_due(None)
