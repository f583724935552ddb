"""Posting by hand, as two people decide it."""

from typing import Annotated
from uuid import UUID

import msgspec

from boundary.kernel import clock, primitives, records
from customer_stack.access import model as access
from customer_stack.ledger import model


class Line(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One transfer, exactly as it will be posted."""

    id: UUID
    debit: UUID
    credit: UUID
    amount: records.Count
    asset: records.Count
    code: records.Count
    flags: records.Count
    reference: UUID
    effective_at: records.Count
    reverses: UUID


class PostByHand(access.Act, frozen=True, tag="ledger.post_by_hand.v1"):
    """Post these transfers, all of them or none."""

    lines: Annotated[tuple[Line, ...], msgspec.Meta(min_length=1, max_length=20)]


class PostedByHand(records.Entry, frozen=True, tag="ledger.posted_by_hand.v1"):
    """Two people posted transfers by hand; the digest is over what they saw."""

    first: UUID
    second: UUID
    digest: records.Hash32


def act(transfers: list[model.Transfer]) -> PostByHand:
    return PostByHand(
        tuple(
            Line(
                t.id, t.debit, t.credit, t.amount, t.asset, t.code, t.flags, t.reference,
                0 if t.effective_at is None else clock.to_micros(t.effective_at), t.reverses,
            )
            for t in transfers
        )
    )  # fmt: skip


def transfers(act_: PostByHand) -> list[model.Transfer]:
    return [
        model.Transfer(
            id=line.id,
            debit=line.debit,
            credit=line.credit,
            amount=line.amount,
            asset=line.asset,
            code=line.code,
            flags=line.flags,
            reference=line.reference,
            effective_at=clock.from_micros(line.effective_at) if line.effective_at else None,
            reverses=line.reverses,
            cause=model.Cause.BY_HAND,
        )
        for line in act_.lines
    ]


def digest(act_: PostByHand) -> bytes:
    return primitives.sha256(records.encode(act_))
