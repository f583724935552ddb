"""One-time passwords by RFC 6238 as pyotp computes them, and recovery codes.

A code is looked for in the present step and in one before and after, because clocks and fingers are slow. The step
that matched is kept, and only a later one passes from then on: see `repo.factors`.
"""

import re
from datetime import datetime

import pyotp

from boundary.kernel import clock, primitives

SECRET_BYTES = 20
STEP_SECONDS = 30
WINDOW = 1
RECOVERY_CODES = 10
RECOVERY_BYTES = 10

_DIGITS = re.compile(r"[0-9]{6}")
_LETTERS = "abcdefghjkmnpqrstuvwxyz234567890"
_RECOVERY = re.compile(r"[a-z0-9]{4}(?:-[a-z0-9]{4}){3}")


def totp(secret: str) -> pyotp.TOTP:
    return pyotp.TOTP(secret, interval=STEP_SECONDS)


def step_of(code: str, secret: str, now: datetime) -> int | None:
    """The step whose code this is, or nothing. All candidates are computed, whichever matches."""
    if not _DIGITS.fullmatch(code):
        return None
    known = totp(secret)
    present = clock.to_micros(now) // (STEP_SECONDS * 1_000_000)
    steps = [step for step in range(present - WINDOW, present + WINDOW + 1) if step >= 0]
    found = [step for step in steps if primitives.equal(code.encode(), known.generate_otp(step).encode())]
    return max(found) if found else None


def secret_of(entropy: bytes) -> str:
    """Twenty random bytes as authenticator programs take them."""
    assert len(entropy) == SECRET_BYTES
    value = int.from_bytes(entropy, "big")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    return "".join(alphabet[value >> shift & 31] for shift in range(155, -1, -5))


def recovery_code(entropy: bytes) -> str:
    """Eighty random bits as four groups of four: no letter that could be read as another."""
    assert len(entropy) == RECOVERY_BYTES
    value = int.from_bytes(entropy, "big")
    letters = "".join(_LETTERS[value >> shift & 31] for shift in range(75, -1, -5))
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))


def is_recovery_code(text: str) -> bool:
    return _RECOVERY.fullmatch(text.strip().lower()) is not None
