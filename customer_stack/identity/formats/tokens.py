"""Access tokens: JWTs after RFC 9068, signed with Ed25519 by a key that `kid` names, and nothing else.

The algorithm is ours and not the token's: a header that says anything but exactly what we write is refused before a
signature is looked at, so `none`, HMAC over a public key, `jwk` and `jku` have nowhere to go. A token says which
session it is for and until when; who that is, and whether it still stands, is asked of the database.
"""

import base64
import enum
import re
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from joserfc import errors as jose_errors
from joserfc import jwk, jws

from boundary.kernel import clock, primitives
from customer_stack.identity.model import refusals, sessions

ALGORITHM: Final = "Ed25519"
TYPE: Final = "at+jwt"
SIZE_MAX = 2048
LEEWAY_SECONDS = 5
ACCESS_SECONDS = sessions.ACCESS // timedelta(seconds=1)
_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


class KeyState(enum.StrEnum):
    ACTIVE = "active"
    VERIFY = "verify"


class RingKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key as the ring's file holds it: a seed if we sign with it, or at least the public half."""

    id: str
    state: KeyState
    seed: str = ""
    public: str = ""


class RingFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    keys: tuple[RingKey, ...]


class Claims(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that a token holds. A claim more or less is another kind of token."""

    iss: str
    aud: str
    sub: UUID
    sid: UUID
    jti: str
    iat: int
    nbf: int
    exp: int


class BadRingError(Exception):
    """The key ring cannot be used. The message names no key material."""


class Ring:
    """One key that signs, and those whose tokens are still believed."""

    def __init__(self, file: RingFile) -> None:
        active = [key for key in file.keys if key.state is KeyState.ACTIVE]
        if len(active) != 1 or not active[0].seed:
            raise BadRingError("exactly one key is active, and has a seed")
        if len({key.id for key in file.keys}) != len(file.keys):
            raise BadRingError("two keys have the same id")
        self.active = active[0].id
        self._keys = {key.id: _key(key) for key in file.keys}

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(self._keys)

    def signing(self) -> jwk.OKPKey:
        return self._keys[self.active]

    def verifying(self, key_id: str) -> jwk.OKPKey | None:
        return self._keys.get(key_id)


def _key(key: RingKey) -> jwk.OKPKey:
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,32}", key.id):
        raise BadRingError("a key id has 1 to 32 letters, digits, dots, underscores and hyphens")
    fields: dict[str, Any] = {"kty": "OKP", "crv": "Ed25519", "kid": key.id, "alg": ALGORITHM, "use": "sig"}
    try:
        if key.seed:
            seed = bytes.fromhex(key.seed)
            fields |= {"d": _b64(seed), "x": _b64(primitives.ed25519_public(seed))}
        else:
            fields |= {"x": _b64(_public(bytes.fromhex(key.public)))}
        return jwk.OKPKey.import_key(fields)
    except ValueError:
        raise BadRingError("a key is no 32 bytes as 64 hexadecimal digits") from None


def sign(ring: Ring, claims: Claims) -> str:
    header = {"typ": TYPE, "alg": ALGORITHM, "kid": ring.active}
    return jws.serialize_compact(header, msgspec.json.encode(claims), ring.signing(), algorithms=[ALGORITHM])


def issue(
    ring: Ring, *, issuer: str, audience: str, account: UUID, session: UUID, number: str, now: datetime
) -> tuple[str, datetime]:
    """A token for one session, and when it expires."""
    at = clock.to_micros(now) // 1_000_000
    until = at + ACCESS_SECONDS
    claims = Claims(issuer, audience, account, session, number, at, at, until)
    return sign(ring, claims), clock.from_micros(until * 1_000_000)


def read(ring: Ring, text: str) -> Claims:
    """The claims of a token that this ring signed; not yet whether they hold now, see `hold`."""
    if len(text) > SIZE_MAX or not _SHAPE.fullmatch(text):
        raise refusals.TokenRefused("that is no access token")
    try:
        found = jws.extract_compact(text.encode())
        header = found.headers()
        if header.keys() != {"typ", "alg", "kid"} or header["typ"] != TYPE or header["alg"] != ALGORITHM:
            raise refusals.TokenRefused("that is no access token")
        key = ring.verifying(header["kid"]) if isinstance(header["kid"], str) else None
        if key is None:
            raise refusals.TokenRefused("the token's key is not known here")
        return _decoded(verified(text, key, ALGORITHM))
    except (jose_errors.JoseError, ValueError):
        raise refusals.TokenRefused("the token does not verify") from None


def verified(text: str, key: "jwk.Key", algorithm: str) -> bytes:
    """The payload of a compact JWS, if it verifies with this key by this algorithm and is written in its only form."""
    found = jws.deserialize_compact(text.encode(), key, algorithms=[algorithm])
    for part in text.split("."):
        if _b64(_unb64(part)) != part:
            raise jose_errors.DecodeError("a part is not in canonical base64url")
    return found.payload


def hold(claims: Claims, *, issuer: str, audience: str, now: datetime) -> None:
    """Refused unless made by us, for us, and for now."""
    at = clock.to_micros(now) // 1_000_000
    if claims.iss != issuer or claims.aud != audience:
        raise refusals.TokenRefused("the token is for somebody else")
    if claims.exp <= at:
        raise refusals.TokenRefused("the token has expired")
    if claims.nbf > at + LEEWAY_SECONDS or claims.iat > at + LEEWAY_SECONDS:
        raise refusals.TokenRefused("the token is from the future")
    if claims.exp - claims.iat > ACCESS_SECONDS:
        raise refusals.TokenRefused("the token lasts longer than ours do")


def _decoded(payload: bytes) -> Claims:
    """Claims in the one form in which we write them: no claim twice, none more, none missing."""
    claims = msgspec.json.decode(payload, type=Claims)
    if msgspec.json.encode(claims) != payload:
        raise refusals.TokenRefused("the token's claims are not ours")
    return claims


def _public(key: bytes) -> bytes:
    if not primitives.is_ed25519_public(key):
        raise ValueError("no public key")
    return key


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
