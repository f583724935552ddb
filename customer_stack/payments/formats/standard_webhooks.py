"""Signatures as the Standard Webhooks specification writes them: HMAC-SHA256 over id, time and body."""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from boundary.kernel import clock, primitives
from customer_stack.payments.model.hooks import BadEvent, BadUrl, Seen

SECRET_SIZE = 32
TOLERANCE = timedelta(minutes=5)
_PREFIX = "whsec_"
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def shown(secret: bytes) -> str:
    return _PREFIX + base64.b64encode(secret).decode()


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)


def headers(secret: str, id_: str, at: datetime, body: bytes) -> dict[str, str]:
    stamp = str(clock.to_micros(at) // 1_000_000)
    return {
        "content-type": "application/json",
        "webhook-id": id_,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{_signature(_key(secret), id_, stamp, body)}",
    }


def _signature(key: bytes, id_: str, stamp: str, body: bytes) -> str:
    return base64.b64encode(primitives.hmac_sha256(key, f"{id_}.{stamp}.".encode() + body)).decode()


def verify(secrets: tuple[str, ...], given: Mapping[str, str], body: bytes, now: datetime) -> str:
    """The id of a message that one of these secrets signed, within the tolerance; two are good during a rotation."""
    id_, stamp = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    if not id_ or not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise BadEvent(Seen.FORGED)
    offered = []
    for part in given.get("webhook-signature", "").split(" ")[:10]:
        version, _, text = part.partition(",")
        try:
            offered += [base64.b64decode(text, validate=True)] if version == "v1" else []
        except (binascii.Error, ValueError):
            continue
    data = f"{id_}.{stamp}.".encode() + body
    if not any(primitives.hmac_matches(_key(secret), data, tag) for secret in secrets for tag in offered):
        raise BadEvent(Seen.FORGED)
    if abs(now - clock.from_micros(int(stamp) * 1_000_000)) > TOLERANCE:
        raise BadEvent(Seen.STALE)
    return id_


def check_url(url: str) -> None:
    """An https address with a host and nothing that a browser would hide; plain http on this machine alone."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadUrl("this is no address") from None
    plain = parts.scheme == "http" and parts.hostname in _LOOPBACK
    secure = parts.scheme == "https" and bool(parts.hostname) and parts.hostname not in _LOOPBACK
    if not (plain or secure) or parts.username or parts.password or parts.fragment or port == 0 or len(url) > 512:
        raise BadUrl("a webhook goes to an https address")
