"""What currencies are worth in another by the board, for whoever has to compare amounts: limits, reports, risk.

The middle of the reference rate, as a fraction of smallest units, so nothing is rounded. A currency whose pair has no
price now is left out: whoever asks decides what that means.
"""

from collections.abc import Collection
from datetime import datetime
from fractions import Fraction
from typing import NamedTuple

from boundary.kernel import money
from boundary.kernel.runtime import transaction
from customer_stack.fx import model
from customer_stack.fx.model import policy
from customer_stack.fx.service import board, house


class Worths(NamedTuple):
    """Answers by the terms' pairs."""

    policy: policy.Policy

    async def rates(
        self, tx: transaction.Tx, assets: Collection[int], currency: str, now: datetime
    ) -> dict[int, model.Worth]:
        """By asset number. The board has its own time, which is never earlier than the caller's."""
        del now
        known = {asset.number: asset for asset in (await house.look(tx)).assets.values()}
        mids = {
            line.terms.pair: Fraction(line.priced.reference.mid)
            for line in await board.lines(tx, self.policy)
            if line.priced is not None
        }
        found: dict[int, model.Worth] = {}
        for number in assets:
            if number in known and (rate := _rate(known[number].code, currency, mids)) is not None:
                exact = rate * Fraction(10) ** (money.currency(currency).scale - known[number].scale)
                found[number] = model.Worth(exact.numerator, exact.denominator)
        return found


def _rate(code: str, currency: str, mids: dict[model.Pair, Fraction]) -> Fraction | None:
    if code == currency:
        return Fraction(1)
    if (straight := mids.get(model.Pair(code, currency))) is not None:
        return straight
    turned = mids.get(model.Pair(currency, code))
    return None if turned is None else 1 / turned
