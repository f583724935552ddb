"""Why there is no quote and no conversion. Each says so by a stable code; none names a person or an amount of theirs."""

from boundary.kernel import errors


class NotOffered(errors.Unavailable):
    """There is no key here to sign quotes with."""

    code = "fx_not_offered"


class PairUnknown(errors.NotFound):
    """These two currencies are not exchanged here."""

    code = "fx_pair_unknown"


class SourceMissing(errors.Unavailable):
    """Fewer than two sources have spoken of the pair lately; the fact `source` names one that is gone."""

    code = "fx_source_missing"


class SourcesNotDistinct(errors.Unavailable):
    """The board is fed twice by one source, so nothing confirms its rate."""

    code = "fx_sources_not_distinct"


class RateStale(errors.Unavailable):
    """A source's rate is too old to quote from."""

    code = "fx_rate_stale"


class RateCrossed(errors.Unavailable):
    """A source offers to buy for more than it sells for. Such a rate is a fault, not a gift."""

    code = "fx_rate_crossed"


class RateDeviating(errors.Unavailable):
    """The sources disagree by more than is allowed."""

    code = "fx_rate_deviating"


class RateJumped(errors.Unavailable):
    """The rate has moved further than is believed at once; the next one confirms it or not."""

    code = "fx_rate_jumped"


class AmountTooSmall(errors.Invalid):
    """Nothing would be left on the other side."""

    code = "fx_amount_too_small"


class AmountTooLarge(errors.Invalid):
    """More than one quote may be about; the fact `pair` names the pair whose limit it is."""

    code = "fx_amount_too_large"


class PairExposed(errors.Conflict):
    """So much is promised in this pair that no more is promised now. Quotes that end make room."""

    code = "fx_pair_exposed"


class CustomerExposed(errors.Conflict):
    """You have as many promises open in this pair as you may. Use or cancel one."""

    code = "fx_customer_exposed"


class QuoteUnknown(errors.NotFound):
    """There is no such quote, or it is not yours."""

    code = "fx_quote_unknown"


class QuoteUsed(errors.Conflict):
    """The quote was used. A quote is used once."""

    code = "fx_quote_used"


class QuoteExpired(errors.Conflict):
    """The quote's time is over. Ask for a new one."""

    code = "fx_quote_expired"


class QuoteCancelled(errors.Conflict):
    """The quote was cancelled."""

    code = "fx_quote_cancelled"


class NotCleared(errors.Forbidden):
    """Clearance gave no verdict, which is none that allows. The quote stays as it is."""

    code = "fx_not_cleared"


class ClearanceMissing(errors.Unavailable):
    """Nothing here can clear operations, so none is done."""

    code = "fx_clearance_missing"


class NotPosted(errors.Conflict):
    """The ledger refused, as the fact `reason` says: most often there is not enough. The quote stays as it is."""

    code = "fx_not_posted"


class KeyReused(errors.Conflict):
    """The key named another conversion before. A new one has a new key."""

    code = "fx_key_reused"


class ConversionUnknown(errors.NotFound):
    """There is no such conversion, or it is not yours."""

    code = "fx_conversion_unknown"


class NotReady(errors.Unavailable):
    """The house's own accounts for this pair are not open yet. The worker opens them when it starts."""

    code = "fx_not_ready"


class ProviderSilent(errors.Unavailable):
    """The provider could not be reached, or answered nothing that can be used. Nothing was ordered."""

    code = "fx_provider_silent"


class ProviderRefused(errors.Conflict):
    """The provider said no. Nothing was ordered."""

    code = "fx_provider_refused"


class OrderUnknown(errors.OutcomeUnknown):
    """The provider may or may not have taken the order: ask it by our reference before anything else."""

    code = "fx_order_unknown"
