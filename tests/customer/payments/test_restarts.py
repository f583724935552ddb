"""The database stops at once at every named step of a deposit, a conversion and a withdrawal, and an import's process is killed.

Whoever asked asks again, as a provider, a customer and a job do; at the end every cent is where it belongs, once.
"""

import asyncio
import contextlib
import os
import pathlib
import random  # noqa: TID251 -- seeds are printed
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from boundary.kernel import primitives
from boundary.kernel.runtime import idempotency, transaction
from customer_stack.fx import model
from customer_stack.fx.service import converting
from customer_stack.ledger import model as ledger
from customer_stack.payments.formats import standard_webhooks
from customer_stack.payments.model import entries
from customer_stack.payments.model.deposits import AlreadyImported, ImportState
from customer_stack.payments.model.payouts import State
from customer_stack.payments.service import hearing, importing, sending, withdrawals
from customer_stack.payments.simulators.providers import server
from customer_stack.payments.simulators.providers.server import Fate
from deploy.local import postgres
from tests import stacks
from tests.customer import stopping
from tests.customer.fx import conftest as fx
from tests.customer.fx import test_converting
from tests.customer.fx import test_faults as fx_faults
from tests.customer.ledger import test_faults as ledger_faults
from tests.customer.payments import conftest
from tests.customer.payments.conftest import WEBHOOK_SECRET, House
from tests.customer.payments.test_deposits import SOMEBODY, entry, reference, statement

ROOT = pathlib.Path(__file__).parents[3]
FEE = 5_00
TERMS = msgspec.structs.replace(fx.TERMS, lifetime_seconds=86_400, customer_open_max=10**12)
LASTING = msgspec.structs.replace(fx.POLICY, pairs=(TERMS,))
"""A run of many restarts takes longer than a quote lives."""
Own = tuple[postgres.Cluster, stacks.StackDatabase]
own_cluster = ledger_faults.own_cluster

CREDITED = ("payment_event", "ledger_transfer", "ledger_balance", "deposit", "payment_hook_event", "audit_entry")
"""What a deposit by webhook writes, in its order."""
IMPORTED = ("payment_statement", "payment_statement_part", "deposit")
"""What a statement writes besides."""
WITHDRAWN = ("withdrawal", "ledger_transfer", "ledger_balance", "withdrawal_step=queued", "idempotency")
SENT = ("withdrawal_step=sending", "withdrawal_step=submitted")
SETTLED = ("payment_event", "ledger_transfer", "withdrawal_step=completed", "audit_entry")


