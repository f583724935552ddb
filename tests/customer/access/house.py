"""The customer API as it is composed, on a real database, with a desk that knows who is behind a token."""

import dataclasses
import json
import uuid
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

import litestar
import msgspec

from boundary.kernel import clock, errors, ids, records
from boundary.kernel.runtime import transaction
from customer_stack.access import model, ports
from customer_stack.access.service import rights
from tests.boundary.kernel.runtime import loopback
from tests.stacks import StackDatabase

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
Headers = tuple[tuple[str, str], ...]


class Desk(ports.Authenticator):
    """Authenticates by a token that is told beforehand; rights are read at each request, as the product does."""

    def __init__(self) -> None:
        self.callers: dict[str, model.Caller] = {}
        self.db: transaction.Database | None = None
        self.clock: clock.Clock = clock.ManualClock(NOON)

    async def authenticate(self, connection: ports.Connection) -> model.Caller | None:
        header = connection.headers.get("authorization", "")
        if not header:
            return None
        found = self.callers.get(header.removeprefix("Bearer "))
        if found is None:
            raise errors.Unauthenticated("nobody has this token")
        if self.db is None:
            return found
        number, now = found.account, self.clock.now()
        may = (await self.db.read("test.rights", lambda tx: rights.effective(tx, [number], now))).get(number)
        if may is None:
            raise errors.Unauthenticated("the account has no role")
        return msgspec.structs.replace(found, role=may.role, permissions=may.permissions)


@dataclasses.dataclass
class House:
    """One test's API and database."""

    schema: StackDatabase
    db: transaction.Database
    superuser: Any
    inner: litestar.Litestar
    client: loopback.Client
    desk: Desk
    time: clock.ManualClock
    ids: ids.Ids
    asleep: set[uuid.UUID] = dataclasses.field(default_factory=set)

    async def active(self, tx: transaction.Tx, accounts: Collection[uuid.UUID], /) -> Collection[uuid.UUID]:
        """Everybody but those who were put to sleep: nobody here has an account with `identity`."""
        return set(accounts) - self.asleep

    async def person(
        self, role: model.Role = model.Role.STAFF, *items: model.Item, until: datetime | None = None
    ) -> "Person":
        """Somebody with a session and a fresh factor, who was given these items."""
        account = self.ids.ref()
        await self.db.run("test.enrol", lambda tx: rights.enrol(tx, account, role))
        for item in items:
            await self.superuser.execute(
                "INSERT INTO access_grant (account, item, until) VALUES ($1, $2, $3)", account, item.value, until
            )
        found = Person(self, account, uuid.UUID(int=account.int ^ 1).hex)
        found.proves_a_factor()
        return found

    async def super_admin(self) -> "Person":
        return await self.person(model.Role.STAFF, model.Preset.SUPER_ADMIN)

    async def entries(self, kind: type[records.Entry]) -> list[Any]:
        rows = await self.superuser.fetch("SELECT payload FROM audit_entry ORDER BY id")
        every = [records.decode(row[0], records.Entry) for row in rows]
        return [entry for entry in every if isinstance(entry, kind)]

    async def permissions(self, account: uuid.UUID) -> Collection[model.Permission]:
        return (await self.db.run("test.effective", lambda tx: rights.effective(tx, [account], self.time.now())))[
            account
        ].permissions


@dataclasses.dataclass(frozen=True)
class Person:
    """Somebody who calls the API."""

    house: House
    account: uuid.UUID
    token: str

    @property
    def headers(self) -> Headers:
        return (("authorization", f"Bearer {self.token}"),)

    @property
    def grid(self) -> str:
        return f"/api/v1/admin/accounts/{self.account}/permissions"

    def caller(self, **more: Any) -> model.Caller:
        now = self.house.time.now()
        return model.Caller(
            account=self.account,
            role=model.Role.STAFF,
            authenticated_at=now,
            **{"session": self.account, "factor_at": now, **more},
        )

    def proves_a_factor(self) -> None:
        self.house.desk.callers[self.token] = self.caller()

    async def get(self, path: str) -> loopback.Answer:
        return await self.house.client.get(path, *self.headers)

    async def send(self, method: str, path: str, body: Any = None, *headers: tuple[str, str]) -> loopback.Answer:
        data = None if body is None else json.dumps(body).encode()
        kind = [("content-type", "application/json")] if body is not None else []
        return await self.house.client.request(method, path, data, *self.headers, *kind, *headers)

    async def etag(self, of: "Person") -> str:
        answer = await self.get(of.grid)
        assert answer.status == 200, answer
        return answer.header("etag") or ""

    async def gives(
        self, to: "Person", *presets: Any, permissions: Collection[Any] = (), role: str = "staff", etag: str = ""
    ) -> loopback.Answer:
        """Replace somebody's rights: presets and permissions by name, or with their end."""
        body = {
            "role": role,
            "presets": [each if isinstance(each, dict) else {"preset": each} for each in presets],
            "permissions": [each if isinstance(each, dict) else {"permission": each} for each in permissions],
        }
        return await self.send("PUT", to.grid, body, ("if-match", etag or await self.etag(to)))

    async def approves(self, digest: str, *headers: tuple[str, str]) -> loopback.Answer:
        return await self.send("POST", f"/api/v1/admin/proposals/{digest}/approve", None, *headers)
