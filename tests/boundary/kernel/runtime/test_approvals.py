"""Statements that two people sign: one hash for each, and every way in which a decision is none."""

import uuid
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundary.kernel import primitives
from boundary.kernel.runtime import approvals

A, B, C, SUBJECT, NONCE = (uuid.UUID(int=(0x4 << 76 | 0x2 << 62 | number)) for number in range(1, 6))
SEEDS = {A: bytes([1]) * 32, B: bytes([2]) * 32, C: bytes([3]) * 32}
KEYS = {operator: primitives.ed25519_public(seed) for operator, seed in SEEDS.items()}
NOW = 1_800_000_000


def made(**changes: Any) -> approvals.Statement:
    plain = approvals.statement(
        "execution", "gate.open_epoch", SUBJECT, {"epoch": "2", "head": "ab"}, nonce=NONCE, now=NOW, seconds=3600
    )
    return msgspec.structs.replace(plain, **changes)


HASH = approvals.statement_hash(made())


def by(operator: uuid.UUID, hashed: bytes = HASH, seed: bytes | None = None) -> approvals.Approval:
    return approvals.Approval(operator, primitives.ed25519_sign(seed or SEEDS[operator], hashed))


def test_two_who_signed_are_a_decision_in_the_order_of_their_references() -> None:
    for given_ in ([by(A), by(B)], [by(B), by(A)]):
        assert approvals.judge(HASH, given_, KEYS) == (by(A), by(B))


R = approvals.Refusal
NONE: dict[str, tuple[list[approvals.Approval], approvals.Refusal]] = {
    "nobody": ([], R.NOT_TWO),
    "one": ([by(A)], R.NOT_TWO),
    "one twice": ([by(A), by(A)], R.NOT_TWO),
    "three": ([by(A), by(B), by(C)], R.NOT_TWO),
    "a stranger": ([by(A), approvals.Approval(NONCE, by(B).signature)], R.UNKNOWN_OPERATOR),
    "signatures exchanged": (
        [approvals.Approval(A, by(B).signature), approvals.Approval(B, by(A).signature)],
        R.BAD_SIGNATURE,
    ),
    "one person under two names": ([by(A), by(B, seed=SEEDS[A])], R.BAD_SIGNATURE),
    "over another statement": ([by(A), by(B, bytes(32))], R.BAD_SIGNATURE),
    "an empty signature": ([by(A), approvals.Approval(B, b"")], R.BAD_SIGNATURE),
    "a zero signature": ([by(A), approvals.Approval(B, bytes(64))], R.BAD_SIGNATURE),
    "a longer signature": ([by(A), approvals.Approval(B, by(B).signature + b"\0")], R.BAD_SIGNATURE),
}


@pytest.mark.parametrize("case", NONE)
def test_what_is_no_decision(case: str) -> None:
    given_, refusal = NONE[case]
    assert approvals.judge(HASH, given_, KEYS) is refusal


def test_two_references_with_one_key_are_one_person() -> None:
    same = KEYS | {B: KEYS[A]}
    assert approvals.judge(HASH, [by(A), by(B, seed=SEEDS[A])], same) is R.NOT_TWO


@given(st.integers(0, 511))
def test_no_bit_of_a_signature_may_change(bit: int) -> None:
    flipped = bytearray(by(B).signature)
    flipped[bit // 8] ^= 1 << bit % 8
    assert approvals.judge(HASH, [by(A), approvals.Approval(B, bytes(flipped))], KEYS) is R.BAD_SIGNATURE


CHANGES: list[dict[str, Any]] = [
    {"stack": "customer"}, {"purpose": "gate.open_epoch2"}, {"subject": A}, {"nonce": A}, {"not_before": NOW - 1},
    {"until": NOW + 3601}, {"facts": (approvals.Fact("epoch", "3"), approvals.Fact("head", "ab"))},
    {"facts": (approvals.Fact("epoch", "2"),)},
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_a_statement_says_is_signed(change: dict[str, Any]) -> None:
    assert approvals.statement_hash(made(**change)) != HASH


def expected(**changes: Any) -> dict[str, Any]:
    facts = {"epoch": "2", "head": "ab"}
    return {
        "stack": "execution",
        "purpose": "gate.open_epoch",
        "subject": SUBJECT,
        "facts": facts,
        "now": NOW,
    } | changes


def test_a_statement_allows_what_it_says_within_its_hours() -> None:
    approvals.expect(made(), **expected())
    approvals.expect(made(), **expected(now=NOW + 3599))


@pytest.mark.parametrize(
    "change",
    [
        {"stack": "customer"}, {"purpose": "gate.close"}, {"subject": A}, {"facts": {"epoch": "2"}},
        {"facts": {"epoch": "2", "head": "ac"}}, {"now": NOW - 1}, {"now": NOW + 3600},
    ],
)  # fmt: skip
def test_a_statement_about_something_else_or_of_another_hour_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(approvals.BadStatement):
        approvals.expect(made(), **expected(**change))


@pytest.mark.parametrize(
    "change",
    [
        {"stack": "Execution"}, {"purpose": "reopen it"}, {"until": NOW}, {"until": NOW + 7 * 86_400 + 1},
        {"facts": (approvals.Fact("epoch", "2\n  scope: all"),)}, {"facts": (approvals.Fact("epoch", "²"),)},
        {"facts": (approvals.Fact("epoch", ""),)}, {"facts": (approvals.Fact("e p", "2"),)},
        {"facts": (approvals.Fact("epoch", "x" * 129),)},
    ],
)  # fmt: skip
def test_a_statement_that_could_mislead_who_reads_it_is_no_statement(change: dict[str, Any]) -> None:
    with pytest.raises(approvals.BadStatement):
        approvals.read_statement(approvals.write_statement(made(**change)))


def test_files_bring_back_what_was_written() -> None:
    assert approvals.read_statement(approvals.write_statement(made())) == made()
    assert approvals.read_approval(approvals.write_approval(by(A), HASH), HASH) == by(A)
    with pytest.raises(approvals.BadStatement):
        approvals.read_approval(approvals.write_approval(by(A), HASH), bytes(32))


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{}", b"[]", b"\xff", b'{"statement":"local/2"}',
        approvals.write_statement(made()).replace(b'"stack"', b'"stack": "customer", "stack"'),
        approvals.write_statement(made()).replace(b'"stack"', b'"more": 1, "stack"'),
        approvals.write_approval(by(A), HASH),
    ],
)  # fmt: skip
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(approvals.BadStatement):
        approvals.read_statement(data)


def test_a_local_statement_is_never_the_statement_of_a_message() -> None:
    assert primitives.sha256(b"local-statement/1\0" + msgspec.msgpack.encode(
        ["execution", "gate.open_epoch", SUBJECT.bytes, [["epoch", "2"], ["head", "ab"]], NONCE.bytes, NOW, NOW + 3600]
    )) == HASH  # fmt: skip
