"""Alerts, shadows, points of risk, accounts that act together."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.monitoring import model

_RAISE = """
SELECT monitoring_raise($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) AS key"""
_COUNT = "SELECT monitoring_count($1, $2, $3, $4, $5, $6)"
_POINTS = "SELECT account, points, half_life_days, at FROM monitoring_points($1)"
_FIELDS = """
id, rule, version, account, operation, severity::text, answer::text, certain, score, half_life_days, case_id, raised_at"""
_NOT_OWN = "account::text IS DISTINCT FROM current_setting('monitoring.officer', true)"
"""An officer does not see what is there about themselves."""
_SOME = f"""
SELECT {_FIELDS} FROM monitoring_alert
WHERE {_NOT_OWN} AND ($1::uuid IS NULL OR account = $1) AND ($2::text IS NULL OR rule = $2) AND ($3::text IS NULL OR severity::text = $3)
  AND ($4::uuid IS NULL OR case_id = $4) AND ($5::timestamptz IS NULL OR (raised_at, id) < ($5, $6))
ORDER BY raised_at DESC, id DESC LIMIT $7"""  # noqa: S608 -- constants
_ONE = f"SELECT {_FIELDS} FROM monitoring_alert WHERE id = $1 AND {_NOT_OWN}"  # noqa: S608 -- constants
_ATTACH = "UPDATE monitoring_alert SET case_id = $2 WHERE id = $1 AND (case_id IS NULL OR case_id = $2)"
_NOTE_RISK = """
INSERT INTO monitoring_risk_note (id, account, reason, points, half_life_days, by, at)
VALUES ($1, $2, $3, $4, $5, $6, $7)"""
_RISK_NOTES = """
SELECT reason, points, half_life_days, by, at FROM monitoring_risk_note WHERE account = $1 ORDER BY at DESC LIMIT 100"""
_LINK = """
INSERT INTO monitoring_link (one, other, reason, by) VALUES (least($1::uuid, $2), greatest($1::uuid, $2), $3, $4)
ON CONFLICT DO NOTHING"""
_LINKED = """
SELECT other AS account, reason, at FROM monitoring_link WHERE one = $1
UNION ALL SELECT one, reason, at FROM monitoring_link WHERE other = $1 ORDER BY at DESC LIMIT 100"""


async def raise_(
    tx: transaction.Tx,
    alerts: Sequence[model.Alert],
    also: Sequence[tuple[UUID, ...]],
    cases: Sequence[UUID],
    now: datetime,
    due: datetime,
) -> list[bytes]:
    """Keep alerts and open the cases that they ask for; the keys of those that were not there yet. `also` are other
    names of each alert's operation: whoever alerted under one of them does not alert again.
    """
    pairs = [(n, each) for n, several in enumerate(also, start=1) for each in several]
    rows = await tx.fetch(
        _RAISE,
        [each.id for each in alerts],
        [each.key for each in alerts],
        [each.rule for each in alerts],
        alerts[0].version,
        [each.account for each in alerts],
        [each.operation for each in alerts],
        [each.severity.value for each in alerts],
        [each.answer.value for each in alerts],
        [each.certain for each in alerts],
        [each.score for each in alerts],
        [each.half_life_days for each in alerts],
        [each.opens for each in alerts],
        list(cases),
        [n for n, _ in pairs],
        [each for _, each in pairs],
        now,
        due,
    )
    return [row["key"] for row in rows]


async def count(tx: transaction.Tx, alerts: Sequence[model.Alert], now: datetime) -> None:
    """Note what shadow rules would have said."""
    await tx.execute(
        _COUNT,
        [each.key for each in alerts],
        [each.rule for each in alerts],
        alerts[0].version,
        [each.operation for each in alerts],
        [each.certain for each in alerts],
        now,
    )


async def points(tx: transaction.Tx, accounts: Collection[UUID]) -> dict[UUID, list[model.Reason]]:
    found: dict[UUID, list[model.Reason]] = {account: [] for account in accounts}
    for account, many, half, at in await tx.fetch(_POINTS, list(accounts)):
        found[account].append(model.Reason(many, half, at))
    return found


async def some(
    tx: transaction.Tx,
    account: UUID | None,
    rule: str | None,
    severity: str | None,
    case: UUID | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[transaction.Record]:
    """The newest first."""
    return await tx.fetch(_SOME, account, rule, severity, case, *(after or (None, None)), limit)


async def one(tx: transaction.Tx, alert: UUID) -> transaction.Record | None:
    return await tx.row(_ONE, alert)


async def attach(tx: transaction.Tx, alert: UUID, case: UUID) -> bool:
    return bool(await tx.execute(_ATTACH, alert, case))


async def note_risk(
    tx: transaction.Tx, id_: UUID, account: UUID, reason: str, points_: int, half_life_days: int, by: UUID, at: datetime
) -> None:
    await tx.execute(_NOTE_RISK, id_, account, reason, points_, half_life_days, by, at)


async def risk_notes(tx: transaction.Tx, account: UUID) -> list[transaction.Record]:
    return await tx.fetch(_RISK_NOTES, account)


async def link(tx: transaction.Tx, one_: UUID, other: UUID, reason: str, by: UUID | None) -> bool:
    return bool(await tx.execute(_LINK, one_, other, reason, by))


async def linked(tx: transaction.Tx, account: UUID) -> list[transaction.Record]:
    return await tx.fetch(_LINKED, account)
