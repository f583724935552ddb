"""The ledger transfers of a conversion and of a hedge.

A conversion debits its customer once, by the whole amount that they pay: that one transfer is what clearance allowed.
All else is between the house's own accounts: the fee and the residue leave the position, and what was bought is paid
out of it. The transfers are linked, so they happen together or not at all.
"""

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from boundary.kernel import ids
from customer_stack.fx import model
from customer_stack.ledger import model as ledger

Accounts = Mapping[tuple[int, int], UUID]
"""The house's accounts by kind and asset."""
_LINKED = int(ledger.Flag.LINKED)
_RECORDED = int(ledger.Flag.RECORDED)


class Assets(NamedTuple):
    """The ledger's assets of what is sold and bought."""

    sell: int
    buy: int


class Moved(NamedTuple):
    """What a conversion does to the house's position in a pair, in units of the two assets."""

    base_units: int
    quote_units: int


def conversion(
    quote: model.Quote, verdict: UUID, assets: Assets, house: Accounts, random: ids.Ids
) -> list[ledger.Transfer]:
    """All transfers of a conversion, the customer's debit first: that one is what the verdict is about.

    All refer to the quote, which is the operation that clearance judged.
    """
    sell_position = house[ledger.Kind.FX_POSITION, assets.sell]
    buy_position = house[ledger.Kind.FX_POSITION, assets.buy]
    residue_asset = assets.sell if quote.residue_of is model.Side.SELL else assets.buy
    lines = [
        (quote.sell_account, sell_position, quote.sell_units, assets.sell),
        (sell_position, house[ledger.Kind.FEES, assets.sell], quote.fee_units, assets.sell),
        (
            house[ledger.Kind.FX_POSITION, residue_asset],
            house[ledger.Kind.ROUNDING_RESIDUE, residue_asset],
            quote.residue_units,
            residue_asset,
        ),
        (buy_position, quote.buy_account, quote.buy_units, assets.buy),
    ]
    kept = [line for line in lines if line[2]]
    return [
        ledger.Transfer(
            id=random.ref(),
            debit=debit,
            credit=credit,
            amount=amount,
            asset=asset,
            code=model.TRANSFER_CODE,
            flags=_LINKED if number < len(kept) - 1 else 0,
            reference=quote.id,
            verdict=verdict if number == 0 else None,
        )
        for number, (debit, credit, amount, asset) in enumerate(kept)
    ]


def moved(quote: model.Quote) -> Moved:
    """What the position gains of what is sold, and loses of what is bought."""
    gains = quote.sell_units - quote.fee_units
    loses = quote.buy_units
    if quote.residue_of is model.Side.SELL:
        gains -= quote.residue_units
    else:
        loses += quote.residue_units
    return Moved(gains, -loses) if quote.sell == quote.pair.base else Moved(-loses, gains)


def hedge(
    order: model.HedgeOrder, base_units: int, quote_units: int, assets: Assets, house: Accounts, random: ids.Ids
) -> list[ledger.Transfer]:
    """What happened at the provider, as recorded: the base came in and the quote went out, or the other way round.

    `assets.sell` is the base currency's asset here, `assets.buy` the quote's.
    """
    lines = [(base_units, assets.sell), (-quote_units, assets.buy)]
    sign = 1 if order.base_minor > 0 else -1
    made = []
    for number, (units, asset) in enumerate(lines):
        bank, position = house[ledger.Kind.BANK, asset], house[ledger.Kind.FX_POSITION, asset]
        came_in = units * sign > 0
        debit, credit = (bank, position) if came_in else (position, bank)
        made.append(
            ledger.Transfer(
                id=random.ref(), debit=debit, credit=credit, amount=abs(units), asset=asset, code=model.HEDGE_CODE,
                flags=_RECORDED | (_LINKED if number == 0 else 0), reference=order.id,
            )
        )  # fmt: skip
    return made
