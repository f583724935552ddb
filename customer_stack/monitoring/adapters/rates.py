"""Rates for as long as nobody deals in foreign currency: an asset that counts the jurisdiction's own is worth itself.

Every other asset has no rate here, and what needs one asks for review. `fx` brings rates of its own.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from boundary.kernel import money
from boundary.kernel.runtime import transaction
from customer_stack.ledger import model as ledger
from customer_stack.monitoring import model, ports


class OwnCurrency(ports.Rates):
    async def of(
        self, _tx: transaction.Tx, assets: Collection[ledger.Asset], currency: str, _now: datetime, /
    ) -> Mapping[int, model.Rate]:
        places = money.currency(currency).scale
        return {each.number: model.Rate(10**places, 10**each.scale) for each in assets if each.code == currency}
