"""How long things last, and what a refresh token that comes back means."""

import enum
from datetime import datetime, timedelta

from customer_stack.identity.model import sessions

ACCESS = sessions.ACCESS
SESSION = timedelta(days=14)
"""A session ends here at the latest, however busy it is."""
SESSION_WORKING = timedelta(hours=12)
"""The same for who works here: administrators and staff sign in each day."""
IDLE = timedelta(hours=12)
"""A refresh token that nobody brings back for so long has expired."""
GRACE = timedelta(seconds=10)
FRESH = timedelta(minutes=5)
CHALLENGE = timedelta(minutes=5)
CHALLENGE_TRIES = 5
DEVICE = timedelta(days=365)
DEVICES_MAX = 10
SESSIONS_MAX = 100
"""Open sessions of one account. A new one ends those that were seen longest ago."""
CODE = timedelta(minutes=10)
RESET = timedelta(minutes=30)
CODE_TRIES = 5
PENDING = timedelta(hours=24)
CHANGE_DELAY = timedelta(hours=48)
ENDED_KEPT = timedelta(days=30)
KEY_MAX = timedelta(days=365)
KEYS_MAX = 20
SEEN_EVERY = timedelta(minutes=10)


class Refresh(enum.Enum):
    ROTATE = "rotate"
    """The newest token of its family: it is used up, and a successor is handed out."""
    AGAIN = "again"
    """The immediate parent, a moment after its use: two tabs at once. An access token, but no second successor."""
    REUSE = "reuse"
    """Anything older. Somebody holds a copy; who is who cannot be known, so the session ends."""


def refresh(*, newest: int, presented: int, used_at: datetime | None, now: datetime) -> Refresh:
    """What to do with a token of generation `presented` in a family whose newest is `newest`."""
    if used_at is None and presented == newest:
        return Refresh.ROTATE
    if used_at is not None and presented == newest - 1 and timedelta(0) <= now - used_at <= GRACE:
        return Refresh.AGAIN
    return Refresh.REUSE


def is_fresh(factor_at: datetime | None, now: datetime) -> bool:
    return factor_at is not None and timedelta(0) <= now - factor_at <= FRESH
