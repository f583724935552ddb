"""Whether a policy can be kept, and the terms of two currencies in it."""

from collections.abc import Iterator
from decimal import Decimal

from boundary.kernel import errors, money
from customer_stack.fx.model import policy, refusals


class PolicyUnfit(errors.Invalid):
    """The file of terms contradicts itself; the detail names where."""

    code = "fx_policy_unfit"


def check(found: policy.Policy) -> policy.Policy:
    """The same policy, or the first thing that is wrong with it."""
    for problem in _problems(found):
        raise PolicyUnfit(problem)
    return found


def of(found: policy.Policy, sell: str, buy: str) -> policy.Terms:
    """The terms of a pair, whichever of its currencies is sold."""
    for terms in found.pairs:
        if {terms.base, terms.quote} == {sell, buy} and sell != buy:
            return terms
    raise refusals.PairUnknown("these two currencies are not exchanged here")


def _problems(found: policy.Policy) -> Iterator[str]:
    seen: set[frozenset[str]] = set()
    for terms in found.pairs:
        name = str(terms.pair)
        for code in (terms.base, terms.quote):
            try:
                money.currency(code)
            except errors.Refusal:
                yield f"{name}: {code} is no currency with a smallest unit"
        both = frozenset({terms.base, terms.quote})
        if len(both) < 2 or both in seen:
            yield f"{name}: a pair is two currencies, and stands in the file once"
        seen.add(both)
        if len({feed.adapter for feed in terms.feeds}) < len(terms.feeds):
            yield f"{name}: an adapter is named twice; two sources are two adapters"
        if terms.fee_bp > 5000 or max(found.tiers.individual_bp, found.tiers.business_bp) > 5000:
            yield f"{name}: a spread or fee above half of the amount"
        try:
            good = Decimal(terms.volume_rate) > 0 and "e" not in terms.volume_rate.lower()
        except ArithmeticError:
            good = False
        if not good:
            yield f"{name}: volume_rate is a decimal above zero"
    volumes = [rung.volume for rung in found.tiers.rungs]
    if sorted(set(volumes)) != volumes:
        yield "tiers: rungs rise"
