"""A house that moves money: a ledger with currencies, providers on a simulator, clearance and screening that obey."""

import dataclasses
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from boundary.kernel import clock, ids, records
from boundary.kernel.runtime import transaction
from customer_stack import tables
from customer_stack.ledger import model as ledger
from customer_stack.ledger.service import accounts, posting, proving
from customer_stack.payments import ports
from customer_stack.payments.adapters import bank_files, circle, currencycloud, hooks, openpayd, payee
from customer_stack.payments.model import beneficiaries as beneficiary_model
from customer_stack.payments.model import travel
from customer_stack.payments.model.messages import Party
from customer_stack.payments.model.payouts import Withdrawal
from customer_stack.payments.model.rails import Rail
from customer_stack.payments.repo import withdrawals as repo
from customer_stack.payments.service import beneficiaries, sending, wiring, withdrawals
from customer_stack.payments.simulators.providers import server
from customer_stack.vault import service as vaults
from customer_stack.vault.adapters import files, opening
from tests import stacks
from tests.customer import clearing

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)  # a Monday
USD = ledger.Asset(1, "USD", 6, ledger.AssetKind.CURRENCY)
EUR = ledger.Asset(2, "EUR", 2, ledger.AssetKind.CURRENCY)
LKR = ledger.Asset(3, "LKR", 2, ledger.AssetKind.CURRENCY)
IBANS = ["DE89370400440532013000", "FR1420041010050500013M02606", "NO9386011117947"]
WEBHOOK_SECRET = "whsec_" + "A" * 43 + "="
CREDIT = ledger.AMOUNT_MAX


class Why(NamedTuple):
    code: str


class Said(NamedTuple):
    id: UUID
    operation: UUID
    answer: str
    reasons: tuple[Why, ...]
    told: tuple[str, ...] = ()


class Clearance:
    """Allows and refuses by rule: whoever is in `refused`, and whatever is above `most`."""

    def __init__(self, random: ids.Ids) -> None:
        self.ids = random
        self.refused: set[UUID] = set()
        self.reviewed: set[UUID] = set()
        self.decided: dict[UUID, str] = {}
        self.seen: list[ports.Operation] = []

    async def evaluate(self, tx: transaction.Tx, operations: Sequence[ports.Operation], now: datetime) -> list[Said]:
        self.seen += operations
        said = [
            Said(self.ids.ref(), each.id, "refuse", (Why("limit_day"), Why("monitoring_alert")), ("limit_day",))
            if each.account in self.refused
            else Said(self.ids.ref(), each.id, "review", (Why("monitoring_alert"),))
            if each.account in self.reviewed and self.decided.get(each.id) != "released"
            else Said(self.ids.ref(), each.id, "allow", ())
            for each in operations
        ]
        allowed = [(each.id, asked) for each, asked in zip(said, operations, strict=True) if each.answer == "allow"]
        await clearing.allow(tx, "withdrawal", [number for number, _ in allowed], [asked for _, asked in allowed])
        return said


class Reviews:
    """What staff decided about what that clearance held up."""

    def __init__(self, clearance: Clearance) -> None:
        self.clearance = clearance

    async def of(self, tx: transaction.Tx, operations: Sequence[UUID]) -> dict[UUID, str]:
        return {each: self.clearance.decided.get(each, "open") for each in operations}


class Customers:
    """Everybody is somebody; those in `frozen_` may do nothing."""

    def __init__(self) -> None:
        self.frozen_: set[UUID] = set()

    async def originator(self, tx: transaction.Tx, account: UUID) -> travel.Party:
        return travel.Party(name="Grace Example", address="1 Example Road, Colombo, LK")

    async def frozen(self, tx: transaction.Tx, account: UUID, now: datetime) -> bool:
        return account in self.frozen_


class Screener:
    def __init__(self) -> None:
        self.said = beneficiary_model.Screened.CLEAR
        self.since: dict[UUID, beneficiary_model.Screened] = {}

    async def standing(
        self, tx: transaction.Tx, subjects: Sequence[UUID], now: datetime
    ) -> dict[UUID, beneficiary_model.Screened]:
        return self.since

    async def screen(
        self, tx: transaction.Tx, subject: UUID, owner: UUID, name: str, countries: tuple[str, ...], trigger: str
    ) -> beneficiary_model.Screened:
        return self.said


