"""What was lost on this day, for whoever tells people so."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from boundary.kernel import money
from boundary.kernel.runtime import transaction
from customer_stack.compliance import model, ports
from customer_stack.compliance.repo import evaluating as repo
from customer_stack.compliance.rules import telling
from customer_stack.ledger.service import accounts
from customer_stack.safeguards import rules as safeguarding

_SIGN = {model.OperationKind.STAKE.value: 1, "returned": -1}


class Spent(NamedTuple):
    """Stakes less what came back, since local midnight, in the jurisdiction's currency."""

    law: ports.Jurisdiction
    rates: ports.Rates

    async def __call__(self, tx: transaction.Tx, people: Collection[UUID], now: datetime, /) -> dict[UUID, str]:
        law = self.law(now)
        moved = await repo.moved(tx, people, repo.Starts(*safeguarding.windows(now, law.zone)))
        assets = await accounts.assets(tx)
        own = telling.own(assets, law.currency)
        foreign = {each.asset for each in moved} - own.keys()
        rates = {**(await self.rates.rates(tx, foreign, law.currency, now) if foreign else {}), **own}
        sums: dict[UUID, int] = dict.fromkeys(people, 0)
        for each in moved:
            told = telling.told(each.day, rates.get(each.asset))
            if told is None:
                sums.pop(each.account, None)
            elif each.account in sums:
                sums[each.account] += _SIGN.get(each.what, 0) * told
        currency = money.currency(law.currency)
        return {
            account: f"{money.from_minor(amount, currency).text()} {law.currency}" for account, amount in sums.items()
        }
