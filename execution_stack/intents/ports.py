"""Who judges an intent beside its own rules, and where accepted ones go."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from boundary.kernel.runtime import transaction
from execution_stack.instruments import model as instruments
from execution_stack.intents import model
from execution_stack.risk import model as risk


class Risk(Protocol):
    """Compares orders with limits, and counts those that pass, in the transaction that takes them in."""

    async def judge(
        self, tx: transaction.Tx, channel: UUID, wanted: Sequence[risk.Wanted], now: datetime
    ) -> list[tuple[risk.Finding, ...]]:
        """All that is found of each, in the order given. One that was refused before is counted, not judged."""
        ...

    async def released(self, tx: transaction.Tx, ended: Sequence[risk.Ended], now: datetime) -> None:
        """What these held is free again."""
        ...


class Lane(Protocol):
    """What a route does with its intents, in the transaction that takes them in. What becomes of them is news later."""

    async def takes(self, tx: transaction.Tx, instruments: Iterable[UUID]) -> frozenset[UUID]:
        """Those of the instruments that it has a place for."""
        ...

    async def accepted(
        self, tx: transaction.Tx, channel: UUID, first: model.Name, accepted: Sequence[tuple[int, model.Terms]]
    ) -> None:
        """Intents of one core with their places in it, `first` being the name of the first that was asked for."""
        ...

    async def amended(
        self, tx: transaction.Tx, channel: UUID, wanted: Sequence[tuple[model.Name, model.Terms]]
    ) -> None: ...

    async def cancelled(
        self, tx: transaction.Tx, channel: UUID, wanted: Sequence[tuple[model.Name, model.Terms]]
    ) -> None: ...


Lanes = Mapping[instruments.Route, Lane]
NO_LANES: Lanes = {}
"""Intents of a route without one are taken in and wait."""
