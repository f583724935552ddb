"""The life of a delivery: when it is tried again, and when nobody may try it again.

A carrier that accepted, refused or asked us to come back later is believed. A carrier that fell silent after it had
the message may have sent it: an e-mail goes out again under the same Message-ID, which receivers recognise, but an SMS
stays `unknown` until a person decides.
"""

from datetime import datetime, timedelta

from boundary.kernel import states
from customer_stack.notifications import model

_S, _E = model.DeliveryState, model.DeliveryEvent

ATTEMPTS_MAX = 10
BACKOFF_FIRST = timedelta(seconds=10)
BACKOFF_MAX = timedelta(hours=4)
LEASE = timedelta(seconds=60)
"""How long a message may be with a carrier before whoever carried it counts as dead."""
CODE_LIFE = {
    model.Purpose.INVITATION: timedelta(days=1),
    model.Purpose.PASSWORD_RESET: timedelta(minutes=30),
}
CODE_LIFE_USUAL = timedelta(minutes=10)
"""After this nobody waits for a code any more."""
KEPT = timedelta(days=30)
"""How long a delivery stays after its end, for whoever asks why something did not arrive."""

DELIVERY: states.Machine[model.DeliveryState, model.DeliveryEvent] = states.Machine(
    name="delivery",
    initial=_S.WAITING,
    transitions={
        (_S.WAITING, _E.BEGIN): _S.SENDING,
        (_S.WAITING, _E.GIVE_UP): _S.DEAD,
        (_S.SENDING, _E.ACCEPT): _S.SENT,
        (_S.SENDING, _E.POSTPONE): _S.WAITING,
        (_S.SENDING, _E.LOSE): _S.UNKNOWN,
        (_S.SENDING, _E.GIVE_UP): _S.DEAD,
        (_S.UNKNOWN, _E.TRY_AGAIN): _S.WAITING,
        (_S.DEAD, _E.TRY_AGAIN): _S.WAITING,
    },
    terminal=(_S.SENT,),
)


def backoff(attempts: int) -> timedelta:
    """10 s, then four times as long each time, up to 4 hours."""
    return min(BACKOFF_FIRST * (1 << 2 * min(max(attempts - 1, 0), 10)), BACKOFF_MAX)


def life(purpose: model.Purpose) -> timedelta:
    return CODE_LIFE.get(purpose, CODE_LIFE_USUAL)


def is_over(expires_at: datetime | None, now: datetime) -> bool:
    """A code that nobody can use any more is not worth sending."""
    return expires_at is not None and expires_at <= now


def after(
    channel: model.Channel, outcome: model.Outcome, attempts: int, expires_at: datetime | None, now: datetime
) -> tuple[model.DeliveryEvent, datetime]:
    """What an attempt's outcome means, and when the next one is due if there is one."""
    due = now + backoff(attempts)
    if outcome.verdict is model.Verdict.ACCEPTED:
        return _E.ACCEPT, now
    if outcome.verdict is model.Verdict.REFUSED:
        return _E.GIVE_UP, now
    last = attempts >= ATTEMPTS_MAX or is_over(expires_at, due)
    if outcome.verdict is model.Verdict.UNKNOWN:
        return (_E.LOSE, now) if last or channel is model.Channel.SMS else (_E.POSTPONE, due)
    return (_E.GIVE_UP, now) if last else (_E.POSTPONE, due)
