"""One-time passwords by time (RFC 6238, six digits, 30 s, SHA-1): what an authenticator app would show."""

import base64
import hmac
import struct
import time

STEP_SECONDS = 30
DIGITS = 6


def now() -> int:
    """Seconds since 1970, on this machine's clock, as an authenticator has it."""
    return int(time.time())  # noqa: TID251 -- the launcher imports no clock of ours


def code(secret: str, moment: int) -> str:
    """The code of the step in which MOMENT lies. SECRET is base32, as a QR code carries it."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8), casefold=True)
    digest = hmac.digest(key, struct.pack(">Q", moment // STEP_SECONDS), "sha1")
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"
