"""Where the value of a field comes from: what a receiver does before it believes it, and so what could hide in it.

Every field of every message states one of these. `capacity` turns them into bits; the gates carry them out.
"""

import enum
from typing import NamedTuple


class Source(enum.StrEnum):
    CHOSEN = "chosen"
    """The sender picks it from the allowed set: this is where something could hide."""
    MINTED_BY_RECEIVER = "minted_by_receiver"
    """The receiver drew it at random and looks it up: the sender chooses among those that it was given."""
    REGISTERED = "registered"
    """The receiver holds it in a register from before: the sender chooses among those that stand there."""
    RECOMPUTED = "recomputed"
    """The receiver works it out from what it has and compares."""
    TIME_WINDOW = "time_window"
    """The receiver compares it with its own clock and takes it within so many seconds only."""
    SIGNATURE_VERIFIED = "signature_verified"
    """The receiver verifies it against a key: only the key's holder has any choice in it."""


class Provenance(NamedTuple):
    source: Source
    window_seconds: int = 0


CHOSEN = Provenance(Source.CHOSEN)
MINTED_BY_RECEIVER = Provenance(Source.MINTED_BY_RECEIVER)
REGISTERED = Provenance(Source.REGISTERED)
RECOMPUTED = Provenance(Source.RECOMPUTED)
SIGNATURE_VERIFIED = Provenance(Source.SIGNATURE_VERIFIED)

MINUTE = 60
DAY = 86_400
FRAME_WINDOW = Provenance(Source.TIME_WINDOW, 30)
"""As narrow as the window of a frame."""
PROOF_WINDOW = Provenance(Source.TIME_WINDOW, 15 * MINUTE)
"""Between a wallet's holder signing and the gate looking."""
DECISION_WINDOW = Provenance(Source.TIME_WINDOW, 7 * DAY)
"""Between the first of two people deciding and the gate looking."""
EXPIRY_WINDOW = Provenance(Source.TIME_WINDOW, 366 * DAY)
"""How far ahead an intent may expire."""
BACKLOG_WINDOW = Provenance(Source.TIME_WINDOW, 35 * DAY)
"""How long an outcome may have waited behind a partition: as long as sent frames are kept."""
