"""A plain bank by file exchange: pain.001 into a folder, statements as camt by import, webhooks if the bank sends any.

A payout is a file of its own, named by its key and made by a rename that never replaces: written twice it is one. Where
the bank takes files from `outbox` it leaves them in `done` or `refused`; what became of a payment its statement says.
"""

import asyncio
import contextlib
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from uuid import UUID

import msgspec

from customer_stack.payments import ports
from customer_stack.payments.formats import decimals, pain001, standard_webhooks
from customer_stack.payments.model.hooks import BadEvent, Incoming, Kind, Seen
from customer_stack.payments.model.messages import Address, Agent, Initiation, Instruction, MessageRefused, Party
from customer_stack.payments.model.payouts import Found, Payout, Sent, Standing, Verdict
from customer_stack.payments.model.rails import Rail

FOLDERS = ("outbox", "done", "refused")
_SERVICES = {Rail.SEPA: "SEPA", Rail.SEPA_INSTANT: "SEPA", Rail.RTGS: "URGP", Rail.WIRE: "URGP", Rail.CHAPS: "URGP"}


class Credit(msgspec.Struct, frozen=True, kw_only=True):
    """What the bank's webhook says of money that came in. The reference is the one of its statement."""

    account: str
    reference: str
    currency: str
    amount: str
    value_date: date
    remittance: str = ""


class BankFiles(ports.Provider):
    def __init__(
        self,
        folder: Path,
        house: Party,
        rails: Mapping[Rail, frozenset[str]],
        secrets: Sequence[str] = (),
        *,
        name: str = "bank",
        version: str = "001.09",
    ) -> None:
        self._folder = folder
        self._house = house
        self._rails = dict(rails)
        self._secrets = tuple(secrets)
        self._name = name
        self._version = version

    @property
    def name(self) -> str:
        return self._name

    @property
    def rails(self) -> Mapping[Rail, frozenset[str]]:
        return self._rails

    async def send(self, payout: Payout) -> Sent:
        try:
            data = pain001.write(self._initiation(payout), self._version)
        except MessageRefused as refusal:
            return Sent(Verdict.REFUSED, code=str(refusal.facts.get("reason", refusal.code)))
        try:
            await asyncio.to_thread(self._put, payout.key, data)
        except OSError:
            there = await asyncio.to_thread(self._where, payout.key)
            return Sent(Verdict.ACCEPTED, payout.key) if there else Sent(Verdict.LATER, code="folder")
        return Sent(Verdict.ACCEPTED, payout.key)

    def _initiation(self, payout: Payout) -> Initiation:
        details, address = payout.details, payout.details.address
        bank, _, rest = details.lk_account.partition("-")
        creditor = Party(
            name=payout.name,
            iban=details.iban,
            account=rest or details.account_number,
            agent=Agent(bic=details.bic, clearing="USABA" if details.aba else "", member=details.aba or bank),
            address=Address(
                country=address.country, town=address.town, street=address.street, building=address.building,
                post_code=address.post_code,
            )
            if address is not None
            else None,
        )  # fmt: skip
        if bank:
            creditor = msgspec.structs.replace(creditor, agent=Agent(bic=details.bic), account=details.lk_account)
        instruction = Instruction(
            id=payout.key, currency=payout.currency, minor=payout.minor, creditor=creditor, remittance=payout.reference
        )
        return Initiation(
            id=payout.key,
            created_at=datetime.combine(payout.value_date, time(), UTC),
            execute_on=payout.value_date,
            debtor=self._house,
            instructions=(instruction,),
            service=_SERVICES.get(payout.rail, ""),
            local="INST" if payout.rail is Rail.SEPA_INSTANT else "",
        )

    def _put(self, key: str, data: bytes) -> None:
        """Nothing half written is ever seen, and nothing that is there is written over."""
        if self._where(key):
            return
        target = self._folder / "outbox" / f"{key}.xml"
        making = self._folder / f".{key}.{os.getpid()}"
        with making.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        try:
            with contextlib.suppress(FileExistsError):
                os.link(making, target)
        finally:
            making.unlink()

    def _where(self, key: str) -> str:
        return next((name for name in FOLDERS if (self._folder / name / f"{key}.xml").exists()), "")

    async def find(self, payout: Payout) -> Found:
        try:
            where = await asyncio.to_thread(self._where, payout.key)
        except OSError:
            return Found(Standing.UNKNOWN, code="folder")
        if where == "refused":
            return Found(Standing.FAILED, payout.key, "file_refused")
        return Found(Standing.PENDING, payout.key) if where else Found(Standing.NONE)

    def event(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Incoming:
        id_ = standard_webhooks.verify(self._secrets, headers, body, now)
        try:
            said = msgspec.json.decode(body, type=Credit)
            minor = decimals.read(said.amount, said.currency)
        except (msgspec.MsgspecError, MessageRefused):
            raise BadEvent(Seen.MALFORMED) from None
        return Incoming(
            key=id_, kind=Kind.FUNDS, reference=f"{said.account}\n{said.reference}", currency=said.currency, minor=minor,
            day=said.value_date.toordinal(), texts=(said.remittance[:512],),
        )  # fmt: skip

    async def open_account(self, _reference: UUID, _currency: str) -> str:
        return ""

    async def close(self) -> None:
        """Nothing is held open."""
