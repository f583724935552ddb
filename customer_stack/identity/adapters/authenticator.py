"""Who is behind a request: the implementation of `access.ports.Authenticator`.

A signature is verified once for each token and remembered by the token's hash, because it cannot change; times,
audience and the session are judged at every request.
"""

import collections
import functools
from uuid import UUID

from boundary.kernel import errors, primitives
from boundary.kernel.runtime import transaction
from customer_stack.access import model as access
from customer_stack.identity.formats import opaque, tokens
from customer_stack.identity.model import refusals
from customer_stack.identity.service import authenticating, requests, sessions, wiring

REMEMBERED_MAX = 10_000
MARKS_MAX = 10_000


class Authenticator:
    def __init__(self, db: transaction.Database, identity: wiring.Identity, edge: requests.Edge) -> None:
        self._identity = identity
        self._edge = edge
        self._verified: collections.OrderedDict[bytes, tokens.Claims] = collections.OrderedDict()
        self._marks = functools.lru_cache(MARKS_MAX)(functools.partial(authenticating.marks, identity))
        self._sessions = db.batch("identity.present", self._present, looks=True)
        self._keys = db.batch("identity.machines", self._machines)

    async def authenticate(self, connection: requests.Connection) -> access.Caller | None:
        credential = requests.credential(connection)
        if credential is None:
            return None
        if not credential.from_cookie and credential.text.startswith(opaque.KEY_MARK):
            return await self._machine(connection, credential.text)
        claims = self._claims(credential.text)
        found = await self._sessions.submit(claims.sid)
        if found.standing.account != claims.sub:
            raise refusals.TokenRefused("the token's session is somebody else's")
        caller = authenticating.person(found, self._marks(claims.sub, self._edge.client(connection)))
        if credential.from_cookie and not requests.is_safe(connection):
            self._edge.same_site(connection)
            sessions.check_csrf(self._identity, claims.sid, requests.header(connection, requests.CSRF_HEADER))
        if authenticating.owes_factor(found) and not connection.route_handler.opt.get(requests.BEFORE_FACTOR):
            raise refusals.EnrolmentRequired("enrol a second factor first")
        return caller

    async def _machine(self, connection: requests.Connection, text: str) -> access.Caller:
        digest = opaque.api_key_digest(text)
        if digest is None:
            raise refusals.TokenRefused("that is no API key")
        found = await self._keys.submit(digest)
        if found.key.read_only and not requests.is_safe(connection):
            raise refusals.ReadOnlyKey("this key may only read")
        return authenticating.machine(found)

    def _claims(self, text: str) -> tokens.Claims:
        name = primitives.sha256(text.encode())
        claims = self._verified.get(name)
        if claims is None:
            claims = tokens.read(self._identity.door.ring, text)
            self._verified[name] = claims
            if len(self._verified) > REMEMBERED_MAX:
                self._verified.popitem(last=False)
        identity = self._identity
        tokens.hold(claims, issuer=identity.door.issuer, audience=identity.door.audience, now=identity.now())
        return claims

    async def _present(self, tx: transaction.Tx, numbers: list[UUID]) -> list[authenticating.Present | errors.Refusal]:
        return await authenticating.present(tx, self._identity, numbers)

    async def _machines(
        self, tx: transaction.Tx, digests: list[bytes]
    ) -> list[authenticating.Machine | errors.Refusal]:
        return await authenticating.machines(tx, self._identity, digests)
