"""Withdrawals and their steps as rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.payments import tables
from customer_stack.payments.model import payouts as model
from customer_stack.payments.model.rails import Rail

_COLUMNS = """id, account, beneficiary, asset, amount::text, fee::text, rail, provider, state::text, reason, external, hold,
  fee_hold, attempts, value_date, created_at, changed_at, revision, due_at, returned::text, deposit, claimed_by,
  resolution"""
_ONE = f"SELECT {_COLUMNS} FROM withdrawal WHERE id = $1"  # noqa: S608 -- names are the program's own
_LOCK = f"SELECT {_COLUMNS} FROM withdrawal WHERE id = $1 FOR NO KEY UPDATE"  # noqa: S608 -- likewise
_NAMED = """
SELECT id FROM withdrawal WHERE provider = $1 AND ((external = $2 AND $2 <> '') OR id = $3)"""
_LIST = f"""
SELECT {_COLUMNS} FROM withdrawal WHERE account = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3"""  # noqa: S608 -- likewise
_WORK = f"""
SELECT {_COLUMNS} FROM withdrawal WHERE (state::text = ANY($1::text[]) OR $2 AND (contradicted OR state = 'failed' AND deposit IS NOT NULL))
  AND resolved_at IS NULL
  AND ($3::uuid IS NULL OR id > $3) ORDER BY id LIMIT $4"""  # noqa: S608 -- likewise
_RETURN_OF = f"SELECT {_COLUMNS} FROM withdrawal WHERE deposit = $1 ORDER BY id DESC LIMIT 1"  # noqa: S608 -- likewise
_UNSENT = f"""
SELECT {_COLUMNS} FROM withdrawal WHERE account = $1 AND state::text = ANY($2::text[]) ORDER BY id FOR NO KEY UPDATE"""  # noqa: S608 -- likewise
_DUE = """
SELECT id, state::text FROM withdrawal WHERE due_at <= $1 AND id <> ALL($3::uuid[]) ORDER BY due_at LIMIT $2"""
_MOVE = """
UPDATE withdrawal SET state = $2::withdrawal_state, reason = $3, external = CASE WHEN $4 <> '' THEN $4 ELSE external END,
  due_at = $5, returned = coalesce($6::text::numeric, returned), revision = revision + 1, changed_at = $7,
  claimed_by = NULL, resolved_by = NULL, resolved_at = NULL, resolution = '' WHERE id = $1"""
_STEPS_OF = """
SELECT withdrawal, state::text, event, code, at FROM withdrawal_step WHERE withdrawal = ANY($1::uuid[]) ORDER BY id"""


def _made(row: transaction.Record) -> model.Withdrawal:
    values: dict[str, Any] = dict(row)
    return model.Withdrawal(
        **values
        | {
            "amount": int(row["amount"]),
            "fee": int(row["fee"]),
            "rail": Rail(row["rail"]),
            "state": model.State(row["state"]),
            "returned": None if row["returned"] is None else int(row["returned"]),
        }
    )


async def add(tx: transaction.Tx, made: model.Withdrawal, route: bytes) -> None:
    await tx.insert(
        tables.WITHDRAWAL,
        id=made.id,
        account=made.account,
        beneficiary=made.beneficiary,
        asset=made.asset,
        amount=made.amount,
        fee=made.fee,
        rail=made.rail.value,
        provider=made.provider,
        state=made.state.value,
        reason=made.reason,
        hold=made.hold,
        fee_hold=made.fee_hold,
        route=route,
        value_date=made.value_date,
        deposit=made.deposit,
        created_at=made.created_at,
        changed_at=made.changed_at,
    )


async def one(tx: transaction.Tx, id_: UUID, *, hold: bool = False) -> model.Withdrawal | None:
    row = await tx.row(_LOCK if hold else _ONE, id_)
    return _made(row) if row else None


async def named(tx: transaction.Tx, provider: str, external: str, id_: UUID | None) -> UUID | None:
    """By the provider's number or by ours; a provider's events speak of its own payments alone."""
    found: UUID | None = await tx.value(_NAMED, provider, external, id_)
    return found


async def listed(tx: transaction.Tx, account: UUID, before: UUID | None, limit: int) -> list[model.Withdrawal]:
    return [_made(row) for row in await tx.fetch(_LIST, account, before, limit)]


async def work(
    tx: transaction.Tx, states: Sequence[model.State], after: UUID | None, limit: int, *, contradicted: bool
) -> list[model.Withdrawal]:
    rows = await tx.fetch(_WORK, [each.value for each in states], contradicted, after, limit)
    return [_made(row) for row in rows]


async def newest_return(tx: transaction.Tx, deposit: UUID) -> model.Withdrawal | None:
    row = await tx.row(_RETURN_OF, deposit)
    return _made(row) if row else None


async def unsent(tx: transaction.Tx, account: UUID) -> list[model.Withdrawal]:
    """Everything of an account that nobody was handed yet, held."""
    return [_made(row) for row in await tx.fetch(_UNSENT, account, [each.value for each in model.UNSENT])]


async def under_review(tx: transaction.Tx, after: UUID | None, limit: int) -> list[UUID]:
    rows = await tx.fetch(
        """SELECT id FROM withdrawal WHERE state = 'under_review' AND ($1::uuid IS NULL OR id > $1) ORDER BY id LIMIT $2""",
        after, limit,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def claim(tx: transaction.Tx, id_: UUID, by: UUID | None) -> None:
    await tx.execute("UPDATE withdrawal SET claimed_by = $2, revision = revision + 1 WHERE id = $1", id_, by)


async def ticked_off(tx: transaction.Tx, id_: UUID, by: UUID, resolution: model.Resolution, now: datetime) -> None:
    await tx.execute(
        """UPDATE withdrawal SET resolved_by = $2, resolution = $3, resolved_at = $4, revision = revision + 1
           WHERE id = $1""",
        id_, by, resolution.value, now,
    )  # fmt: skip


async def due(tx: transaction.Tx, now: datetime, limit: int, but: Sequence[UUID]) -> list[tuple[UUID, model.State]]:
    return [(row["id"], model.State(row["state"])) for row in await tx.fetch(_DUE, now, limit, list(but))]


async def move(
    tx: transaction.Tx,
    id_: UUID,
    state: model.State,
    *,
    reason: str,
    external: str,
    due_at: datetime | None,
    returned: int | None,
    now: datetime,
) -> None:
    told = None if returned is None else str(returned)
    await tx.execute(_MOVE, id_, state.value, reason, external, due_at, told, now)


async def attempt(tx: transaction.Tx, id_: UUID) -> None:
    await tx.execute("UPDATE withdrawal SET attempts = attempts + 1 WHERE id = $1", id_)


async def later(tx: transaction.Tx, id_: UUID, due_at: datetime | None) -> None:
    await tx.execute("UPDATE withdrawal SET due_at = $2 WHERE id = $1", id_, due_at)


async def contradicted(tx: transaction.Tx, id_: UUID) -> None:
    await tx.execute(
        """UPDATE withdrawal SET contradicted = true, claimed_by = NULL, resolved_by = NULL, resolved_at = NULL,
             resolution = '' WHERE id = $1""",
        id_,
    )


async def is_contradicted(tx: transaction.Tx, id_: UUID) -> bool:
    found: bool = await tx.value("SELECT contradicted AND resolved_at IS NULL FROM withdrawal WHERE id = $1", id_)
    return found


async def named_by_us(tx: transaction.Tx, id_: UUID, external: str) -> None:
    """Keep the provider's number when its answer came after its event."""
    await tx.execute("UPDATE withdrawal SET external = $2 WHERE id = $1 AND external = ''", id_, external)


async def step(tx: transaction.Tx, id_: UUID, made: model.Step) -> None:
    await tx.execute(
        """INSERT INTO withdrawal_step (withdrawal, state, event, code, at)
           VALUES ($1, $2::text::withdrawal_state, $3, $4, $5)""",
        id_, made.state.value, made.event.value, made.code, made.at,
    )  # fmt: skip


async def steps(tx: transaction.Tx, ids: Sequence[UUID]) -> dict[UUID, list[model.Step]]:
    found: dict[UUID, list[model.Step]] = {id_: [] for id_ in ids}
    for row in await tx.fetch(_STEPS_OF, list(ids)):
        found[row["withdrawal"]].append(
            model.Step(model.State(row["state"]), model.Event(row["event"]), row["code"], row["at"])
        )
    return found


async def route(tx: transaction.Tx, id_: UUID) -> bytes:
    found: bytes = await tx.value("SELECT route FROM withdrawal WHERE id = $1", id_)
    return found
