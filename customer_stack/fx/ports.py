"""What foreign exchange asks of others: rates, a provider, clearance; and the step that it offers to late refusals."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from boundary.kernel import errors
from boundary.kernel.runtime import transaction
from customer_stack.fx import model


class Feed(Protocol):
    """A published source of rates. What it says is stored as it is; the board judges it."""

    @property
    def source(self) -> model.Source: ...

    async def read(self, pairs: Sequence[model.Pair]) -> list[model.Observation]:
        """What the source says now of those of the pairs that it knows. Raises `ProviderSilent` if it says nothing."""
        ...

    async def close(self) -> None: ...


class Provider(Protocol):
    """Somebody who exchanges currencies with us, over their interface.

    A request that moves money and was not answered raises `OrderUnknown`; one that never left, `ProviderSilent`; a
    refusal, `ProviderRefused`. An unknown order is looked up by our reference and never sent again before that.
    """

    @property
    def source(self) -> model.Source: ...

    async def get_fx_pairs(self, pairs: Sequence[model.Pair]) -> list[model.PairInfo]:
        """Which of these pairs are traded, and at what prices."""
        ...

    async def get_fx_quote(self, pair: model.Pair) -> model.ProviderQuote: ...

    async def create_fx_order(self, wanted: model.Wanted) -> model.Fill: ...

    async def find_fx_order(self, wanted: model.Wanted) -> model.Fill | None:
        """Read back by our reference: what became of the order, or that the provider knows of none."""
        ...

    async def get_fx_positions(self) -> list[model.ProviderPosition]: ...

    async def close_fx_position(self, pair: model.Pair, reference: UUID) -> model.Fill:
        """Exchange all that we have of the pair's base currency into its quote currency."""
        ...

    async def get_fx_rate(self, base: str, quote: str) -> model.ProviderRate: ...

    async def close(self) -> None: ...


class Verdict(Protocol):
    """What clearance answers. Its refusal says no more than a customer may hear."""

    @property
    def id(self) -> UUID: ...

    @property
    def operation(self) -> UUID: ...

    @property
    def refusal(self) -> errors.Refusal | None: ...


class Clearance(Protocol):
    """Decides operations before they happen and writes down each decision in the transaction of the operation."""

    async def evaluate(
        self, tx: transaction.Tx, operations: Sequence[model.Operation], now: datetime
    ) -> Sequence[Verdict]: ...