@dataclasses.dataclass
class House:
    schema: stacks.StackDatabase
    db: transaction.Database
    pay: wiring.Payments
    time: clock.ManualClock
    ids: ids.Ids
    server: server.Server
    clearance: Clearance
    screener: Screener
    folder: Path

    def wait(self, **by: int) -> None:
        self.time.advance(timedelta(**by))

    async def customer(self, asset: ledger.Asset = EUR, amount: int = 1_000_00) -> UUID:
        """Somebody with money."""
        account = self.ids.ref()

        async def work(tx: transaction.Tx) -> None:
            await self.pay.vault.create(tx, account)
            cash = await accounts.ensure(tx, account, ledger.Kind.CUSTOMER_CASH, asset.number, self.ids)
            bank = await accounts.ensure(tx, ledger.HOUSE, ledger.Kind.BANK, asset.number, self.ids)
            await posting.post_all(
                tx, [ledger.Transfer(self.ids.ref(), bank.id, cash.id, amount, asset.number, 1)], self.time.now()
            )

        await self.db.run("t", work)
        return account

    async def beneficiary(
        self, account: UUID, currency: str = "EUR", country: str = "DE", iban: str = IBANS[0], **details: Any
    ) -> beneficiary_model.Opened:
        """Somebody to be paid, past the cool-down."""
        if currency == "EUR":
            details = {"iban": iban} | details
        wanted = beneficiaries.Wanted(
            name="Ada Example", currency=currency, country=country, details=beneficiary_model.Details(**details)
        )
        checked, said = await beneficiaries.asked(self.pay, wanted)
        found = await self.db.run("t", lambda tx: beneficiaries.add(tx, self.pay, account, wanted, checked, said))
        self.wait(hours=25)
        return found

    async def withdraw(self, account: UUID, payee_: beneficiary_model.Opened, amount: str = "100.00") -> Withdrawal:
        wanted = withdrawals.Wanted(beneficiary=payee_.beneficiary.id, amount=amount)
        return await self.db.run("t", lambda tx: withdrawals.create(tx, self.pay, account, wanted))

    async def send(self, id_: UUID) -> Withdrawal:
        await sending.one(self.db, self.pay, id_)
        return await self.show(id_)

    async def show(self, id_: UUID) -> Withdrawal:
        found = await self.db.read("t", lambda tx: repo.one(tx, id_))
        assert found is not None
        return found

    async def sweep(self) -> int:
        return await sending.due(self.db, self.pay, 60)

    async def balance(self, account: UUID, asset: ledger.Asset = EUR) -> tuple[int, int]:
        """Total and held."""
        for each in await self.db.read("t", lambda tx: accounts.of_owner(tx, account)):
            if (each.code, each.asset) == (ledger.Kind.CUSTOMER_CASH, asset.number):
                return each.total, each.held
        return 0, 0

    async def house(self, kind: ledger.Kind, asset: ledger.Asset = EUR) -> int:
        for each in await self.db.read("t", lambda tx: accounts.of_owner(tx, ledger.HOUSE)):
            if (each.code, each.asset) == (kind, asset.number):
                return each.total
        return 0

    async def verified(self) -> None:
        report = await proving.verify(self.db)
        assert report.fault == ""

    async def entries(self, kind: type[records.Entry]) -> list[Any]:
        raw = await self.schema.superuser()
        rows = await raw.fetch("SELECT payload FROM audit_entry ORDER BY id")
        await raw.close()
        every = [records.decode(row[0], records.Entry) for row in rows]
        return [entry for entry in every if isinstance(entry, kind)]


def providers(simulator: server.Server, folder: Path) -> dict[str, ports.Provider]:
    url, seconds = simulator.url, 30
    for name in bank_files.FOLDERS:
        (folder / name).mkdir()
    house = Party(name="House of Example", account="7010-001-1234567890")
    lanka = frozenset({"LKR"})
    return {
        "bank": bank_files.BankFiles(
            folder, house, {Rail.CEFTS: lanka, Rail.SLIPS: lanka, Rail.RTGS: lanka}, [WEBHOOK_SECRET]
        ),
        "circle": circle.Circle(url, server.KEY, [simulator.public_key], [server.TOPIC], seconds=seconds),
        "currencycloud": currencycloud.Currencycloud(
            url, server.LOGIN, server.KEY, [simulator.secret], seconds=seconds
        ),
        "openpayd": openpayd.OpenPayd(
            url, server.LOGIN, server.KEY, "ACCOUNT-1", [simulator.public_key], seconds=seconds
        ),
    }


def vault(random: ids.Ids, time: clock.Clock) -> vaults.Vault:
    keys = files.Files({1: bytes(range(32))})
    return vaults.Vault(keys, bytes(32), random, time, columns=opening.columns(tables.METADATA))


POLICY = wiring.Policy(country="LK", approval_above={"EUR": 10_000_00, "USD": 10_000_00, "LKR": 3_000_000_00})


async def made(
    schema: stacks.StackDatabase, db: transaction.Database, simulator: server.Server, folder: Path, country: str = "DE"
) -> House:
    time = clock.ManualClock(NOW)
    random = ids.SeededIds(7, time)
    clearance, screener = Clearance(random), Screener()
    policy = wiring.Policy(country=country, approval_above=POLICY.approval_above)
    pay = wiring.Payments(
        vault(random, time), clearance, screener, Customers(), Reviews(clearance), payee.HttpPayee(simulator.url, "k"), providers(simulator, folder),
        policy, time, random,
    )  # fmt: skip

    async def assets(tx: transaction.Tx) -> None:
        for each in (USD, EUR, LKR):
            await accounts.add_asset(tx, each)

    raw = await schema.connect("customer_operator", size=1)
    await raw.run("t", assets)
    await raw.close()
    return House(schema, db, pay, time, random, simulator, clearance, screener, folder)


@pytest.fixture
async def simulator() -> AsyncIterator[server.Server]:
    found = server.Server()
    await found.start()
    yield found
    await found.stop()


@pytest.fixture
async def house(
    customer_schema: stacks.StackDatabase, simulator: server.Server, tmp_path: Path
) -> AsyncIterator[House]:
    db = await customer_schema.connect("customer_worker", size=8)
    found = await made(customer_schema, db, simulator, tmp_path)
    yield found
    for each in found.pay.providers.values():
        await each.close()
    await found.pay.payee.close()  # type: ignore[attr-defined]  # the HTTP one
    await db.close()


@pytest.fixture
async def teller() -> AsyncIterator[hooks.Hooks]:
    found = hooks.Hooks(seconds=30)
    yield found
    await found.close()
