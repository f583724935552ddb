"""What monitoring needs from others: what currencies are worth, and who somebody is."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.ledger import model as ledger
from customer_stack.monitoring import model
from customer_stack.monitoring.model import reports


class Rates(Protocol):
    """What one smallest unit of each asset is worth in the jurisdiction's currency. `fx` knows."""

    async def of(
        self, tx: transaction.Tx, assets: Collection[ledger.Asset], currency: str, now: datetime, /
    ) -> Mapping[int, model.Rate]:
        """By the asset's number. An asset without a rate that can be trusted at that time is left out."""
        ...


class People(Protocol):
    """Who is behind an account, as far as a report to the authority names them. `kyc` knows."""

    async def of(self, tx: transaction.Tx, account: UUID, /) -> reports.Person: ...
