"""Onboarding on a real database behind its routes: customers, officers, a worker, and others whom tests command."""

import dataclasses
import json
import struct
import zlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from boundary.kernel import clock, errors, ids, records
from boundary.kernel.runtime import transaction
from customer_stack.access import model as access_model
from customer_stack.kyc import jobs, model, ports
from customer_stack.kyc.model import refusals
from customer_stack.kyc.service import standing, wiring
from tests.boundary.kernel.runtime import loopback
from tests.customer.access import house as access_houses

T = TypeVar("T")
NIC_MALE = "199110400271"  # 14 April 1991 by the real calendar, 13 April by the office's
BORN = date(1991, 4, 13)
FORM: dict[str, Any] = {
    "given_names": "Testy",
    "family_names": "Fictional",
    "birth": BORN.isoformat(),
    "sex": "M",
    "nationality": "LK",
    "residence": "LK",
    "address": ["1 Example Road", "Colombo"],
    "document": {"kind": "national_identity_card", "number": "911042754V", "country": "LK"},
}


def nic(serial: int, year: int = 1991, day: int = 104) -> str:
    """A new NIC number with its check digit, reckoned here anew."""
    digits = f"{year:04d}{day:03d}{serial:04d}"
    rest = sum(int(each) * weight for each, weight in zip(digits, (8, 4, 3, 2, 7, 6, 5, 8, 4, 3, 2), strict=True)) % 11
    return digits + str(0 if rest in {0, 1} else 11 - rest)


def png(size: int = 200, noise: bytes = b"") -> bytes:
    """A small picture that is one: header, pixels, end."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", size, 1, 8, 0, 0, 0, 0)
    extra = chunk(b"tEXt", b"k\0" + noise) if noise else b""
    pixels = chunk(b"IDAT", zlib.compress(bytes(size + 1)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + pixels + chunk(b"IEND", b"")


class Screening:
    """Answers as it is told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answer = model.ScreenState.CLEAR
        self.broken = False
        self.asked: list[tuple[UUID, str]] = []

    async def screen(self, tx: transaction.Tx, account: UUID, person: model.Person, trigger: str) -> model.ScreenState:
        assert person.names
        if self.broken:
            raise errors.Unavailable("screening is not there")
        self.asked.append((account, trigger))
        return self.answer


class Risks:
    """Ranks customers as it is told."""

    def __init__(self) -> None:
        self.high: set[UUID] = set()

    async def of(self, tx: transaction.Tx, accounts: Sequence[UUID], now: datetime) -> Mapping[UUID, str]:
        return {each: "high" if each in self.high else "medium" for each in accounts}


class Teller:
    """Remembers what customers were told."""

    def __init__(self) -> None:
        self.said: list[tuple[UUID, str]] = []

    async def told(self, tx: transaction.Tx, account: UUID, notice: model.Notice, level: int) -> None:
        assert level
        self.said.append((account, notice.value))


class Cases:
    """Opens a case as a row, so that the end of a process shows whether it was opened once."""

    async def open_(
        self,
        tx: transaction.Tx,
        *,
        kind: str,
        subject: UUID,
        reasons: tuple[str, ...],
        link: UUID | None,
        now: datetime,
        random: ids.Ids,
    ) -> UUID:
        assert reasons
        number = random.ref()
        await tx.execute(
            "INSERT INTO opened_case (id, kind, subject, link) VALUES ($1, $2, $3, $4)", number, kind, subject, link
        )
        return number


CASES = """
CREATE TABLE opened_case (id uuid PRIMARY KEY, kind text, subject uuid, link uuid, UNIQUE (kind, subject, link));
CREATE TABLE cancelled (name text, saga uuid, PRIMARY KEY (name, saga));
GRANT SELECT, INSERT ON opened_case, cancelled TO customer_api, customer_worker;
"""


class Scanner:
    """Finds what it is told to find."""

    def __init__(self) -> None:
        self.clean = True
        self.down = False

    async def is_clean(self, data: bytes) -> bool:
        if self.down:
            raise refusals.ScannerDown("down")
        return self.clean


