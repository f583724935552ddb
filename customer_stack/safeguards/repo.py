"""Limits held for a decision, exclusions, reality checks that are due, and the history."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.safeguards import model

_COLUMNS = "kind::text, period::text, amount, currency, next_amount, next_at, version"
_HOLD = f"""
WITH held AS MATERIALIZED (
  SELECT account, {_COLUMNS} FROM safeguard_limit WHERE account = ANY($1)
  ORDER BY account, kind, period FOR NO KEY UPDATE)
SELECT *, NULL::text AS excluded, NULL::timestamptz AS begins_at, NULL::timestamptz AS ends_at FROM held
UNION ALL
SELECT account, NULL, NULL, NULL, NULL, NULL, NULL, NULL, kind::text, begins_at, ends_at FROM safeguard_exclusion
WHERE account = ANY($1) AND coalesce(ends_at, 'infinity') > $2"""  # noqa: S608 -- constants
_LIMITS = f"SELECT {_COLUMNS} FROM safeguard_limit WHERE account = $1 ORDER BY kind, period"  # noqa: S608 -- constants
_BEGIN = """
INSERT INTO safeguard_limit (account, kind, period, currency) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"""
_LIMIT = f"""
SELECT {_COLUMNS} FROM safeguard_limit WHERE account = $1 AND kind = $2 AND period = $3 FOR NO KEY UPDATE"""  # noqa: S608 -- constants
_SET = """
UPDATE safeguard_limit SET amount = $4, currency = $5, next_amount = $6, next_at = $7, version = $8, changed_at = $9
WHERE account = $1 AND kind = $2 AND period = $3"""
_EXCLUSIONS = """
SELECT account, kind::text, begins_at, ends_at FROM safeguard_exclusion
WHERE account = ANY($1) AND coalesce(ends_at, 'infinity') > $2 ORDER BY account, begins_at, id"""
_EXCLUDE = "INSERT INTO safeguard_exclusion (id, account, kind, begins_at, ends_at) VALUES ($1, $2, $3, $4, $5)"
_REALITY = "SELECT minutes, told_at FROM safeguard_reality WHERE account = $1"
_CHECK = """
INSERT INTO safeguard_reality (account, minutes, changed_at) VALUES ($1, $2, $3)
ON CONFLICT (account) DO UPDATE SET minutes = EXCLUDED.minutes, changed_at = EXCLUDED.changed_at"""
_WANTING = "SELECT account, minutes, told_at FROM safeguard_reality WHERE minutes > 0 AND account = ANY($1) FOR UPDATE"
_TOLD = "UPDATE safeguard_reality SET told_at = $2 WHERE account = ANY($1)"
_NOTE = """
INSERT INTO safeguard_change (change, account, fact, kind, period, before, after, currency, effective_at, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"""
_HISTORY = """
SELECT id, change, account, fact::text, kind, period, before, after, currency, effective_at, at FROM safeguard_change
WHERE account = $1 AND id < $2 ORDER BY id DESC LIMIT $3"""
_NEWEST = (1 << 63) - 1


class Held(NamedTuple):
    limits: dict[UUID, list[model.Limit]]
    exclusions: dict[UUID, list[model.Exclusion]]


async def hold(tx: transaction.Tx, accounts: Collection[UUID], now: datetime) -> Held:
    """The limits of these accounts, nobody else's to change until the transaction ends, in one order, always the same;
    and the exclusions that are not over.
    """
    found = Held({}, {})
    for row in await tx.fetch(_HOLD, sorted(accounts), now):
        account = row["account"]
        if row["excluded"] is None:
            found.limits.setdefault(account, []).append(_limit(row))
        else:
            made = model.Exclusion(model.ExclusionKind(row["excluded"]), row["begins_at"], row["ends_at"])
            found.exclusions.setdefault(account, []).append(made)
    return found


async def limits(tx: transaction.Tx, account: UUID) -> list[model.Limit]:
    return [_limit(row) for row in await tx.fetch(_LIMITS, account)]


async def limit(
    tx: transaction.Tx, account: UUID, kind: model.LimitKind, period: model.Period, currency: str
) -> model.Limit:
    """One limit, held; there is always one, though it may say nothing."""
    await tx.execute(_BEGIN, account, kind.value, period.value, currency)
    row = await tx.row(_LIMIT, account, kind.value, period.value)
    assert row is not None, "it was there, or has just been written"
    return _limit(row)


async def keep(tx: transaction.Tx, account: UUID, changed: model.Limit, now: datetime) -> None:
    c = changed
    await tx.execute(
        _SET, account, c.kind.value, c.period.value, c.amount, c.currency, c.next_amount, c.next_at, c.version, now
    )


def _limit(row: transaction.Record) -> model.Limit:
    return model.Limit(
        kind=model.LimitKind(row["kind"]),
        period=model.Period(row["period"]),
        amount=row["amount"],
        currency=row["currency"],
        next_amount=row["next_amount"],
        next_at=row["next_at"],
        version=row["version"],
    )


async def exclusions(
    tx: transaction.Tx, accounts: Collection[UUID], now: datetime
) -> dict[UUID, list[model.Exclusion]]:
    """Those that are not over."""
    found: dict[UUID, list[model.Exclusion]] = {}
    for row in await tx.fetch(_EXCLUSIONS, list(accounts), now):
        made = model.Exclusion(model.ExclusionKind(row["kind"]), row["begins_at"], row["ends_at"])
        found.setdefault(row["account"], []).append(made)
    return found


async def exclude(tx: transaction.Tx, id_: UUID, account: UUID, exclusion: model.Exclusion) -> None:
    await tx.execute(_EXCLUDE, id_, account, exclusion.kind.value, exclusion.begins_at, exclusion.ends_at)


async def reality(tx: transaction.Tx, account: UUID) -> model.Reality:
    row = await tx.row(_REALITY, account)
    return model.Reality(row["minutes"], row["told_at"]) if row else model.Reality(0, None)


async def check(tx: transaction.Tx, account: UUID, minutes: int, now: datetime) -> None:
    await tx.execute(_CHECK, account, minutes, now)


async def wanting(tx: transaction.Tx, accounts: Sequence[UUID]) -> dict[UUID, model.Reality]:
    """Of these, who wants to be told; held, so that two workers do not tell the same."""
    rows = await tx.fetch(_WANTING, list(accounts))
    return {row["account"]: model.Reality(row["minutes"], row["told_at"]) for row in rows}


async def told(tx: transaction.Tx, accounts: Sequence[UUID], now: datetime) -> None:
    await tx.execute(_TOLD, list(accounts), now)


async def note(tx: transaction.Tx, change: model.Change) -> None:
    c = change
    await tx.execute(
        _NOTE, c.id, c.account, c.fact.value, c.kind, c.period, c.before, c.after, c.currency, c.effective_at, c.at
    )


async def history(tx: transaction.Tx, account: UUID, before: int | None, limit_: int) -> list[tuple[int, model.Change]]:
    """Newest first, with the number of each row."""
    rows = await tx.fetch(_HISTORY, account, _NEWEST if before is None else before, limit_)
    return [(row["id"], _change(row)) for row in rows]


def _change(row: transaction.Record) -> model.Change:
    _, id_, account, fact, *rest = tuple(row)
    return model.Change(id_, account, model.Fact(fact), *rest)
