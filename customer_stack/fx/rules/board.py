"""Which rate prices a pair now, or why none does.

Two sources speak for a pair, and they are two only if their adapters and their origins both differ and they did not
send the same bytes: a name proves nothing, and a mirror of a source is that source.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from boundary.kernel import errors
from customer_stack.fx import model
from customer_stack.fx.model import policy, refusals

AHEAD_MAX = timedelta(minutes=5)
"""How far a source's clock may be ahead of ours; a rate from further in the future has a wrong time."""
_BP = 10_000


def priced(terms: policy.Terms, rates: Sequence[model.Stored], now: datetime) -> model.Priced:
    """The pair's price, or a refusal that says what is wrong with which source."""
    if len({feed.adapter for feed in terms.feeds}) < len(terms.feeds):
        raise refusals.SourcesNotDistinct("the pair names one adapter twice", pair=str(terms.pair))
    newest = _newest(rates)
    faults: list[errors.Refusal] = []
    sound: list[model.Stored] = []
    for feed in terms.feeds:
        rate = newest.get(feed.adapter)
        fault = _fault(terms, feed, rate, now)
        if fault is not None:
            faults.append(fault)
        elif rate is not None:
            sound.append(rate)
    if len(sound) < 2:
        raise min(faults, key=lambda fault: _GRAVITY[type(fault)])
    reference = sound[0]
    witness = next((each for each in sound[1:] if distinct(reference, each)), None)
    if witness is None:
        raise refusals.SourcesNotDistinct("all sources of the pair are one", pair=str(terms.pair))
    if apart(reference.mid, witness.mid) > terms.deviation_bp_max:
        raise refusals.RateDeviating(
            "the sources disagree by more than is allowed",
            pair=str(terms.pair), source=reference.source.adapter, against=witness.source.adapter,
            bp_max=terms.deviation_bp_max,
        )  # fmt: skip
    return model.Priced(terms.pair, reference, witness)


def distinct(one: model.Stored, other: model.Stored) -> bool:
    """Whether the two come from sources that have nothing to do with each other."""
    return (
        one.source.adapter != other.source.adapter
        and one.source.origin != other.source.origin
        and one.payload != other.payload
    )


def apart(one: Decimal, other: Decimal) -> Decimal:
    """How far two rates are from each other, in hundredths of a percent of the larger."""
    return abs(one - other) * _BP / max(one, other)


def _newest(rates: Sequence[model.Stored]) -> Mapping[str, model.Stored]:
    found: dict[str, model.Stored] = {}
    for rate in sorted(rates, key=lambda rate: rate.id):
        found[rate.source.adapter] = rate
    return found


def _fault(terms: policy.Terms, feed: policy.Feed, rate: model.Stored | None, now: datetime) -> errors.Refusal | None:
    facts = {"pair": str(terms.pair), "source": feed.adapter}
    if rate is None or now - rate.fetched_at > timedelta(seconds=feed.fetched_seconds_max):
        return refusals.SourceMissing("a source of the pair is silent", **facts)
    if rate.bid > rate.ask:
        return refusals.RateCrossed("a source buys for more than it sells for", **facts)
    if not -AHEAD_MAX <= now - rate.as_of <= timedelta(seconds=feed.as_of_seconds_max):
        return refusals.RateStale("a source's rate is too old, or from the future", **facts)
    if rate.previous is not None and apart(rate.mid, rate.previous) > terms.jump_bp_max:
        return refusals.RateJumped("a source's rate has moved further than is believed at once", **facts)
    return None


_GRAVITY: Mapping[type[errors.Refusal], int] = {
    refusals.RateCrossed: 0,
    refusals.RateJumped: 1,
    refusals.RateStale: 2,
    refusals.SourceMissing: 3,
}
"""Which fault is told where several sources have one."""
