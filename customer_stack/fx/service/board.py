"""The rate board: what sources said, and which pairs that prices now."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from boundary.kernel import errors
from boundary.kernel.runtime import audit, transaction
from customer_stack.fx import model
from customer_stack.fx.model import entries, policy
from customer_stack.fx.repo import rates as repo
from customer_stack.fx.rules import board

RATE_MAX = 10**9


class RateUnusable(errors.Invalid):
    """A source said a rate that is no rate: not above zero, or with more digits than are counted here."""

    code = "fx_rate_unusable"


class Line(NamedTuple):
    """A pair on the board: its price, or why it has none."""

    terms: policy.Terms
    priced: model.Priced | None
    refusal: errors.Refusal | None


async def hear(tx: transaction.Tx, source: model.Source, said: Sequence[model.Observation]) -> int:
    """Write down what a source said, as it said it; whether it may be believed is decided when it is used."""
    if not said:
        return 0
    for each in said:
        for rate in (each.bid, each.ask):
            places = rate.as_tuple().exponent  # a word, where it is no number
            if not isinstance(places, int) or places < -model.RATE_PLACES_MAX or not 0 < rate < RATE_MAX:
                raise RateUnusable("the source said something that is no rate", source=source.adapter)
    numbers = await repo.keep(tx, source, said)
    await audit.write(tx, entries.RatesHeard(min(numbers), max(numbers), said[0].payload))
    return len(numbers)


async def priced(tx: transaction.Tx, terms: policy.Terms) -> tuple[model.Priced, datetime]:
    """The pair's price now, and when now is."""
    rates = await repo.newest(tx, [terms.pair])
    now = await repo.moment(tx)
    return board.priced(terms, rates, now), now


async def lines(tx: transaction.Tx, found: policy.Policy) -> list[Line]:
    """Every pair, in the policy's order."""
    rates = await repo.newest(tx, [terms.pair for terms in found.pairs])
    now = await repo.moment(tx)
    return [_line(terms, [rate for rate in rates if rate.pair == terms.pair], now) for terms in found.pairs]


async def moment(tx: transaction.Tx) -> datetime:
    """The time by which quotes are judged: never earlier than one that was written down."""
    return await repo.moment(tx)


async def history(tx: transaction.Tx, limit: int) -> list[model.Stored]:
    """What was written down last, newest first."""
    return await repo.history(tx, limit)


def _line(terms: policy.Terms, rates: Sequence[model.Stored], now: datetime) -> Line:
    try:
        return Line(terms, board.priced(terms, rates, now), None)
    except errors.Refusal as refusal:
        return Line(terms, None, refusal)
