"""What finance looks at: the position in each pair and what it is worth, whether the books agree, orders, exposure."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.fx import model
from customer_stack.fx.model import policy
from customer_stack.fx.repo import conversions, hedges, quotes
from customer_stack.fx.rules import positions as rules
from customer_stack.fx.rules import terms
from customer_stack.fx.service import board, house
from customer_stack.ledger import model as ledger
from customer_stack.ledger.service import accounts


class Holding(NamedTuple):
    """A pair's position. Without a price there is no result; `agrees` says that the ledger holds the same."""

    position: model.Position
    scales: rules.Scales
    mid: Decimal | None
    as_of: datetime | None
    result: Decimal | None
    agrees: bool


class Open(NamedTuple):
    """What active quotes promise in a pair, in units of the base currency's asset."""

    terms: policy.Terms
    units: int
    scale: int


async def holdings(tx: transaction.Tx, found: policy.Policy) -> list[Holding]:
    held = await conversions.positions(tx)
    known = await house.look(tx)
    mids = {line.terms.pair: line.priced.reference for line in await board.lines(tx, found) if line.priced is not None}
    in_step = await _in_step(tx, known, held)
    shown = []
    for position in held:
        pair = position.pair
        scales = rules.Scales(known.assets[pair.base].scale, known.assets[pair.quote].scale)
        rate = mids.get(pair)
        result = None if rate is None else rules.result(position, rate.mid, scales)
        shown.append(
            Holding(
                position,
                scales,
                rate.mid if rate else None,
                rate.as_of if rate else None,
                result,
                in_step[pair.base] and in_step[pair.quote],
            )
        )
    return shown


async def _in_step(tx: transaction.Tx, known: house.Known, held: list[model.Position]) -> dict[str, bool]:
    """By currency, whether all pairs' positions in it come to what the house's position account holds."""
    sums: dict[str, int] = {}
    for position in held:
        for code, units in ((position.pair.base, position.base_units), (position.pair.quote, position.quote_units)):
            sums[code] = sums.get(code, 0) + units
    ids = {code: known.accounts[ledger.Kind.FX_POSITION, known.assets[code].number] for code in sums}
    books = await accounts.some(tx, list(ids.values()))
    return {code: books[ids[code]].total == units for code, units in sums.items()}


async def exposures(tx: transaction.Tx, found: policy.Policy) -> list[Open]:
    """Pairs in which something is promised, or was."""
    known = await house.look(tx)
    return [
        Open(terms.of(found, each.pair.base, each.pair.quote), each.open_units, known.assets[each.pair.base].scale)
        for each in await quotes.exposures(tx)
    ]


async def orders(tx: transaction.Tx, before: UUID | None, limit: int) -> list[model.HedgeOrder]:
    """Newest first as far as chance lets: an order's number is its reference at the provider, and says no time."""
    return await hedges.listed(tx, before, limit)
