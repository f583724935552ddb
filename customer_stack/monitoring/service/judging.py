"""What rules say of operations: facts from the books in one statement, then pure evaluation.

An operation that is not in the books yet is counted into its windows together with those before it in the same batch;
one that is posted is judged as of its own row. Both see the same rules over the same windows.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.ledger import model as ledger
from customer_stack.monitoring import model, ports
from customer_stack.monitoring.model import packs
from customer_stack.monitoring.repo import facts as repo
from customer_stack.monitoring.rules import expressions
from customer_stack.monitoring.rules import operations as rules
from customer_stack.monitoring.rules import packs as pack_rules

_LATEST = (1 << 63) - 1


class Said(NamedTuple):
    """A rule holds for an operation, or could not be computed."""

    operation: model.Operation
    rule: packs.Rule
    certain: bool
    at: datetime


class _Worth(NamedTuple):
    """What assets are worth in the jurisdiction's currency; those without a rate are missing from `rates`."""

    pack: packs.Pack
    assets: Mapping[int, ledger.Asset]
    rates: Mapping[int, model.Rate]

    def local(self, amount: int, asset: int) -> int | None:
        rate = self.rates.get(asset)
        return None if rate is None else expressions.local(amount, rate)

    def minor(self, amount: str | None) -> int | None:
        return None if amount is None else expressions.minor(amount, self.pack.currency)


async def judge(
    tx: transaction.Tx,
    operations: Sequence[model.Operation],
    pack: packs.Pack,
    assets: Mapping[int, ledger.Asset],
    now: datetime,
    rates: ports.Rates,
    *,
    only: str | None = None,
) -> list[Said]:
    """Every rule that has something to say, operation by operation. With `only`, that rule alone."""
    looked = [(op, [rule for rule in pack_rules.concerned(pack, op) if only in {None, rule.code}]) for op in operations]
    looked = [(op, concerned) for op, concerned in looked if concerned]
    if not looked:
        return []
    found = await _facts(tx, looked, pack, assets, now, rates)
    said = []
    for (op, concerned), each in zip(looked, found, strict=True):
        for rule in concerned:
            verdict = expressions.holds(rule.when, each, pack)
            if verdict is not False:
                said.append(Said(op, rule, verdict is True, op.at or now))
    return said


async def _facts(
    tx: transaction.Tx,
    looked: Sequence[tuple[model.Operation, Sequence[packs.Rule]]],
    pack: packs.Pack,
    assets: Mapping[int, ledger.Asset],
    now: datetime,
    rates: ports.Rates,
) -> list[expressions.Facts]:
    money = [each for each in assets.values() if each.kind is ledger.AssetKind.CURRENCY]
    worth = _Worth(pack, assets, await rates.of(tx, money, pack.currency, now))
    windows = pack_rules.windows(rule for _, concerned in looked for rule in concerned)
    places = [(op.account, op.at or now, op.posted or _LATEST) for op, _ in looked]
    specs, outside = [_spec(each) for each in windows], [int(each) for each in rules.OUTSIDE]
    seen, past = await repo.look(tx, places, specs, _bounds(windows, worth), outside)
    found = []
    batch: dict[UUID, list[model.Operation]] = {}
    for n, (op, _) in enumerate(looked):
        earlier = batch.setdefault(op.account, []) if op.posted is None else []
        if op.posted is None:
            earlier.append(op)
        values = {window: _value(window, seen.get((n, s), {}), earlier, worth) for s, window in enumerate(windows)}
        last, first = past.get(n, (None, None))
        found.append(
            expressions.Facts(
                amount=worth.local(op.amount, op.asset),
                whole=10 ** assets[op.asset].scale if op.asset in assets else 1,
                own_amount=op.amount,
                country=op.country,
                dormant_days=(places[n][1] - last).days if last else 0,
                known_days=(places[n][1] - first).days if first else 0,
                windows=values,
            )
        )
    return found


def _spec(window: packs.Window) -> repo.Spec:
    direction = window.direction.value if window.direction else ""
    return repo.Spec(window.hours, window.skip_hours, direction, window.external, window.round_to or 0, window.linked)


def _bounds(windows: Sequence[packs.Window], worth: _Worth) -> list[repo.Bound]:
    """For windows that choose movements by their size: which amounts of each asset are meant. An asset without a rate
    has no bound, so that it shows and makes the window unknown.
    """
    found = []
    for n, window in enumerate(windows):
        below, least = worth.minor(window.below), worth.minor(window.at_least)
        if below is None and least is None:
            continue
        for asset, rate in worth.rates.items():
            floor = 0 if least is None else expressions.largest_below(least, rate) + 1
            ceiling = ledger.AMOUNT_MAX if below is None else expressions.largest_below(below, rate)
            found.append(repo.Bound(n, asset, floor, ceiling))
    return found


def _value(
    window: packs.Window, seen: Mapping[int, repo.Seen], batch: Sequence[model.Operation], worth: _Worth
) -> int | None:
    """What a window measures, the operations of this batch that are not in the books yet included."""
    counted = [each for each in batch if _counts(window, each, worth)]
    needs_worth = window.measure is not packs.Measure.COUNT or window.below is not None or window.at_least is not None
    if needs_worth and any(asset not in worth.rates for asset in (*seen, *(each.asset for each in counted))):
        return None
    number = sum(each.number for each in seen.values()) + len(counted)
    if window.measure is packs.Measure.COUNT:
        return number
    own = [worth.local(each.amount, each.asset) or 0 for each in counted]
    if window.measure is packs.Measure.LARGEST:
        return max([worth.local(each.largest, asset) or 0 for asset, each in seen.items()] + own, default=0)
    total = sum(worth.local(each.total, asset) or 0 for asset, each in seen.items()) + sum(own)
    return total if window.measure is packs.Measure.SUM else total // number if number else 0


def _counts(window: packs.Window, op: model.Operation, worth: _Worth) -> bool:
    if window.skip_hours or window.direction not in {None, op.direction}:
        return False
    if window.external and op.kind not in rules.EXTERNAL:
        return False
    if window.round_to and op.asset in worth.assets:
        return op.amount > 0 and op.amount % (window.round_to * 10 ** worth.assets[op.asset].scale) == 0
    local = worth.local(op.amount, op.asset)
    below, least = worth.minor(window.below), worth.minor(window.at_least)
    return local is None or ((below is None or local < below) and (least is None or local >= least))
