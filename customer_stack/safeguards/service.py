"""Sets limits, excludes, tells people how long they have been here; and holds limits for whoever judges a batch."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from boundary.kernel import canonical, errors, ids, money, primitives
from boundary.kernel.runtime import audit, transaction
from customer_stack.safeguards import model, ports, repo, rules

_NEVER = "for good"


class Settings(NamedTuple):
    """What its owner is shown."""

    limits: Sequence[model.Limit]
    exclusions: Sequence[model.Exclusion]
    reality: model.Reality


class Desk(NamedTuple):
    """What it takes to change a safeguard. Made once, by the composition root."""

    currency: ports.Currency
    delay: timedelta
    ids: ids.Ids

    async def set_limit(
        self,
        tx: transaction.Tx,
        account: UUID,
        which: tuple[model.LimitKind, model.Period],
        wanted: str | None,
        now: datetime,
    ) -> model.Limit:
        """Hold somebody to an amount, or to none; at once if that is stricter, after the delay if it is not."""
        currency = self.currency(now)
        amount = None if wanted is None else _amount(wanted, currency)
        held = await repo.limit(tx, account, *which, currency)
        changed = rules.change(held, amount, now, self.delay)
        fact = model.Fact.LIMIT_SET if changed.next_at is None else model.Fact.INCREASE_ASKED
        await repo.keep(tx, account, changed, now)
        await self._note(
            tx, account, fact, now, which=which, before=_text(held.at(now)), after=_text(amount),
            currency=currency, effective_at=changed.next_at or now,
        )  # fmt: skip
        return changed

    async def cancel(
        self, tx: transaction.Tx, account: UUID, which: tuple[model.LimitKind, model.Period], now: datetime
    ) -> model.Limit:
        """Stay with the stricter limit."""
        held = await repo.limit(tx, account, *which, self.currency(now))
        changed = rules.cancel(held, now)
        await repo.keep(tx, account, changed, now)
        await self._note(
            tx, account, model.Fact.INCREASE_CANCELLED, now, which=which, before=_text(held.next_amount),
            after=_text(changed.amount), currency=held.currency, effective_at=now,
        )  # fmt: skip
        return changed

    async def cool_off(self, tx: transaction.Tx, account: UUID, hours: int, now: datetime) -> model.Exclusion:
        length = timedelta(hours=hours)
        if not model.COOL_OFF_MIN <= length <= model.COOL_OFF_MAX:
            raise model.PeriodWrong("a cool-off lasts from 24 hours to 42 days")
        return await self._exclude(tx, account, model.Exclusion(model.ExclusionKind.COOL_OFF, now, now + length))

    async def exclude(self, tx: transaction.Tx, account: UUID, months: int | None, now: datetime) -> model.Exclusion:
        """Keep somebody out for months, or for good. There is no way back before the end."""
        if months is not None and not model.MONTHS_MIN <= months <= model.MONTHS_MAX:
            raise model.PeriodWrong("a self-exclusion lasts from 6 to 120 months, or for good")
        ends = None if months is None else rules.after_months(now, months)
        return await self._exclude(tx, account, model.Exclusion(model.ExclusionKind.SELF_EXCLUSION, now, ends))

    async def _exclude(self, tx: transaction.Tx, account: UUID, exclusion: model.Exclusion) -> model.Exclusion:
        await repo.exclude(tx, self.ids.ref(), account, exclusion)
        ends = _NEVER if exclusion.ends_at is None else exclusion.ends_at.isoformat()
        fact = model.Fact(exclusion.kind.value)
        await self._note(tx, account, fact, exclusion.begins_at, after=ends, effective_at=exclusion.begins_at)
        return exclusion

    async def check_reality(self, tx: transaction.Tx, account: UUID, minutes: int | None, now: datetime) -> None:
        """Be told every so many minutes, or not at all."""
        if minutes is not None and not model.MINUTES_MIN <= minutes <= model.MINUTES_MAX:
            raise model.PeriodWrong("a reality check comes every 15 to 240 minutes")
        before = (await repo.reality(tx, account)).minutes
        await repo.check(tx, account, minutes or 0, now)
        await self._note(
            tx, account, model.Fact.REALITY_CHECK, now, before=str(before), after=str(minutes or 0), effective_at=now
        )

    async def _note(
        self,
        tx: transaction.Tx,
        account: UUID,
        fact: model.Fact,
        now: datetime,
        *,
        which: tuple[model.LimitKind, model.Period] | None = None,
        before: str = "",
        after: str = "",
        currency: str = "",
        effective_at: datetime,
    ) -> None:
        kind, period = (which[0].value, which[1].value) if which else ("", "")
        change = model.Change(
            self.ids.ref(), account, fact, kind, period, before, after, currency, effective_at, now
        )  # fmt: skip
        await repo.note(tx, change)
        await audit.write(tx, model.Safeguarded(account, change.id, primitives.sha256(canonical.pack(change))))


async def hold(tx: transaction.Tx, accounts: Collection[UUID], now: datetime) -> dict[UUID, model.State]:
    """What holds for these accounts, unchangeable until the transaction ends. Everybody asked for is answered for."""
    limits, exclusions = await repo.hold(tx, accounts, now)
    return {
        account: model.State(
            {
                (each.kind, each.period): amount
                for each in limits.get(account, ())
                if (amount := each.at(now)) is not None
            },
            rules.excluded(exclusions.get(account, ()), now),
            next((each.currency for each in limits.get(account, ())), ""),
        )
        for account in accounts
    }


async def shown(tx: transaction.Tx, account: UUID, now: datetime, *, hold: bool = False) -> Settings:
    """What its owner is shown; held, if that is about to be changed."""
    if hold:
        await repo.hold(tx, [account], now)
    exclusions = await repo.exclusions(tx, [account], now)
    limits = await repo.limits(tx, account)
    return Settings(limits, exclusions.get(account, []), await repo.reality(tx, account))


async def history(tx: transaction.Tx, account: UUID, before: int | None, limit: int) -> list[tuple[int, model.Change]]:
    return await repo.history(tx, account, before, limit)


async def remind(
    tx: transaction.Tx, sittings: ports.Sittings, spent: ports.Spent, teller: ports.Teller, now: datetime
) -> int:
    """Tell everybody whose time has come how long they have been here, and what they have spent; how many."""
    present = await sittings(tx, now)
    wanting = await repo.wanting(tx, sorted(present))
    due: Mapping[UUID, datetime] = {
        account: present[account]
        for account, wanted in wanting.items()
        if now - max(present[account], wanted.told_at or present[account]) >= timedelta(minutes=wanted.minutes)
    }
    if not due:
        return 0
    amounts = await spent(tx, list(due), now)
    for account, began in due.items():
        minutes = (now - began) // timedelta(minutes=1)
        await teller.reality(tx, account, minutes=minutes, spent=amounts.get(account, ""))
        await audit.write(tx, model.RealityTold(account, minutes))
    await repo.told(tx, list(due), now)
    return len(due)


def _amount(text: str, currency: str) -> int:
    try:
        amount = money.parse(text, money.currency(currency)).to_minor()
    except errors.Invalid:
        raise model.AmountWrong("not an amount of the jurisdiction's currency") from None
    if not 0 <= amount <= model.AMOUNT_MAX:
        raise model.AmountWrong("a limit is zero or more")
    return amount


def _text(amount: int | None) -> str:
    return "" if amount is None else str(amount)
