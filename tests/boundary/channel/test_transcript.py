"""The order of things on a channel: every verdict, and the rules against a reference model under any delivery."""

import hashlib
import struct
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundary.channel import transcript
from boundary.channel.transcript import Verdict

HEAD, OTHER, CORE = b"h" * 32, b"o" * 32, b"c" * 32
HERE = transcript.Position(epoch=2, due=5, head=HEAD)


def judge(
    *, epoch: int = 2, sequence: int = 5, previous: bytes = HEAD, core: bytes = CORE, stored: bytes | None = None
) -> Verdict:
    return transcript.judge(HERE, epoch=epoch, sequence=sequence, previous=previous, core=core, stored=stored)


def test_a_core_is_named_by_all_of_it() -> None:
    by_hand = b"\x00" + struct.pack(">IQH", 1, 7, 2) + HEAD + b"body"
    named = transcript.core_hash(1, 7, 2, HEAD, b"body")
    assert named == hashlib.sha256(by_hand).digest()
    others = [
        transcript.core_hash(2, 7, 2, HEAD, b"body"),
        transcript.core_hash(1, 8, 2, HEAD, b"body"),
        transcript.core_hash(1, 7, 3, HEAD, b"body"),
        transcript.core_hash(1, 7, 2, OTHER, b"body"),
        transcript.core_hash(1, 7, 2, HEAD, b"bodY"),
        transcript.core_hash(1, 7, 2, HEAD, b"body\0"),
    ]
    assert len({named, *others}) == 7


def test_a_channel_starts_before_its_first_core() -> None:
    assert transcript.Position(epoch=1, due=1, head=bytes(32)) == transcript.START
    assert transcript.after(transcript.START, CORE) == transcript.Position(epoch=1, due=2, head=CORE)
    assert transcript.after(HERE, CORE) == transcript.Position(epoch=2, due=6, head=CORE)


def test_the_core_that_is_due_and_continues_the_head_is_next() -> None:
    assert judge() is Verdict.NEXT


@pytest.mark.parametrize("sequence", [1, 4])
def test_a_core_that_was_applied_is_answered_again(sequence: int) -> None:
    assert judge(sequence=sequence, stored=CORE, previous=OTHER) is Verdict.AGAIN


@pytest.mark.parametrize("stored", [OTHER, None])
@pytest.mark.parametrize("sequence", [1, 4])
def test_another_core_under_an_old_sequence_is_equivocation(sequence: int, stored: bytes | None) -> None:
    assert judge(sequence=sequence, stored=stored) is Verdict.EQUIVOCATION


@pytest.mark.parametrize("previous", [OTHER, bytes(32), HEAD[:31] + b"\0"])
def test_another_history_is_equivocation(previous: bytes) -> None:
    assert judge(previous=previous) is Verdict.EQUIVOCATION


@pytest.mark.parametrize("sequence", [6, 7, 2**63 - 1])
@pytest.mark.parametrize("previous", [HEAD, OTHER])
def test_a_core_ahead_of_its_turn_is_early_whatever_it_claims(sequence: int, previous: bytes) -> None:
    assert judge(sequence=sequence, previous=previous) is Verdict.EARLY


@pytest.mark.parametrize("epoch", [0, 1, 3, 2**32 - 1])
@pytest.mark.parametrize("sequence", [4, 5, 6])
@pytest.mark.parametrize("stored", [None, CORE, OTHER])
def test_another_epoch_is_only_that(epoch: int, sequence: int, stored: bytes | None) -> None:
    assert judge(epoch=epoch, sequence=sequence, stored=stored) is Verdict.OTHER_EPOCH


# --- a receiver that follows the verdicts, against a model that knows the whole truth


class Sent(NamedTuple):
    epoch: int
    sequence: int
    previous: bytes
    body: bytes

    @property
    def core(self) -> bytes:
        return transcript.core_hash(self.epoch, self.sequence, 1, self.previous, self.body)


