"""What makes a list version fit to replace the last good one. Pure: time and the last good version are arguments.

A publisher's mistake and an attacker's cut look alike from here: a list that lost a good part of itself. Both are worse
than a list of last week, so the older one stays and somebody is told.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from customer_stack.screening import model


class Limits(NamedTuple):
    """`share_min`: how many per cent of the last good version's entries must still be there."""

    age_max: timedelta = timedelta(days=14)
    share_min: int = 90
    entities_min: int = 1
    future_max: timedelta = timedelta(days=1)  # publishers stamp local midnight


# Complete lists had at least this many entries for years; a fragment of one has fewer. OFAC's and FollowTheMoney's
# files come in slices of any size, so only the comparison with the last good version can judge those.
ENTITIES_MIN = {model.Publisher.UN: 500, model.Publisher.EU: 2_000, model.Publisher.UK: 1_500}


def limits_of(publisher: model.Publisher) -> Limits:
    """The limits under which a deployment takes a publisher's list."""
    return Limits(entities_min=ENTITIES_MIN.get(publisher, 1))


def admit(parsed: model.Version, last_good: model.Version | None, now: datetime, limits: Limits) -> None:
    """Raise `ListRefused` unless this version may be used from now on."""
    if parsed.published is not None:
        if now - parsed.published > limits.age_max:
            raise model.ListRefused(model.Reason.STALE, f"published {parsed.published:%Y-%m-%d}")
        if parsed.published - now > limits.future_max:
            raise model.ListRefused(model.Reason.MALFORMED, f"published {parsed.published:%Y-%m-%d}, which is to come")
    if parsed.entities < limits.entities_min:
        raise model.ListRefused(
            model.Reason.SHRUNKEN, f"{parsed.entities} entries, at least {limits.entities_min} are expected"
        )
    if last_good is None:
        return
    if last_good.publisher != parsed.publisher:
        raise model.ListRefused(model.Reason.UNKNOWN_FORMAT, "the last good version is another publisher's")
    if last_good.published and parsed.published and parsed.published < last_good.published:
        raise model.ListRefused(model.Reason.OLDER, f"the version in use is of {last_good.published:%Y-%m-%d}")
    for what, count, before in (
        ("entries", parsed.entities, last_good.entities),
        ("names", parsed.names, last_good.names),
    ):
        if count * 100 < before * limits.share_min:
            raise model.ListRefused(model.Reason.SHRUNKEN, f"{count} {what}, {before} before")
