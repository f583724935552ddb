"""Clearance: operations in, verdicts out, in the transaction that will move the money.

The accounts' turns are taken first, in one order; what is read behind them is what was committed by whoever had the
turn before. So of a hundred operations that would each just fit into a limit, one fits.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import prometheus_client

from boundary.kernel import canonical, clock, ids, primitives
from boundary.kernel.runtime import audit, transaction
from customer_stack.compliance import model, ports
from customer_stack.compliance.model import facts, reviews
from customer_stack.compliance.repo import evaluating as repo
from customer_stack.compliance.repo import reviews as held
from customer_stack.compliance.rules import judging, telling
from customer_stack.compliance.service import summing
from customer_stack.ledger import model as ledger
from customer_stack.ledger.service import accounts
from customer_stack.safeguards import model as safeguard
from customer_stack.safeguards import rules as safeguarding
from customer_stack.safeguards import service as safeguards

_ANSWERED = prometheus_client.Counter("clearance_verdicts", "Operations judged, by the answer", ["answer"])
_HASH = primitives.DIGEST_SIZE
K = model.OperationKind
ITEMS_MAX = 10_000


class Assets:
    """Assets as a process knows them. They are only ever added to, so what was read once holds; a new one is read."""

    def __init__(self) -> None:
        self._known: Mapping[int, ledger.Asset] = {}

    async def some(self, tx: transaction.Tx, wanted: Collection[int]) -> Mapping[int, ledger.Asset]:
        if not self._known.keys() >= set(wanted):
            self._known = await accounts.assets(tx)
        return self._known


class Wiring(NamedTuple):
    """Who is asked. Made once, by the composition root."""

    standing: ports.Standing
    screening: ports.Screening
    risk: ports.Risk
    watching: ports.Watching
    rates: ports.Rates
    law: ports.Jurisdiction
    ids: ids.Ids
    assets: Assets


class _Known(NamedTuple):
    """Everything that was asked for a batch."""

    law: ports.Law
    standing: Mapping[UUID, ports.Known]
    screened: Mapping[UUID, str]
    risk: Mapping[UUID, str]
    alerts: Mapping[UUID, list[str]]
    books: Mapping[UUID, repo.Most]
    assets: Mapping[int, ledger.Asset]
    rates: Mapping[int, model.Rate]
    safeguards: Mapping[UUID, safeguard.State]
    sums: summing.Sums


class _Judged(NamedTuple):
    operation: model.Operation
    verdict: model.Verdict
    facts: facts.Facts
    home: int | None
    review: UUID | None


class Clearance(NamedTuple):
    """The way of every financial operation."""

    wiring: Wiring

    async def evaluate(self, tx: transaction.Tx, asked: Sequence[ports.Asked], now: datetime) -> list[model.Verdict]:
        """A verdict for each, in order; written and audited in this transaction whatever the answers are."""
        if not asked:
            return []
        operations = [_ours(each) for each in asked]
        if len(operations) > ITEMS_MAX or len({each.id for each in operations}) < len(operations):
            raise ValueError("a batch holds each operation once, and a bounded number of them")
        law = self.wiring.law(now)
        starts = repo.Starts(*safeguarding.windows(now, law.zone))
        books, released = await repo.ground(tx, {each.account for each in operations}, starts)
        known = await self._asked(tx, operations, now, law, {each.id: each for each in books})
        releases = await self._releases(tx, operations, now) if released else {}
        judged = [self._judge(each, known, releases.get(each.id)) for each in operations]
        await _write(tx, judged, now)
        for each in judged:
            _ANSWERED.labels(each.verdict.answer.value).inc()
        return [each.verdict for each in judged]

    async def _asked(
        self,
        tx: transaction.Tx,
        operations: Sequence[model.Operation],
        now: datetime,
        law: ports.Law,
        books: Mapping[UUID, repo.Most],
    ) -> _Known:
        w = self.wiring
        people = {each.account for each in operations}
        guarded = await safeguards.hold(tx, people, now)
        subjects = people | {each.counterparty for each in operations if each.counterparty is not None}
        counted = {each.asset for each in operations} | {each.asset for each in books.values()}
        assets = await w.assets.some(tx, counted)
        own = telling.own(assets, law.currency)
        foreign = counted - own.keys()
        rates = {**(await w.rates.rates(tx, foreign, law.currency, now) if foreign else {}), **own}
        bounds = summing.Bounds(books.values(), operations, rates, law)
        close = {each for each in people if guarded[each].limits or bounds.close(each)}
        moved = await repo.moved(tx, close, repo.Starts(*safeguarding.windows(now, law.zone))) if close else []
        alerts: dict[UUID, list[str]] = {}
        for alert in await w.watching.observe(tx, operations, now):
            alerts.setdefault(alert.operation, []).append(str(alert.rule))
        return _Known(
            law,
            await w.standing.of(tx, people, now),
            await w.screening.of(tx, subjects, now),
            await w.risk.of(tx, people, now),
            alerts,
            books,
            assets,
            rates,
            guarded,
            summing.Sums(moved, rates, bounds, people - close),
        )

    async def _releases(
        self, tx: transaction.Tx, operations: Sequence[model.Operation], now: datetime
    ) -> dict[UUID, reviews.Review]:
        """Of each operation the release that was given for exactly this; what ran out lapses."""
        found = await held.released(tx, [each.id for each in operations])
        if not found:
            return {}
        over = [each.verdict for each in found if each.expires_at is None or each.expires_at <= now]
        if over:
            await held.lapse(tx, over)
        wanted = {each.id: (each.account, each.ledger_account, each.asset, each.amount) for each in operations}
        return {
            each.operation: each
            for each in found
            if each.verdict not in over
            and wanted[each.operation] == (each.account, each.ledger_account, each.asset, each.amount)
        }

    def _judge(self, operation: model.Operation, known: _Known, release: reviews.Review | None) -> _Judged:
        home = telling.told(operation.amount, known.rates.get(operation.asset))
        seen = _facts(operation, known, home, release)
        reasons = judging.judge(seen)
        answer = judging.answer(seen, reasons)
        if answer is model.Answer.ALLOW:
            known.sums.add(operation.account, operation.kind.value, home)
        used = release.verdict if release is not None and answer is model.Answer.ALLOW and reasons else None
        verdict = model.Verdict(
            self.wiring.ids.ref(), operation.id, answer, tuple(model.Reason(each) for each in reasons)
        )
        return _Judged(operation, verdict, seen, home, used)


def _ours(asked: ports.Asked) -> model.Operation:
    """The operation in our own words; those who ask need not know this capability."""
    if isinstance(asked, model.Operation):
        return asked
    travel = asked.travel
    return model.Operation(
        id=asked.id,
        kind=model.OperationKind(str(asked.kind)),
        account=asked.account,
        ledger_account=asked.ledger_account,
        amount=asked.amount,
        asset=asked.asset,
        counterparty=asked.counterparty,
        destination=asked.destination,
        travel=None if travel is None else model.TravelFields(_party(travel.originator), _party(travel.beneficiary)),
    )


def _party(asked: Any) -> model.Party:
    return model.Party(asked.name, asked.account, asked.address)


def _facts(operation: model.Operation, known: _Known, home: int | None, release: reviews.Review | None) -> facts.Facts:
    account, limits = operation.account, known.law.limits
    person, threshold = known.standing.get(account), telling.minor(limits.threshold_report)
    holder = known.books.get(operation.ledger_account)
    other = operation.counterparty
    kind = operation.kind.value
    return facts.Facts(
        rules=facts.RULES,
        kind=operation.kind,
        amount=str(operation.amount),
        currency=known.law.currency,
        home=_text(home),
        theirs=holder is not None and (holder.owner, holder.asset) == (account, operation.asset),
        level=int(person.level) if person else 0,
        needed=judging.needed(operation.kind, home, threshold),
        kyc=str(person.state).lower() if person else "none",
        frozen=bool(person.frozen) if person else False,
        screened=str(known.screened.get(account, "pending")).lower(),
        counterparty="" if other is None else str(known.screened.get(other, "pending")).lower(),
        risk=str(known.risk.get(account, "unknown")).lower(),
        alerts=tuple(known.alerts.get(operation.id, ())),
        safeguards=_safeguarded(operation, known, home),
        single=str(telling.minor(limits.single)),
        day=str(telling.minor(limits.day)),
        month=str(telling.minor(limits.month)),
        moved_day=_text(known.sums.of(account, kind, safeguard.Period.DAY)),
        moved_month=_text(known.sums.of(account, kind, safeguard.Period.MONTH)),
        threshold=str(threshold),
        travel_minimum=str(telling.minor(limits.travel_rule_minimum)),
        travels=judging.travels(operation.kind),
        travel_complete=judging.complete(operation.travel),
        released=tuple(each.value for each in release.reasons) if release else (),
    )


def _safeguarded(operation: model.Operation, known: _Known, home: int | None) -> tuple[str, ...]:
    """What somebody set against themselves. Money may always leave, and what is held may always be sold."""
    state, kind = known.safeguards[operation.account], operation.kind
    asset = known.assets.get(operation.asset)
    gives_money = asset is not None and asset.kind is ledger.AssetKind.CURRENCY
    foreign = asset is not None and asset.code != known.law.currency
    enters = kind is K.DEPOSIT or (
        gives_money and (kind in {K.STAKE, K.TRADE} or (kind is K.CONVERSION and not foreign))
    )
    comparable = home if state.currency in {"", known.law.currency} else None
    asked = safeguard.Asked(comparable, kind is K.DEPOSIT, kind is K.STAKE and gives_money, enters)
    found = safeguarding.refusals(state, asked, known.sums.totals(operation.account) if state.limits else {})
    return tuple(each.value for each in found)


async def _write(tx: transaction.Tx, judged: Sequence[_Judged], now: datetime) -> None:
    rows = [
        repo.Row(
            each.operation.kind.value,
            each.home,
            facts.Row(
                each.verdict.id, each.operation.id, each.operation.account, each.operation.ledger_account,
                each.operation.asset, str(each.operation.amount), each.operation.counterparty,
                each.operation.destination, each.verdict.answer.value,
                tuple(reason.code.value for reason in each.verdict.reasons), canonical.pack(each.facts), each.review,
                clock.to_micros(now),
            ),
        )
        for each in judged
    ]  # fmt: skip
    await repo.write(tx, now, rows)
    waiting = [each.verdict.id for each in judged if each.verdict.answer is model.Answer.REVIEW]
    if waiting:
        await held.hold(tx, waiting)
    used = [(each.review, each.verdict.id) for each in judged if each.review is not None]
    if used:
        await held.use(tx, used)
    hashes = [digest(each.row) for each in rows]
    parts = [hashes[start : start + facts.HASHES_MAX] for start in range(0, len(hashes), facts.HASHES_MAX)]
    await audit.write_many(tx, [facts.Evaluated(clock.to_micros(now), len(part), b"".join(part)) for part in parts])


def digest(row: facts.Row) -> bytes:
    """The hash that stands for a verdict in the audit log."""
    return primitives.sha256(canonical.pack(row))


def _text(amount: int | None) -> str:
    return "" if amount is None else str(amount)
