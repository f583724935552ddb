"""How `compliance` asks: its own operations in, and back only what holds money up.

An alert that only notes something stays on this side of the wall: whoever waits for a verdict is not told of it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from boundary.kernel import ids
from boundary.kernel.runtime import transaction
from customer_stack.ledger import model as ledger
from customer_stack.monitoring import model, ports
from customer_stack.monitoring.adapters import rates
from customer_stack.monitoring.service import risk, watching


class Asked(Protocol):
    """An operation as clearance knows it. A deposit comes in; everything else goes out of the account."""

    @property
    def id(self) -> UUID: ...
    @property
    def kind(self) -> str: ...
    @property
    def account(self) -> UUID: ...
    @property
    def amount(self) -> int: ...
    @property
    def asset(self) -> int: ...
    @property
    def destination(self) -> str: ...


class Numbered(Protocol):
    """Rates by the numbers of assets, as `fx` has them; an asset without one is left out."""

    async def rates(
        self, tx: transaction.Tx, assets: Collection[int], currency: str, now: datetime
    ) -> Mapping[int, tuple[int, int]]: ...


class Rates(ports.Rates):
    """The own currency's rate, and those of foreign ones from whoever knows them."""

    def __init__(self, foreign: Numbered) -> None:
        self._own = rates.OwnCurrency()
        self._foreign = foreign

    async def of(
        self, tx: transaction.Tx, assets: Collection[ledger.Asset], currency: str, now: datetime, /
    ) -> Mapping[int, model.Rate]:
        own = await self._own.of(tx, assets, currency, now)
        missing = {each.number for each in assets} - own.keys()
        found = await self._foreign.rates(tx, missing, currency, now) if missing else {}
        return {**{number: model.Rate(*rate) for number, rate in found.items()}, **own}


class Watching:
    """Looks at operations before they happen, in their own transaction."""

    def __init__(self, wired: ports.Rates, random: ids.Ids) -> None:
        self._rates = wired
        self._ids = random

    async def observe(self, tx: transaction.Tx, operations: Sequence[Asked], now: datetime) -> list[model.Alert]:
        asked = [_operation(each) for each in operations]
        found = await watching.observe(tx, asked, now, rates=self._rates, random=self._ids)
        return [each for each in found if each.answer is model.Answer.REVIEW]


class Risk:
    """The level of each account."""

    async def of(self, tx: transaction.Tx, accounts: Collection[UUID], now: datetime) -> Mapping[UUID, model.RiskLevel]:
        return await risk.of(tx, accounts, now)


def _operation(each: Asked) -> model.Operation:
    kind = model.Kind(str(each.kind))
    return model.Operation(
        id=each.id,
        kind=kind,
        account=each.account,
        direction=model.Direction.IN if kind is model.Kind.DEPOSIT else model.Direction.OUT,
        amount=each.amount,
        asset=each.asset,
        country=each.destination,
    )
