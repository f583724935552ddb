"""Judges the orders of one core, in order, each counting those before it; and takes back what orders held.

All counters of a core are locked by one statement and written by another, however many orders it has. Whoever releases
and fills in one transaction says so in one call (`settle`): then its accounts are locked in one sorted order, too.
"""

from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from boundary.kernel.runtime import transaction
from execution_stack.risk import model, rules
from execution_stack.risk.repo import counters

Findings = tuple[model.Finding, ...]
_Pair = counters.Pair


class Desk:
    """What the intake asks (`intents.ports.Risk`)."""

    async def judge(
        self, tx: transaction.Tx, channel: UUID, wanted: Sequence[model.Wanted], now: datetime
    ) -> list[Findings]:
        return await judge(tx, channel, wanted, now)

    async def released(self, tx: transaction.Tx, ended: Sequence[model.Ended], now: datetime) -> None:
        await released(tx, ended, now)


async def judge(tx: transaction.Tx, channel: UUID, wanted: Sequence[model.Wanted], now: datetime) -> list[Findings]:
    """What is found of each order, in the order given; what passes is counted, so that the next one meets it.

    Participants are the channel's own, which the caller has seen to, and the register of instruments is held.
    """
    if not wanted:
        return []
    at = rules.seconds(now)
    refs = sorted({each.order.participant for each in wanted})
    accounts = {ref: rules.at(each, at) for ref, each in (await counters.lock(tx, refs)).items()}
    standings = {(each.order.participant, each.order.instrument): each.standing for each in wanted}
    bounds = await counters.bounds(tx, channel, standings)
    state = _State(accounts, {pair: holding for pair, (_, holding) in bounds.items()})
    findings = [state.judge(each, bounds[each.order.participant, each.order.instrument][0], at) for each in wanted]
    await counters.save(tx, state.accounts, {pair: state.holdings[pair] for pair in sorted(state.moved)})
    found = [(each.order, one) for each, several in zip(wanted, findings, strict=True) for one in several]
    if found:
        await counters.add_findings(tx, channel, found)
    return findings


class _State:
    """The counters while a batch is applied to them."""

    def __init__(self, accounts: Mapping[UUID, model.Account], holdings: Mapping[_Pair, model.Holding]) -> None:
        self.accounts = dict(accounts)
        self.holdings = dict(holdings)
        self.moved: set[_Pair] = set()
        self._amended: dict[Hashable, model.Order] = {}

    def judge(self, each: model.Wanted, bounds: model.Bounds, at: int) -> Findings:
        order = each.order
        account, holding = self.of(order)
        if each.refused:
            self.accounts[order.participant] = rules.refuse(account, bounds.limits, (), at)
            return ()
        before = each.before and self._amended.get(each.name, each.before)
        freed = rules.release(before, account, holding) if before else (account, holding)
        findings = rules.judge(order, *freed, bounds, at)
        if before and order.lots <= before.lots and order.value <= before.value:
            findings = tuple(one for one in findings if one.cause in model.STOPS)  # only less can come of it now
        if rules.refuses(findings):
            self.accounts[order.participant] = rules.refuse(account, bounds.limits, findings, at)
        else:
            self.put(order, *rules.take(order, *freed))
            if before:
                self._amended[each.name] = order
        return findings

    def of(self, order: model.Order) -> tuple[model.Account, model.Holding]:
        holding = self.holdings.get((order.participant, order.instrument), model.Holding())
        return self.accounts[order.participant], holding

    def put(self, order: model.Order, account: model.Account, holding: model.Holding) -> None:
        pair = order.participant, order.instrument
        self.accounts[order.participant], self.holdings[pair] = account, holding
        self.moved.add(pair)


async def released(tx: transaction.Tx, ended: Sequence[model.Ended], now: datetime) -> None:
    """Orders, or parts of them, are open no more and did not trade."""
    await settle(tx, ended, now)


async def filled(tx: transaction.Tx, fills: Sequence[model.Filled], now: datetime) -> None:
    """Orders, or parts of them, have traded."""
    await settle(tx, fills, now)


async def settle(tx: transaction.Tx, said: Sequence[model.Ended | model.Filled], now: datetime) -> None:
    """Both, in the order in which they happened."""
    if not said:
        return
    at = rules.seconds(now)
    pairs = sorted({(each.order.participant, each.order.instrument) for each in said})
    locked = await counters.lock(tx, sorted({participant for participant, _ in pairs}))
    state = _State({ref: rules.at(each, at) for ref, each in locked.items()}, await counters.holdings(tx, pairs))
    for each in said:
        account, holding = state.of(each.order)
        if isinstance(each, model.Filled):
            state.put(each.order, *rules.fill(each, account, holding))
        else:
            state.put(each.order, *rules.release(each.order, account, holding, each.orders))
    await counters.save(tx, state.accounts, {pair: state.holdings[pair] for pair in sorted(state.moved)})


async def findings(tx: transaction.Tx, participant: UUID | None, limit: int) -> list[model.Kept]:
    """What was found of orders, the newest first."""
    return await counters.findings(tx, participant, limit)


async def forget_findings(tx: transaction.Tx, limit: int) -> int:
    """Findings older than ninety days; how many were removed."""
    return await counters.forget_findings(tx, limit)