class Run:
    """A house on a server of its own, with somebody who pays in and out, and what they should have by now."""

    def __init__(self, cluster: postgres.Cluster, house: House, api: transaction.Database) -> None:
        self.cluster, self.house, self.api = cluster, house, api
        self.expected = 0
        self.fees = 0
        self.lines = 0

    async def begin(self) -> None:
        self.one = await self.house.customer(amount=1_000_00)
        self.payee = await self.house.beneficiary(self.one)
        self.text = await reference(self.house, self.one)
        self.expected = 1_000_00
        self.exchange = await fx.opened(self.house.schema, customers=1, seed=8)
        self.exchange.desk = self.exchange.desk._replace(policy=LASTING)
        self.converter = converting.Converter(self.exchange.db, self.exchange.desk)

    async def close(self) -> None:
        await self.exchange.db.close()
        await self.exchange.worker.close()

    async def at(self, step: str, act: stopping.Act) -> None:
        if step:
            await stopping.stopped_at(self.cluster, self.house.schema, step, act)
        else:
            await act()

    async def webhook(self, step: str) -> None:
        self.lines += 1
        body = (
            f'{{"account":"A","reference":"W{self.lines}","currency":"EUR","amount":"1.00","value_date":"2026-03-01",'
            f'"remittance":"{self.text}"}}'
        ).encode()
        headers = standard_webhooks.headers(WEBHOOK_SECRET, f"msg_{self.lines}", self.house.time.now(), body)
        await self.at(step, lambda: hearing.hear(self.house.db, self.house.pay, "bank", headers, body))
        self.expected += 1_00

    async def statement(self, step: str) -> None:
        self.lines += 1
        house, data = self.house, statement([entry(self.text, "2.00", f"S{self.lines}")], f"S{self.lines}")

        async def act() -> None:
            try:
                id_ = (await importing.take(house.db, house.pay, "bank", data, SOMEBODY)).id
            except AlreadyImported as before:
                id_ = UUID(str(before.facts["id"]))
            assert await importing.read(house.db, house.pay, id_)

        await self.at(step, act)
        self.expected += 2_00

    async def withdrawal(self, step: str) -> None:
        """Asked for, handed over, completed, with the plug pulled at one of its steps, of whichever part."""
        house, self.lines = self.house, self.lines + 1
        house.wait(minutes=1)  # numbers made in one moment have no order
        slot = primitives.sha256(f"withdrawal/{self.lines}".encode())
        claim = idempotency.Claim(slot, slot)
        wanted = withdrawals.Wanted(beneficiary=self.payee.beneficiary.id, amount="3.00")

        async def ask(tx: transaction.Tx) -> tuple[int, Any]:
            return 201, {"id": str((await withdrawals.create(tx, house.pay, self.one, wanted)).id)}

        async def create() -> None:
            await idempotency.run(self.api, "payments.withdraw", claim, ask)

        part, _, named = step.partition("/")
        await self.at(named if part == "withdrawn" else "", create)
        (made,) = await house.db.read("t", lambda tx: withdrawals.listed(tx, self.one, None, 1))

        async def send() -> None:
            await sending.one(house.db, house.pay, made.id)

        await self.at(named if part == "sent" else "", send)
        while (await house.show(made.id)).state is not State.SUBMITTED:  # of unknown fate, until it is read back
            house.wait(minutes=3)
            await house.sweep()
        headers, body = house.server.settle(made.id.hex, Fate.COMPLETED)
        await self.at(
            named if part == "settled" else "", lambda: hearing.hear(house.db, house.pay, made.provider, headers, body)
        )
        assert (await house.show(made.id)).state is State.COMPLETED
        self.expected -= 3_00 + FEE
        self.fees += FEE

    async def conversion(self, step: str) -> None:
        """A quote is used, with the plug pulled at a step; asked again under its key, it was used once."""
        await self.exchange.both()
        quote = await self.exchange.quote("10.00")
        command = self.exchange.command(quote)
        before = await self.exchange.balances(quote.account)

        async def act() -> model.Conversion:
            return await self.converter.submit(command)

        await self.at(step, act)
        assert (await act()).quote == quote.id
        after = await self.exchange.balances(quote.account)
        assert after["LKR", "CUSTOMER_CASH"] == before["LKR", "CUSTOMER_CASH"] - quote.sell_units
        assert after["USD", "CUSTOMER_CASH"] == before["USD", "CUSTOMER_CASH"] + quote.buy_units

    async def check(self) -> None:
        await test_converting.assert_in_step(self.exchange)
        assert await self.house.balance(self.one) == (self.expected, 0)
        assert await self.house.house(ledger.Kind.FEES) == self.fees
        assert len(self.house.server.payments) == self.fees // FEE
        assert await self.house.house(ledger.Kind.SUSPENSE) == 0
        await self.house.verified()


@contextlib.asynccontextmanager
async def run(own: Own, simulator: server.Server, folder: Path) -> AsyncIterator[Run]:
    cluster, schema = own
    db, api = await schema.connect("customer_worker", size=4), await schema.connect("customer_api", size=2)
    house = await conftest.made(schema, db, simulator, folder)
    found = Run(cluster, house, api)
    await found.begin()
    try:
        yield found
        await found.check()
    finally:
        for each in house.pay.providers.values():
            await each.close()
        await house.pay.payee.close()
        await found.close()
        await api.close()
        await db.close()


def steps() -> list[tuple[str, str]]:
    parts: dict[str, Sequence[str]] = {"withdrawn": WITHDRAWN, "sent": SENT, "settled": SETTLED}
    return [
        *(("webhook", each) for each in CREDITED),
        *(("statement", each) for each in IMPORTED),
        *(("conversion", each) for each in fx_faults.STEPS),
        *(("withdrawal", f"{part}/{each}") for part, some in parts.items() for each in some),
    ]


async def test_a_server_that_stops_at_a_step_of_a_deposit_conversion_or_withdrawal_loses_and_doubles_nothing(
    own_cluster: Own, simulator: server.Server, tmp_path: Path
) -> None:
    """At one step of each; every step has its turn under `faults`."""
    async with run(own_cluster, simulator, tmp_path) as found:
        for what, step in (
            ("webhook", "deposit"),
            ("conversion", "fx_conversion"),
            ("withdrawal", "settled/withdrawal_step=completed"),
        ):
            await getattr(found, what)(step)


