"""When a withdrawal is tried, asked about and given up asking. Pure."""

import re
from datetime import timedelta

from customer_stack.payments.model.payouts import Event, Standing, State, Verdict

LEASE = timedelta(minutes=2)
"""Longer than any adapter waits: whoever is not back by then has died, and the attempt's fate is unknown."""
ASK_FIRST = timedelta(seconds=30)
ASK_MAX = timedelta(hours=1)
RETRY = timedelta(seconds=20)
SETTLED = timedelta(minutes=1)
"""How long after an attempt of unknown fate a provider's "never heard of it" is believed."""
ASK_SUBMITTED = timedelta(minutes=15)

_CODE = re.compile(r"[A-Za-z0-9_.,-]{1,64}", re.ASCII)


def code(text: str) -> str:
    """A code as it may stand in a timeline and in the audit log. A provider's sentence may name people, so it does not."""
    return text if not text or _CODE.fullmatch(text) else "provider_said"


BY_VERDICT = {
    Verdict.ACCEPTED: Event.ACCEPT,
    Verdict.REFUSED: Event.FAIL,
    Verdict.UNKNOWN: Event.LOSE,
    Verdict.LATER: Event.POSTPONE,
}


def wait(event: Event, attempts: int) -> timedelta:
    """How long until somebody looks at it again."""
    doubled = 1 << min(attempts, 10)
    if event is Event.LOSE:
        return ASK_FIRST
    if event in {Event.POSTPONE, Event.MISS}:
        return min(RETRY * doubled, ASK_MAX)
    return ASK_SUBMITTED


def events(state: State, standing: Standing) -> tuple[Event, ...] | None:
    """What a provider's word means in a state: the transitions in order, none if it is no news, nothing (`None`) if it
    contradicts what was said before.
    """
    if standing in {Standing.UNKNOWN, Standing.PENDING}:
        heard = standing is Standing.PENDING and state in {State.SENDING, State.UNKNOWN}
        return (Event.ACCEPT,) if heard else ()
    if standing is Standing.NONE:
        return _never_heard(state)
    if state in {State.SENDING, State.UNKNOWN, State.SUBMITTED}:
        return {
            Standing.COMPLETED: (Event.COMPLETE,),
            Standing.FAILED: (Event.FAIL,),
            Standing.RETURNED: (Event.COMPLETE, Event.RETURN),
        }[standing]
    if state is State.COMPLETED:
        return {Standing.COMPLETED: (), Standing.RETURNED: (Event.RETURN,)}.get(standing)
    if state is State.RETURNED:
        return () if standing in {Standing.COMPLETED, Standing.RETURNED} else None
    if state is State.FAILED:
        return () if standing is Standing.FAILED else None
    return None


def _never_heard(state: State) -> tuple[Event, ...] | None:
    if state is State.UNKNOWN:
        return (Event.MISS,)
    return None if state in {State.SUBMITTED, State.COMPLETED} else ()
