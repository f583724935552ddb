"""A bank that exchanges files, written from ISO 20022 and the Standard Webhooks specification alone.

Money comes to it by `POST /credits`, as if somebody's bank had sent it: a webhook tells of it at once, the statement of
the day names it again. Files that appear in the folder `outbox` are payments to make: read, booked and moved to `done`,
or to `refused` if they cannot be read or name no amount. What a payment's fate is, only the statement says.
"""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET
from xml.sax import saxutils

import aiohttp
from aiohttp import web

from boundary.kernel import clock, ids

ACCOUNT = "7010-001-1234567890"
LOOK = 1
ATTEMPTS = 6
_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


class Line(NamedTuple):
    """A booked entry of an account."""

    reference: str
    currency: str
    amount: Decimal
    credit: bool
    at: datetime
    text: str = ""
    end_to_end: str = "NOTPROVIDED"
    other: str = ""


class Server:
    """`tells` is the address that webhooks go to, signed with `secret`; without one nobody is told."""

    def __init__(
        self, folder: Path, tells: str = "", secret: str = "", time: clock.Clock | None = None, account: str = ACCOUNT
    ) -> None:
        self.lines: list[Line] = []
        self.port = 0
        self._folder = folder
        self._tells = tells
        self._secret = secret
        self._time = time or clock.SystemClock()
        self._ids = ids.SystemIds()
        self._account = account
        self._told: set[asyncio.Task[None]] = set()
        self._runner: web.AppRunner | None = None
        self._looking: asyncio.Task[None] | None = None

    async def start(self, port: int = 0) -> None:
        for name in ("outbox", "done", "refused"):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        app = web.Application()
        app.add_routes([web.post("/credits", self._credit), web.get("/statement", self._statement)])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.port = int(self._runner.addresses[0][1])
        self._looking = asyncio.create_task(self._look())

    async def stop(self) -> None:
        assert self._runner is not None, "it was started"
        for task in (self._looking, *self._told):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        await self._runner.cleanup()

    # ---- money that comes

    async def _credit(self, request: web.Request) -> web.Response:
        """`{"currency": "LKR", "amount": "100.00", "text": "RF…", "payer": "…"}`: somebody's bank sent it."""
        said: dict[str, Any] = await request.json()
        try:
            amount = Decimal(str(said["amount"]))
        except (InvalidOperation, KeyError):
            return web.json_response({"error": "amount"}, status=400)
        line = Line(
            f"C{self._ids.ref().hex[:15].upper()}", str(said["currency"]), amount, True, self._time.now(),
            str(said.get("text", "")), other=str(said.get("payer", "")),
        )  # fmt: skip
        self.lines.append(line)
        if self._tells:
            task = asyncio.create_task(self._tell(line))
            self._told.add(task)
            task.add_done_callback(self._told.discard)
        return web.json_response({"reference": line.reference}, status=201)

    def webhook(self, line: Line) -> tuple[dict[str, str], bytes]:
        """What it says of a credit, and how it signs that."""
        body = json.dumps(
            {
                "account": self._account,
                "reference": line.reference,
                "currency": line.currency,
                "amount": str(line.amount),
                "value_date": line.at.date().isoformat(),
                "remittance": line.text,
            }
        ).encode()
        id_, stamp = f"msg_{line.reference}", str(clock.to_micros(self._time.now()) // 1_000_000)
        key = base64.b64decode(self._secret.removeprefix("whsec_"))
        tag = hmac.new(key, f"{id_}.{stamp}.".encode() + body, hashlib.sha256).digest()
        signature = f"v1,{base64.b64encode(tag).decode()}"
        headers = {"webhook-id": id_, "webhook-timestamp": stamp, "webhook-signature": signature}
        return {"content-type": "application/json"} | headers, body

    async def _tell(self, line: Line) -> None:
        """Told until it is taken, a few times; after that the statement has to do."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
            for attempt in range(ATTEMPTS):
                headers, body = self.webhook(line)
                with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                    async with session.post(self._tells, data=body, headers=headers) as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(2**attempt)

    # ---- payments that it is asked to make

    async def _look(self) -> None:
        while True:
            self.collect()
            await asyncio.sleep(LOOK)

    def collect(self) -> None:
        """Everything that lies in the outbox. A file is there whole or not at all."""
        for file in sorted((self._folder / "outbox").glob("*.xml")):
            try:
                lines = self._paid(file.read_bytes())
            except (ET.ParseError, InvalidOperation, AttributeError, TypeError):
                file.rename(self._folder / "refused" / file.name)
                continue
            self.lines += lines
            file.rename(self._folder / "done" / file.name)

    def _paid(self, data: bytes) -> list[Line]:
        """The transactions of a pain.001, whichever version."""
        found = []
        for each in ET.fromstring(data).iterfind(".//{*}CdtTrfTxInf"):  # noqa: S314 -- as above
            amount = each.find("{*}Amt/{*}InstdAmt")
            found.append(
                Line(
                    f"D{self._ids.ref().hex[:15].upper()}",
                    amount.attrib["Ccy"],  # type: ignore[union-attr]  # a file without one is refused
                    Decimal(amount.text),  # type: ignore[union-attr, arg-type]  # likewise
                    False,
                    self._time.now(),
                    end_to_end=str(each.findtext("{*}PmtId/{*}EndToEndId")),
                    other=str(each.findtext("{*}Cdtr/{*}Nm")),
                )
            )
        if not found:
            raise AttributeError("CdtTrfTxInf")
        return found

    # ---- statements

    async def _statement(self, request: web.Request) -> web.Response:
        return web.Response(body=self.statement(request.query["currency"]), content_type="application/xml")

    def statement(self, currency: str) -> bytes:
        """camt.053 of all that was booked in a currency so far."""
        mine = [each for each in self.lines if each.currency == currency]
        now, number = self._time.now().isoformat(), self._ids.ref().hex[:16].upper()
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{_NAMESPACE}"><BkToCstmrStmt><GrpHdr>'
            f"<MsgId>{number}</MsgId><CreDtTm>{now}</CreDtTm></GrpHdr><Stmt><Id>{number}</Id><CreDtTm>{now}</CreDtTm>"
            f"<Acct><Id><Othr><Id>{self._account}</Id></Othr></Id><Ccy>{currency}</Ccy></Acct>"
            + "".join(_entry(each) for each in mine)
            + "</Stmt></BkToCstmrStmt></Document>"
        ).encode()


def _entry(line: Line) -> str:
    day, other = line.at.date().isoformat(), saxutils.escape(line.other)
    role = "Dbtr" if line.credit else "Cdtr"
    party = f"<RltdPties><{role}><Pty><Nm>{other}</Nm></Pty></{role}></RltdPties>" if other else ""
    text = f"<RmtInf><Ustrd>{saxutils.escape(line.text)}</Ustrd></RmtInf>" if line.text else ""
    return (
        f'<Ntry><Amt Ccy="{line.currency}">{line.amount}</Amt><CdtDbtInd>{"CRDT" if line.credit else "DBIT"}</CdtDbtInd>'
        f"<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>"
        f"<AcctSvcrRef>{line.reference}</AcctSvcrRef><NtryDtls><TxDtls><Refs><EndToEndId>"
        f"{saxutils.escape(line.end_to_end)}</EndToEndId></Refs>{party}{text}</TxDtls></NtryDtls></Ntry>"
    )
