"""How risky a customer is, and why."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from boundary.kernel import ids
from boundary.kernel.runtime import audit, transaction
from customer_stack.monitoring import model
from customer_stack.monitoring.model import entries
from customer_stack.monitoring.repo import alerts as repo
from customer_stack.monitoring.rules import cases as case_rules
from customer_stack.monitoring.rules import risk as rules
from customer_stack.monitoring.service import rulebook
from customer_stack.vault import service as vault_service

REASONS_MAX = 50


class Score(NamedTuple):
    """Points as they are at a moment, and the level that they make."""

    points: int
    level: model.RiskLevel


class Because(NamedTuple):
    """One reason with what is left of its points."""

    reason: str
    points: int
    left: int
    at: datetime
    by: UUID | None


async def of(tx: transaction.Tx, accounts: Collection[UUID], now: datetime) -> dict[UUID, model.RiskLevel]:
    """The level of each; high for everybody while there are no rules to say what is low."""
    return {account: score.level for account, score in (await scores(tx, accounts, now)).items()}


async def scores(tx: transaction.Tx, accounts: Collection[UUID], now: datetime) -> dict[UUID, Score]:
    """One statement for all of them."""
    version = await rulebook.in_force(tx, now)
    found = {}
    for account, reasons in (await repo.points(tx, accounts)).items():
        points = rules.score(reasons, now)
        level = model.RiskLevel.HIGH if version is None else rules.level(points, version.pack.risk)
        found[account] = Score(points, level)
    return found


async def explained(tx: transaction.Tx, account: UUID, now: datetime) -> Sequence[Because]:
    """Why: what still counts, the newest first. For officers: whoever may not look finds nothing."""
    found = [
        Because(row["rule"], row["score"], _left(row["score"], row["half_life_days"], row["raised_at"], now),
                row["raised_at"], None)
        for row in await repo.some(tx, account, None, None, None, None, REASONS_MAX)
        if row["score"]
    ]  # fmt: skip
    found += [
        Because(row["reason"], row["points"], _left(row["points"], row["half_life_days"], row["at"], now), row["at"],
                row["by"])
        for row in await repo.risk_notes(tx, account)
    ]  # fmt: skip
    return sorted((each for each in found if each.left), key=lambda each: each.at, reverse=True)


def _left(points: int, half_life_days: int, at: datetime, now: datetime) -> int:
    return rules.faded(model.Reason(points, half_life_days, at), now) // rules.SCALE


async def note(
    tx: transaction.Tx,
    vault: vault_service.Vault,
    account: UUID,
    reason: str,
    points: int,
    half_life_days: int,
    by: UUID,
    now: datetime,
    random: ids.Ids,
) -> None:
    """Points that an officer gives; the reason is a code."""
    case_rules.check_codes("risk", (reason,))
    await repo.note_risk(tx, random.ref(), account, reason, points, half_life_days, by, now)
    said = vault.commitment("monitoring.risk", account.bytes + f"\0{reason}\0{points}".encode())
    await audit.write(tx, entries.RiskNoted(said, by))


async def link(
    tx: transaction.Tx, vault: vault_service.Vault, one: UUID, other: UUID, reason: str, by: UUID | None
) -> bool:
    """Say that two accounts act together; whether that is news."""
    case_rules.check_codes("link", (reason,))
    if one == other or not await repo.link(tx, one, other, reason, by):
        return False
    pair = b"".join(sorted((one.bytes, other.bytes)))
    await audit.write(tx, entries.AccountsLinked(vault.commitment("monitoring.link", pair), by))
    return True


async def linked(tx: transaction.Tx, account: UUID) -> Sequence[transaction.Record]:
    return await repo.linked(tx, account)
