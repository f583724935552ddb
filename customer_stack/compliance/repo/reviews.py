"""Held operations: as they are found by an evaluation, listed for staff, and decided."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.compliance import model
from customer_stack.compliance.model import reviews

_COLUMNS = """
r.verdict, r.operation, c.kind::text AS kind, r.account, r.ledger_account, r.asset, r.amount::text, c.home::text,
c.reasons, r.at, r.state::text AS state, r.ground, r.decided_by, r.approved_by, r.decided_at, r.expires_at, r.used_by"""
_FROM = f"SELECT {_COLUMNS} FROM clearance_review r JOIN clearance c ON c.id = r.verdict"  # noqa: S608 -- constants
_RELEASED = f"""{_FROM}
WHERE r.operation = ANY($1) AND r.state = 'released' ORDER BY r.at, r.verdict FOR NO KEY UPDATE OF r"""
_LAPSE = "UPDATE clearance_review SET state = 'lapsed' WHERE verdict = ANY($1)"
_HOLD = """
INSERT INTO clearance_review (verdict, operation, account, ledger_account, asset, amount, at)
SELECT id, operation, account, ledger_account, asset, amount, at FROM clearance WHERE id = ANY($1)
ON CONFLICT DO NOTHING"""
_USE = """
UPDATE clearance_review r SET state = 'used', used_by = u.by FROM unnest($1::uuid[], $2::uuid[]) AS u(verdict, by)
WHERE r.verdict = u.verdict"""
_SOME = f"""{_FROM}
WHERE r.state = $1 AND (r.at, r.verdict) > ($2, $3) ORDER BY r.at, r.verdict LIMIT $4"""
_STATES = """
SELECT DISTINCT ON (operation) operation, state::text FROM clearance_review WHERE operation = ANY($1)
ORDER BY operation, at DESC, verdict DESC"""
_OF = f"{_FROM} WHERE r.account = $1 ORDER BY r.at, r.verdict"
_ONE = f"{_FROM} WHERE r.verdict = $1"
_LOCKED = f"{_ONE} FOR NO KEY UPDATE OF r"
_DECIDE = """
UPDATE clearance_review SET state = $2, ground = $3, decided_by = $4, approved_by = $5, decided_at = $6, expires_at = $7
WHERE verdict = $1"""


async def released(tx: transaction.Tx, operations: Collection[UUID]) -> list[reviews.Review]:
    """Releases of these operations, held."""
    return [_review(row) for row in await tx.fetch(_RELEASED, list(operations))]


async def lapse(tx: transaction.Tx, verdicts: Sequence[UUID]) -> None:
    await tx.execute(_LAPSE, list(verdicts))


async def hold(tx: transaction.Tx, verdicts: Sequence[UUID]) -> None:
    """Put verdicts of review before staff, unless the same operation lies there already."""
    await tx.execute(_HOLD, list(verdicts))


async def use(tx: transaction.Tx, used: Sequence[tuple[UUID, UUID]]) -> None:
    """Spend releases: the review and the verdict that it was good for."""
    await tx.execute(_USE, [each[0] for each in used], [each[1] for each in used])


async def some(
    tx: transaction.Tx, state: reviews.State, after: tuple[datetime, UUID], limit: int
) -> list[reviews.Review]:
    """The oldest first."""
    return [_review(row) for row in await tx.fetch(_SOME, state.value, *after, limit)]


async def of(tx: transaction.Tx, account: UUID) -> list[reviews.Review]:
    return [_review(row) for row in await tx.fetch(_OF, account)]


async def states(tx: transaction.Tx, operations: Collection[UUID]) -> dict[UUID, reviews.State]:
    """The newest of each."""
    rows = await tx.fetch(_STATES, list(operations))
    return {row["operation"]: reviews.State(row["state"]) for row in rows}


async def one(tx: transaction.Tx, verdict: UUID, *, hold: bool = False) -> reviews.Review | None:
    row = await tx.row(_LOCKED if hold else _ONE, verdict)
    return _review(row) if row else None


async def decide(tx: transaction.Tx, review: reviews.Review) -> None:
    r = review
    await tx.execute(
        _DECIDE, r.verdict, r.state.value, r.ground, r.decided_by, r.approved_by, r.decided_at, r.expires_at
    )


def _review(row: transaction.Record) -> reviews.Review:
    return reviews.Review(
        verdict=row["verdict"],
        operation=row["operation"],
        kind=model.OperationKind(row["kind"]),
        account=row["account"],
        ledger_account=row["ledger_account"],
        asset=row["asset"],
        amount=int(row["amount"]),
        home=None if row["home"] is None else int(row["home"]),
        reasons=tuple(model.Code(each) for each in row["reasons"]),
        at=row["at"],
        state=reviews.State(row["state"]),
        ground=row["ground"],
        decided_by=row["decided_by"],
        approved_by=row["approved_by"],
        decided_at=row["decided_at"],
        expires_at=row["expires_at"],
        used_by=row["used_by"],
    )