@dataclasses.dataclass
class House:
    """One test's onboarding. `api` is what requests run with, `shop` what the worker runs with."""

    access: access_houses.House
    worker: transaction.Database
    api: wiring.Kyc
    shop: wiring.Workshop
    channel: UUID
    screening: Screening
    risks: Risks
    scanner: Scanner
    teller: Teller

    @property
    def time(self) -> clock.ManualClock:
        return self.access.time

    @property
    def handlers(self) -> jobs.Handlers:
        return jobs.Handlers(self.shop)

    def later(self, **by: float) -> None:
        self.time.advance(timedelta(**by))

    def verified_by(self, provider: ports.Provider) -> None:
        """Have somebody else verify from now on."""
        self.api = self.api._replace(provider=provider)
        self.shop = self.shop._replace(kyc=self.api)
        self.access.inner.state.update({"kyc": self.api})

    async def run(self, work: Callable[[transaction.Tx], Awaitable[T]]) -> T:
        return await self.worker.run("test", work)

    async def customer(self) -> "Customer":
        person = await self.access.person(access_model.Role.INVESTOR)
        caller = msgspec.structs.replace(person.caller(), role=access_model.Role.INVESTOR)
        self.access.desk.callers[person.token] = caller
        await self.access.db.run("test.vault", lambda tx: self.api.vault.create(tx, person.account))
        return Customer(self, person)

    async def officer(self, *items: Any) -> access_houses.Person:
        return await self.access.person(access_model.Role.STAFF, *(items or (access_model.Preset.KYC_OFFICER,)))

    async def standing(self, account: UUID) -> model.Standing:
        return (await self.run(lambda tx: standing.of(tx, [account], self.time.now())))[account]

    async def rows(self, statement: str, *arguments: object) -> list[Any]:
        return list(await self.access.superuser.fetch(statement, *arguments))

    async def state(self, application: str) -> str:
        return str(
            await self.access.superuser.fetchval(
                "SELECT state::text FROM kyc_application WHERE id = $1", UUID(application)
            )
        )

    async def waiting(self, application: str) -> str:
        return str(
            await self.access.superuser.fetchval("SELECT waiting FROM kyc_application WHERE id = $1", UUID(application))
        )

    async def work(self) -> None:
        """Do what was promised, as the worker would, until nothing is left."""
        done: set[UUID] = set()
        while found := [
            row for row in await self.rows("SELECT id, payload FROM job ORDER BY created_at") if row["id"] not in done
        ]:
            for row in found:
                done.add(row["id"])
                await self._do(row["payload"])
        await self.access.superuser.execute("DELETE FROM job")

    async def _do(self, payload: bytes) -> None:
        job: Any = records.decode(payload, records.Job)
        handlers = self.handlers
        outside: dict[type, Any] = {
            jobs.Begin: handlers.verify,
            jobs.Scan: handlers.scan,
            jobs.RunSaga: handlers.run_saga,
            jobs.Redact: handlers.redact,
        }
        inside: dict[type, Any] = {jobs.Attach: handlers.attach, jobs.Thaw: handlers.thaw}
        if type(job) in outside:
            await outside[type(job)](self.worker, job)
        elif type(job) in inside:
            await self.run(lambda tx: inside[type(job)](tx, job))

    async def in_review(self, customer: "Customer", level: int = 1) -> str:
        application = await customer.applies(level)
        await self.work()
        assert await self.state(application) == "in_review"
        return application

    async def decided(
        self, officer: access_houses.Person, application: str, verdict: str = "approve", **more: Any
    ) -> loopback.Answer:
        """Claimed and decided by an officer."""
        path = f"/api/v1/admin/kyc/applications/{application}"
        tag = (await officer.get(path)).header("etag") or ""
        claimed = await officer.send("POST", f"{path}/claim", None, ("if-match", tag))
        assert claimed.status == 200, claimed
        tag = claimed.header("etag") or ""
        return await officer.send("POST", f"{path}/decision", {"verdict": verdict, **more}, ("if-match", tag))


@dataclasses.dataclass(frozen=True)
class Customer:
    """Somebody who applies."""

    house: House
    person: access_houses.Person

    @property
    def account(self) -> UUID:
        return self.person.account

    async def get(self, path: str) -> loopback.Answer:
        return await self.person.get(path)

    async def send(self, method: str, path: str, body: Any = None, *headers: tuple[str, str]) -> loopback.Answer:
        return await self.person.send(method, path, body, *headers)

    async def begins(self, level: int = 1, key: str = "begin-1") -> loopback.Answer:
        return await self.send(
            "POST",
            "/api/v1/kyc/applications",
            {"level": level},
            ("idempotency-key", f"{key}-{level}-{self.house.time.now()}".replace(" ", "")),
        )

    async def draft(self, level: int = 1) -> str:
        answer = await self.begins(level)
        assert answer.status == 201, answer
        return str(answer.json["id"])

    async def submits(self, application: str, etag: str | None = None, **more: Any) -> loopback.Answer:
        path = f"/api/v1/kyc/applications/{application}"
        tag = etag or (await self.get(path)).header("etag") or ""
        return await self.send("POST", f"{path}/submit", FORM | more, ("if-match", tag))

    async def applies(self, level: int = 1, **more: Any) -> str:
        application = await self.draft(level)
        if not self.house.api.provider.hosted:
            for kinds in self.house.api.policy().level(level).uploads:
                await self.uploads(application, min(kinds))
        answer = await self.submits(application, **more)
        assert answer.status == 200, answer
        return application

    async def uploads(self, application: str, kind: str = "identity_front", data: bytes | None = None) -> str:
        data = png() if data is None else data
        upload, answer = await self.sends(application, kind, data)
        assert answer.status == 200, answer
        return upload

    async def sends(self, application: str, kind: str, data: bytes) -> tuple[str, loopback.Answer]:
        announced = await self.send(
            "POST", f"/api/v1/kyc/applications/{application}/uploads", {"kind": kind, "size": len(data)}
        )
        assert announced.status == 201, announced
        upload, size = announced.json["id"], announced.json["part_bytes"]
        for part in range(announced.json["parts"]):
            answer = await self.puts(upload, part, data[part * size : (part + 1) * size])
            assert answer.status == 204, answer
        return upload, await self.send("POST", f"/api/v1/kyc/uploads/{upload}/complete")

    async def puts(
        self, upload: str, part: int, data: bytes, kind: str = "application/octet-stream"
    ) -> loopback.Answer:
        return await self.house.access.client.request(
            "PUT", f"/api/v1/kyc/uploads/{upload}/parts/{part}", data, *self.person.headers, ("content-type", kind)
        )

    async def shown(self, application: str) -> Any:
        return (await self.get(f"/api/v1/kyc/applications/{application}")).json


def body(**more: Any) -> bytes:
    return json.dumps(more).encode()
