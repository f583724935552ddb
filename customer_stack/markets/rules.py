"""Whether an instrument can be traded, and how long to wait before a document is asked for again."""

from datetime import datetime, timedelta

from customer_stack.markets import model

STALE_AFTER = timedelta(seconds=15)
"""How long quotes count as fresh when nothing at all is heard of the feed."""
AGAIN = timedelta(seconds=5)
AGAIN_MAX = timedelta(minutes=5)
REFUSED_AGAIN = timedelta(minutes=1)
REFUSED_AGAIN_MAX = timedelta(hours=1)
_DOUBLINGS_MAX = 10


def untradable(listed: model.Listed | None) -> model.Untradable | None:
    """Why not, if so. What nobody can read the rules of is not traded."""
    if listed is None:
        return model.Untradable.UNKNOWN
    if listed.instrument.state is model.State.DELISTED:
        return model.Untradable.DELISTED
    if listed.instrument.state is model.State.HALTED:
        return model.Untradable.HALTED
    if listed.instrument.state is not model.State.LISTED:
        return model.Untradable.CLOSED
    if listed.shelf.state is model.DocumentState.REFUSED:
        return model.Untradable.DOCUMENT_REFUSED
    if listed.shelf.state is not model.DocumentState.HELD:
        return model.Untradable.DOCUMENT_UNAVAILABLE
    return None


def is_stale(heard_at: datetime | None, now: datetime) -> bool:
    return heard_at is None or now - heard_at > STALE_AFTER


def patience(attempts: int, *, refused: bool) -> timedelta:
    """Doubles with every attempt. What came and was wrong is asked for less often than what did not come."""
    first, longest = (REFUSED_AGAIN, REFUSED_AGAIN_MAX) if refused else (AGAIN, AGAIN_MAX)
    return min(first * (1 << min(attempts, _DOUBLINGS_MAX)), longest)