class Receiver:
    """Applies what is next, halts for ever on equivocation; what the gates do, without their databases."""

    def __init__(self) -> None:
        self.position = transcript.START
        self.stored: dict[int, bytes] = {}
        self.applied: list[bytes] = []
        self.halted = False

    def take(self, sent: Sent) -> Verdict | None:
        if self.halted:
            return None
        verdict = transcript.judge(
            self.position,
            epoch=sent.epoch,
            sequence=sent.sequence,
            previous=sent.previous,
            core=sent.core,
            stored=self.stored.get(sent.sequence),
        )
        if verdict is Verdict.NEXT:
            self.stored[sent.sequence] = sent.core
            self.position = transcript.after(self.position, sent.core)
            self.applied.append(sent.body)
        self.halted = verdict is Verdict.EQUIVOCATION
        return verdict


def history(bodies: list[bytes]) -> list[Sent]:
    """One honest chain."""
    head, chain = transcript.GENESIS, []
    for sequence, body in enumerate(bodies, start=1):
        chain.append(Sent(1, sequence, head, body))
        head = chain[-1].core
    return chain


def expected(chain: list[Sent], applied: int, sent: Sent) -> Verdict:
    """The verdict of somebody who sees the honest chain and how much of it was applied."""
    if sent.epoch != 1:
        return Verdict.OTHER_EPOCH
    if sent.sequence > applied + 1:
        return Verdict.EARLY
    if sent.sequence == applied + 1:
        continues = sent.previous == (chain[applied - 1].core if applied else transcript.GENESIS)
        return Verdict.NEXT if continues else Verdict.EQUIVOCATION
    return Verdict.AGAIN if sent == chain[sent.sequence - 1] else Verdict.EQUIVOCATION


bodies = st.lists(st.binary(min_size=1, max_size=4), min_size=1, max_size=8)


@settings(deadline=None)
@given(bodies, st.lists(st.integers(0, 7), max_size=40))
def test_any_order_and_any_repetition_of_one_history_applies_a_prefix_of_it_once(
    drawn: list[bytes], deliveries: list[int]
) -> None:
    chain, receiver = history(drawn), Receiver()
    for number in deliveries:
        sent = chain[number % len(chain)]
        wanted = expected(chain, len(receiver.applied), sent)
        assert receiver.take(sent) is wanted
        assert receiver.applied == drawn[: len(receiver.applied)]
    assert not receiver.halted
    for sent in chain:  # and then all of it, in order
        receiver.take(sent)
    assert receiver.applied == drawn
    assert receiver.position == transcript.Position(1, len(chain) + 1, chain[-1].core)


forks = st.tuples(
    st.integers(0, 7),
    st.fixed_dictionaries(
        {},
        optional={
            "epoch": st.integers(0, 3),
            "sequence": st.integers(1, 10),
            "previous": st.sampled_from([transcript.GENESIS, OTHER]),
            "body": st.binary(min_size=1, max_size=4),
        },
    ),
)


@settings(deadline=None, max_examples=300)
@given(bodies, st.lists(forks, max_size=30))
def test_every_delivery_gets_the_verdict_of_the_model_and_a_fork_halts_it_for_good(
    drawn: list[bytes], deliveries: list[tuple[int, dict[str, object]]]
) -> None:
    receiver, truth = Receiver(), list[Sent]()
    chain = history(drawn)
    for number, changes in deliveries:
        sent = chain[number % len(chain)]._replace(**changes)
        if receiver.halted:
            assert receiver.take(sent) is None
            continue
        wanted = expected(truth, len(truth), sent)
        assert receiver.take(sent) is wanted
        truth += [sent] if wanted is Verdict.NEXT else []
        assert receiver.applied == [each.body for each in truth]
        assert receiver.halted == (wanted is Verdict.EQUIVOCATION)


@settings(deadline=None)
@given(bodies, st.integers(0, 7), st.binary(min_size=1, max_size=4))
def test_two_receivers_with_equal_heads_have_applied_the_same(drawn: list[bytes], at: int, other: bytes) -> None:
    at %= len(drawn)
    forked = [*drawn[:at], other, *drawn[at + 1 :]]
    one, two = Receiver(), Receiver()
    for sent in history(drawn):
        one.take(sent)
    for sent in history(forked):
        two.take(sent)
    assert (one.position == two.position) == (drawn == forked)
