"""The file of a customer as it leaves: canonical JSON, signed.

    {"account": …, "at": …, "format": "compliance-file/1", "parts": {name: …}, "signature": …}

The signature is Ed25519 over `"compliance-file/1" ‖ 00 ‖` the canonical bytes of everything but itself. No key stands in
it: whoever checks brings the published one. Numbers are whole and below 2^53; larger ones stand as text.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from boundary.kernel import canonical, clock, primitives

FORMAT = "compliance-file/1"
_DOMAIN = FORMAT.encode() + b"\0"


def signed(account: UUID, now: datetime, parts: Mapping[str, Any], seed: bytes) -> bytes:
    """The whole file."""
    body = {"account": str(account), "at": clock.to_micros(now), "format": FORMAT, "parts": dict(parts)}
    signature = primitives.ed25519_sign(seed, _DOMAIN + canonical.json_bytes(body))
    return canonical.json_bytes(body | {"signature": signature.hex()})
