"""Access tokens under attack. Each row is a token that somebody might try; none of them gets in."""

import base64
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from joserfc import jwk, jws

from boundary.kernel import clock, ids
from customer_stack.identity.adapters import key_ring
from customer_stack.identity.formats import opaque, tokens
from customer_stack.identity.rules import sessions as lifetimes
from tests.customer.identity import house as houses


def part(value: Any) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unpacked(token: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    header, payload, signature = token.split(".")
    decode = lambda text: json.loads(base64.urlsafe_b64decode(text + "=="))  # noqa: E731 -- two uses, one line
    return decode(header), decode(payload), signature


class Forge:
    """What an attacker may hold: a good token of their own, the public key, and everything that is published."""

    def __init__(self, house: houses.House, good: str) -> None:
        self.ring = house.identity.door.ring
        self.now = clock.to_micros(house.time.now()) // 1_000_000
        self.header, self.claims, self.signature = unpacked(good)
        self.good = good

    def signed(self, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """With our own key: what only a fault of ours could make."""
        payload = json.dumps({**self.claims, **claims}, separators=(",", ":"))
        registry = jws.JWSRegistry(algorithms=["Ed25519"], strict_check_header=False)
        return jws.serialize_compact({**self.header, **(header or {})}, payload, self.ring.signing(), registry=registry)

    def unsigned(self, header: dict[str, Any], signature: str = "") -> str:
        return f"{part({**self.header, **header})}.{part(self.claims)}.{signature}"

    def hmac(self, secret: bytes, algorithm: str = "HS256") -> str:
        """HMAC with the public key as the secret, the classic confusion."""
        signed = f"{part({**self.header, 'alg': algorithm})}.{part(self.claims)}"
        tag = hmac.digest(secret, signed.encode(), algorithm.replace("HS", "sha"))
        return f"{signed}.{part(tag)}"

    def rsa(self) -> str:
        key = jwk.RSAKey.generate_key(2048, auto_kid=False)
        return jws.serialize_compact(
            {**self.header, "alg": "RS256"}, json.dumps(self.claims), key, algorithms=["RS256"]
        )

    def own_key(self, header: dict[str, Any] | None = None) -> str:
        """Signed with a key of the attacker's, which the header may bring along."""
        key = jwk.OKPKey.generate_key("Ed25519", auto_kid=False)
        extra = {"jwk": key.as_dict(private=False)} if header is None else header
        registry = jws.JWSRegistry(algorithms=["Ed25519"], strict_check_header=False)
        return jws.serialize_compact({**self.header, **extra}, json.dumps(self.claims), key, registry=registry)

    @property
    def public(self) -> bytes:
        return self.ring.signing().as_bytes(encoding="PEM", private=False)

    @property
    def raw_public(self) -> bytes:
        return base64.urlsafe_b64decode(self.ring.signing().as_dict(private=False)["x"] + "=")


ATTACKS: dict[str, Callable[[Forge], str]] = {
    "alg none, without a signature": lambda f: f.unsigned({"alg": "none"}),
    "alg None": lambda f: f.unsigned({"alg": "None"}),
    "alg NONE, with the old signature": lambda f: f.unsigned({"alg": "NONE"}, f.signature),
    "alg none with typ as it should be": lambda f: f.unsigned({"alg": "none", "typ": "at+jwt"}, "AA"),
    "HS256 over the public key in PEM": lambda f: f.hmac(f.public),
    "HS256 over the raw public key": lambda f: f.hmac(f.raw_public),
    "HS384 over the public key": lambda f: f.hmac(f.public, "HS384"),
    "HS512 over the public key": lambda f: f.hmac(f.public, "HS512"),
    "RS256 with a key of one's own": lambda f: f.rsa(),
    "EdDSA, the older name": lambda f: f.unsigned({"alg": "EdDSA"}, f.signature),
    "Ed25519 with a key of one's own": lambda f: f.own_key({}),
    "a key in the header (jwk)": lambda f: f.own_key(),
    "an address of keys in the header (jku)": lambda f: f.own_key({"jku": "https://keys.example/jwks.json"}),
    "a certificate in the header (x5u)": lambda f: f.own_key({"x5u": "https://keys.example/cert.pem"}),
    "an unknown kid": lambda f: f.signed({"kid": "another"}),
    "a kid that is a path": lambda f: f.signed({"kid": "../../keys/public"}),
    "a kid that is SQL": lambda f: f.signed({"kid": "' OR 1=1 --"}),
    "a kid that is a number": lambda f: f.unsigned({"kid": 1}, f.signature),
    "no kid": lambda f: f.unsigned({"kid": None}, f.signature),
    "crit in the header": lambda f: f.unsigned({"crit": ["exp"]}, f.signature),
    "an unencoded payload (b64)": lambda f: f.unsigned({"b64": False, "crit": ["b64"]}, f.signature),
    "typ JWT": lambda f: f.signed({"typ": "JWT"}),
    "typ of a refresh token": lambda f: f.signed({"typ": "rt+jwt"}),
    "no typ": lambda f: f.unsigned({"typ": None}, f.signature),
    "a foreign audience": lambda f: f.signed(aud="https://api.other.example"),
    "a list of audiences": lambda f: f.signed(aud=[f.claims["aud"], "https://api.other.example"]),
    "a foreign issuer": lambda f: f.signed(iss="https://login.other.example"),
    "expired": lambda f: f.signed(iat=f.now - 700, nbf=f.now - 700, exp=f.now - 100),
    "expired this second": lambda f: f.signed(iat=f.now - 600, nbf=f.now - 600, exp=f.now),
    "from the future (nbf)": lambda f: f.signed(nbf=f.now + 60),
    "from the future (iat)": lambda f: f.signed(iat=f.now + 60, nbf=f.now, exp=f.now + 500),
    "valid for a day": lambda f: f.signed(exp=f.now + 86_400),
    "valid for ever": lambda f: f.signed(exp=2**62),
    "exp as text": lambda f: f.signed(exp=str(f.now + 60)),
    "exp as a fraction": lambda f: f.signed(exp=f.now + 60.5),
    "without exp": lambda f: f.signed(exp=None),
    "with a claim of its own": lambda f: f.signed(role="admin"),
    "somebody else's account": lambda f: f.signed(sub="00000000-0000-4000-8000-000000000001"),
    "an unknown session": lambda f: f.signed(sid="00000000-0000-4000-8000-000000000001"),
    "a session that is no number": lambda f: f.signed(sid="all"),
    "a changed claim under the old signature": lambda f: ".".join(
        [f.good.split(".")[0], part({**f.claims, "sub": f.claims["sid"]}), f.signature]
    ),
    "a changed signature": lambda f: f.good[:-4] + ("AAAA" if f.good[-4:] != "AAAA" else "BBBB"),
    "a signature cut short": lambda f: f.good[:-8],
    "an empty signature": lambda f: f.good.rpartition(".")[0] + ".",
    "a signature with padding": lambda f: f.good + "==",
    "trailing bits in the signature": lambda f: f.good[:-1] + chr(ord(f.good[-1]) + 1),
    "two tokens in one": lambda f: f.good + "." + f.good,
    "JSON serialisation": lambda f: json.dumps({"payload": part(f.claims), "signature": f.signature}),
    "nothing but dots": lambda _: "..",
    "an encrypted token's five parts": lambda f: f.good + ".AA.AA",
    "a refresh token": lambda _: opaque.token(bytes(range(32))),
    "an API key's mark alone": lambda _: "key_",
    "too long": lambda f: f.good + "A" * 4000,
    "in another alphabet": lambda f: f.good.replace("-", "+").replace("_", "/") + "+",
}


@pytest.fixture
async def forge(house: houses.House) -> tuple[houses.House, Forge]:
    member = await house.member("amara")
    return house, Forge(house, member.token)


async def tried(house: houses.House, token: str) -> tuple[int, str]:
    visitor = house.visitor(bearer=True)
    visitor.token = token
    answer = await visitor.get("/api/v1/me")
    as_cookie = await house.visitor().get("/api/v1/me", cookie=f"__Host-access={token}")
    assert as_cookie.status == answer.status or not token.strip("."), as_cookie
    return answer.status, str(answer.json.get("code", ""))


async def test_no_attack_gets_in_and_the_good_token_does(forge: tuple[houses.House, Forge]) -> None:
    """In one house, because what the authenticator remembers of one must not help another."""
    house, made = forge
    assert (await tried(house, made.good))[0] == 200
    for name, attack in ATTACKS.items():
        token = attack(made)
        assert token != made.good, name
        status, code = await tried(house, token)
        assert (status, code) in {(401, "token_refused"), (401, "session_over")}, (name, status, code)
    assert (await tried(house, made.good))[0] == 200


async def test_another_deployments_token_is_refused(house: houses.House) -> None:
    """The same release, the same account and session numbers, another ring; then another address under our ring."""
    member = await house.member("amara")
    _, claims, _ = unpacked(member.token)
    foreign = tokens.Ring(msgspec.json.decode(key_ring.example(ids.SystemIds()), type=tokens.RingFile))
    same = msgspec.convert(claims, tokens.Claims)
    assert await tried(house, tokens.sign(foreign, same)) == (401, "token_refused")
    elsewhere = msgspec.structs.replace(same, iss="https://api.execution.example", aud="https://api.execution.example")
    assert await tried(house, tokens.sign(house.identity.door.ring, elsewhere)) == (401, "token_refused")


async def test_a_refresh_token_is_no_access_token_and_the_other_way_round(house: houses.House) -> None:
    program = await house.member("machine", bearer=True)
    assert await tried(house, program.refresh_token) == (401, "token_refused")
    answer = await program.post("/api/v1/sessions/refresh", {"refresh_token": program.token})
    assert answer.status == 400
    as_cookie = await house.visitor().post("/api/v1/sessions/refresh", {}, cookie=f"__Host-refresh={program.token}")
    assert (as_cookie.status, as_cookie.code) == (401, "token_refused")


async def test_a_token_lasts_ten_minutes_at_most_and_what_is_remembered_of_it_too(house: houses.House) -> None:
    program = await house.member("machine", bearer=True)
    _, claims, _ = unpacked(program.token)
    assert claims["exp"] - claims["iat"] == lifetimes.ACCESS // timedelta(seconds=1) <= 600
    house.time.advance(lifetimes.ACCESS - timedelta(seconds=1))
    assert (await program.get("/api/v1/me")).status == 200
    house.time.advance(timedelta(seconds=1))
    assert (await program.get("/api/v1/me")).code == "token_refused"


def file_of(*keys: tokens.RingKey) -> tokens.RingFile:
    return tokens.RingFile(keys)


def key(name: str, state: tokens.KeyState, random: ids.Ids) -> tokens.RingKey:
    return tokens.RingKey(name, state, seed=random.token(32).hex())


async def test_keys_change_without_a_valid_token_being_refused(house: houses.House) -> None:
    """Add as verify, activate, remove: tokens of the old key pass until it is removed, then they have expired."""
    active, verify = tokens.KeyState.ACTIVE, tokens.KeyState.VERIFY
    old, new = key("old", active, house.random), key("new", verify, house.random)
    member = await house.member("machine", bearer=True)

    def under(file: tokens.RingFile) -> None:
        door = house.identity.door._replace(ring=tokens.Ring(file))
        house.app.state.identity = house.identity._replace(front=door)
        house.app.state.authenticator._identity = house.identity
        house.app.state.authenticator._verified.clear()

    under(file_of(old))
    assert (await member.refresh()).status == 200
    first = member.token
    for ring in (
        file_of(old, new),
        file_of(msgspec.structs.replace(old, state=verify), msgspec.structs.replace(new, state=active)),
    ):
        under(ring)
        assert (await tried(house, first))[0] == 200
    assert (await member.refresh()).status == 200
    assert unpacked(member.token)[0]["kid"] == "new"
    under(file_of(msgspec.structs.replace(new, state=active)))
    assert await tried(house, first) == (401, "token_refused")
    assert (await tried(house, member.token))[0] == 200


BAD_RINGS = {
    "no key": [],
    "no active key": [("a", "verify")],
    "two active keys": [("a", "active"), ("b", "active")],
    "one id twice": [("a", "active"), ("a", "verify")],
    "an id that is a path": [("../a", "active")],
}


@pytest.mark.parametrize("name", BAD_RINGS)
def test_a_bad_ring_is_refused(name: str) -> None:
    random = ids.SystemIds()
    keys = tuple(key(each, tokens.KeyState(state), random) for each, state in BAD_RINGS[name])
    with pytest.raises(tokens.BadRingError):
        tokens.Ring(tokens.RingFile(keys))


def test_a_key_that_only_verifies_may_come_without_its_seed() -> None:
    random = ids.SystemIds()
    signing = key("a", tokens.KeyState.ACTIVE, random)
    ring = tokens.Ring(file_of(signing))
    public = base64.urlsafe_b64decode(ring.signing().as_dict(private=False)["x"] + "=").hex()
    reader = tokens.Ring(
        file_of(key("b", tokens.KeyState.ACTIVE, random), tokens.RingKey("a", tokens.KeyState.VERIFY, public=public))
    )
    claims = tokens.Claims("i", "a", random.ref(), random.ref(), "1", 1, 1, 2)
    assert tokens.read(reader, tokens.sign(ring, claims)) == claims