@pytest.mark.faults
@pytest.mark.timeout(3600)
async def test_a_server_that_stops_at_every_step_twenty_times_loses_and_doubles_nothing(
    own_cluster: Own, simulator: server.Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int.from_bytes(os.urandom(4), "big")
    chance = random.Random(seed)
    async with run(own_cluster, simulator, tmp_path) as found:
        for turn in range(20):
            order = steps()
            chance.shuffle(order)
            for what, step in order:
                await getattr(found, what)(step)
            await found.check()
            with capsys.disabled():
                sys.stdout.write(f"seed {seed}, turn {turn + 1}: {len(order)} restarts, nothing lost\n")


# ---- the process of an import


async def killed(house: House, tmp_path: Path, places: Sequence[int], lines: int) -> None:
    """An import's process is killed after so many lines, again and again; one that is left alone ends it."""
    one = await house.customer(amount=1)
    text = await reference(house, one)
    data = statement([entry(text, "1.00", f"B{n}") for n in range(lines)])
    file = tmp_path / "statement.xml"
    file.write_bytes(data)

    def once(place: int) -> tuple[int, bytes]:
        command = [sys.executable, "-m", "tests.customer.payments.importing_process",
                   house.schema.url("customer_worker"), str(file), str(place)]  # fmt: skip
        done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, timeout=120)
        return done.returncode, done.stderr

    for place in places:
        status, said = await asyncio.to_thread(once, place)
        assert status == -9, said.decode()
    await house.db.run("t", _release)
    kept = await house.db.read("t", lambda tx: importing.listed(tx, None, 9))
    assert await importing.read(house.db, house.pay, kept[0].id)
    (found,) = await house.db.read("t", lambda tx: importing.listed(tx, None, 9))
    assert (found.state, found.lines, found.booked) == (ImportState.DONE, lines, lines)
    assert (await house.balance(one))[0] == 1 + lines * 1_00
    await house.verified()


async def _release(tx: transaction.Tx) -> None:
    """Nothing of the killed process is waited for: the server notices its death when it next looks."""
    await tx.value("SELECT pg_advisory_xact_lock(hashtextextended('deposit/bank', 0))::text")


async def test_an_import_whose_process_is_killed_goes_on_and_books_each_line_once(house: House, tmp_path: Path) -> None:
    await killed(house, tmp_path, [20], 45)


@pytest.mark.faults
@pytest.mark.timeout(3600)
async def test_an_import_whose_process_is_killed_again_and_again_books_each_line_once(
    house: House, tmp_path: Path
) -> None:
    await killed(house, tmp_path, range(30, 930, 30), 1_000)


# ---- the process of a freeze


async def frozen(house: House, kills: Sequence[int], count: int) -> None:
    """The process that ends withdrawals is killed after so many of them; whoever goes on ends all of them, once."""
    one = await house.customer()
    payee = await house.beneficiary(one)
    made = [await house.withdraw(one, payee, "1.00") for _ in range(count)]

    def once(ended: int) -> int:
        command = [sys.executable, "-m", "tests.customer.payments.freezing_process",
                   house.schema.url("customer_worker"), str(one), str(ended)]  # fmt: skip
        return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, timeout=120).returncode

    for ended in kills:
        assert await asyncio.to_thread(once, ended) == -9
        states = [(await house.show(each.id)).state for each in made]
        assert states == [State.QUEUED] * count
    step = withdrawals.CancelWithdrawals(house.pay)
    await house.db.run("t", lambda tx: step.apply(tx, one, UUID(int=9)))
    assert {(await house.show(each.id)).state for each in made} == {State.CANCELLED}
    assert await house.balance(one) == (1_000_00, 0)
    assert len(await house.entries(entries.WithdrawalsEnded)) == 1
    assert await house.sweep() == 0
    await house.verified()


async def test_a_freeze_whose_process_is_killed_ends_every_withdrawal_once(house: House) -> None:
    await frozen(house, [2], 3)


@pytest.mark.faults
@pytest.mark.timeout(3600)
async def test_a_freeze_whose_process_is_killed_at_every_withdrawal_ends_each_once(house: House) -> None:
    await frozen(house, range(1, 21), 20)
