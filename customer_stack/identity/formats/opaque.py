"""Secrets that mean nothing by themselves: what is handed out, and the hash that is kept of it.

They have 256 random bits, so a plain SHA-256 of one cannot be reversed; whatever people type (six digits) is hashed
with a key instead, by the vault.
"""

import base64
import re

from boundary.kernel import primitives

SIZE = 32
KEY_MARK = "key_"
PREFIX_LENGTH = 12

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_KEY = re.compile(r"key_[A-Za-z0-9_-]{43}")


def token(entropy: bytes) -> str:
    assert len(entropy) == SIZE
    return base64.urlsafe_b64encode(entropy).rstrip(b"=").decode()


def digest(text: str) -> bytes | None:
    """What the database knows of a token, or nothing if this cannot be one."""
    return primitives.sha256(text.encode()) if _TOKEN.fullmatch(text) else None


def api_key(entropy: bytes) -> str:
    return KEY_MARK + token(entropy)


def api_key_digest(text: str) -> bytes | None:
    return primitives.sha256(text.encode()) if _KEY.fullmatch(text) else None


def digits(entropy: bytes) -> str:
    """Six digits; from eight random bytes the remainder's bias is below 2^-44."""
    assert len(entropy) >= 8
    return f"{int.from_bytes(entropy, 'big') % 1_000_000:06d}"


def tag(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
