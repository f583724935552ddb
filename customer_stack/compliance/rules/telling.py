"""Amounts of many assets in one currency. Always up: a limit is never passed by what rounding lost."""

import functools
from collections.abc import Mapping

from boundary.kernel import money
from customer_stack.branding import model as branding
from customer_stack.compliance import model
from customer_stack.ledger import model as ledger


def own(assets: Mapping[int, ledger.Asset], currency: str) -> dict[int, model.Rate]:
    """Of the currency itself, which an asset may count in finer or coarser units than ISO 4217 does."""
    scale = money.currency(currency).scale
    return {
        number: model.Rate(10**scale, 10**asset.scale)
        for number, asset in assets.items()
        if asset.code == currency and asset.kind is ledger.AssetKind.CURRENCY
    }


def told(amount: int, rate: model.Rate | None) -> int | None:
    return None if rate is None else -(-amount * rate.numerator // rate.denominator)


@functools.lru_cache(maxsize=256)
def minor(amount: branding.Amount) -> int:
    return money.parse(amount.amount, money.currency(amount.currency)).to_minor()
