"""Nothing is lost and nothing is converted twice, wherever the process that converts is killed."""

import asyncio
import contextlib
import pathlib
import random  # noqa: TID251 -- seeds are printed
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from uuid import UUID

import msgspec
import pytest

from customer_stack.fx import model
from customer_stack.fx.service import quotes
from deploy.local import postgres
from tests import stacks
from tests.customer.fx import conftest as house
from tests.customer.fx import test_converting
from tests.customer.ledger import test_faults as ledger_faults

ROOT = pathlib.Path(__file__).parents[3]
DOOR = 4242
STEPS = (
    "ledger_transfer", "ledger_balance", "audit_entry", "fx_quote", "fx_exposure", "fx_conversion", "fx_volume",
    "fx_position", "fx_clock",
)  # fmt: skip
"""What a conversion writes, in the order in which it does."""
WAIT = f"""
CREATE OR REPLACE FUNCTION wait_at_the_door() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_advisory_xact_lock_shared({DOOR}); RETURN NULL; END $$"""
ON = """
CREATE OR REPLACE TRIGGER wait AFTER INSERT OR UPDATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION wait_at_the_door()"""
INJECT = """
CREATE OR REPLACE FUNCTION inject() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN IF random() < 0.1 THEN RAISE EXCEPTION 'injected' USING ERRCODE = '40001'; END IF; RETURN NULL; END $$"""
WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND NOT granted"
GONE = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'converting-process' AND datname = current_database()"


LASTING = msgspec.structs.replace(house.POLICY, pairs=(msgspec.structs.replace(house.TERMS, lifetime_seconds=86_400),))
"""A run of many kills takes longer than a quote lives."""
own_cluster = ledger_faults.own_cluster


class Run:
    """Quotes that wait to be used, and those whose use was answered."""

    def __init__(self, exchange: house.Exchange) -> None:
        exchange.desk = exchange.desk._replace(policy=LASTING)
        self.exchange = exchange
        self.answered: set[UUID] = set()
        self.made: list[model.Quote] = []

    async def prepare(self, count: int) -> None:
        for number in range(count):
            sells = number % 3 == 0
            more = {"sell": "USD", "buy": "LKR"} if sells else {}
            amount = f"{10 + number % 7}.{number % 100:02}" if sells else f"{1000 + number % 100 * 7}.{number % 100:02}"
            account = self.exchange.customers[number % 3]
            self.made.append(await self.exchange.quote(amount, account=account, **more))

    @contextlib.contextmanager
    def converting(self, callers: int = 8) -> Iterator["subprocess.Popen[str]"]:
        url = self.exchange.schema.url("customer_api")
        with subprocess.Popen(
            [sys.executable, "-m", "tests.customer.fx.converting_process", url, str(callers)],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            try:
                yield process
            finally:
                process.kill()
                out, _ = the_rest(process)
                self.answered |= {UUID(line) for line in out.split("\n")[:-1] if line}

    async def some_answers(self, process: "subprocess.Popen[str]", least: int) -> None:
        assert process.stdout is not None
        for _ in range(least):
            line = await asyncio.to_thread(process.stdout.readline)
            if not line:
                return
            self.answered.add(UUID(line.strip()))

    async def finish(self) -> None:
        """Let a process that nobody disturbs do all of it; what was done before is answered again."""
        with self.converting() as process:
            out, err = await asyncio.to_thread(the_rest, process)
            assert process.returncode == 0, err
            assert {UUID(line) for line in out.split()} == {quote.id for quote in self.made}

    async def check(self) -> None:
        """Every quote was used once, every customer has exactly what the quotes say, and the books verify."""
        found = await self.exchange.run(lambda tx: quotes.listed(tx, None, None, None, 10**6))
        assert {quote.state for quote in found} == {model.QuoteState.USED}
        for customer in self.exchange.customers:
            expected = {"LKR": house.GIVEN, "USD": 10_000_000_000}
            for quote in self.made:
                if quote.account == customer:
                    expected[quote.sell] -= quote.sell_units
                    expected[quote.buy] += quote.buy_units
            mine = await self.exchange.balances(customer)
            assert {code: mine[code, "CUSTOMER_CASH"] for code in expected} == expected
        await test_converting.assert_in_step(self.exchange)
        superuser = await self.exchange.schema.superuser()
        assert await superuser.fetchval("SELECT count(*) FROM fx_conversion") == len(self.made)
        assert await superuser.fetchval("SELECT sum(open_units) FROM fx_exposure") == 0
        await superuser.close()

    async def answered_stand(self) -> None:
        """Whatever was answered is there before anybody repeats anything, and nothing is there by halves."""
        superuser = await self.exchange.schema.superuser()
        while await superuser.fetchval(GONE):  # noqa: ASYNC110 -- the server notices a client's death when it next looks
            await asyncio.sleep(0.02)
        used = {row["id"] for row in await superuser.fetch("SELECT id FROM fx_quote WHERE state = 'used'")}
        done = {row["quote"] for row in await superuser.fetch("SELECT quote FROM fx_conversion")}
        await superuser.close()
        assert self.answered <= used == done
        await test_converting.assert_in_step(self.exchange)


def the_rest(process: "subprocess.Popen[str]") -> tuple[str, str]:
    assert process.stdout is not None
    assert process.stderr is not None
    out, err = process.stdout.read(), process.stderr.read()
    process.wait()
    return out, err


@pytest.fixture
def run(exchange: house.Exchange) -> Run:
    return Run(exchange)


async def killed_at(run: Run, steps: Sequence[str], count: int) -> None:
    """Stop a conversion at a step, kill its process there, and go on to the next step."""
    await run.prepare(count)
    superuser, door = await run.exchange.schema.superuser(), await run.exchange.schema.superuser()
    await superuser.execute(WAIT)
    for step in steps:
        await door.execute(f"SELECT pg_advisory_lock({DOOR})")
        await superuser.execute(ON.format(table=step))
        with run.converting() as process:
            while not await superuser.fetchval(WAITING, DOOR):
                await asyncio.sleep(0.02)
                assert process.poll() is None, the_rest(process)
            process.send_signal(signal.SIGKILL)
            process.wait()
        await door.execute(f"SELECT pg_advisory_unlock({DOOR})")
        await run.answered_stand()
        await superuser.execute(f"DROP TRIGGER wait ON {step}")
    await superuser.close()
    await door.close()
    await run.finish()
    await run.check()


async def killed_anywhere(run: Run, kills: int, count: int, seed: int) -> None:
    chance = random.Random(seed)
    await run.prepare(count)
    for _ in range(kills):
        with run.converting() as process:
            await run.some_answers(process, chance.randint(1, max(1, count // kills)))
            process.send_signal(signal.SIGKILL)
        await run.answered_stand()
    await run.finish()
    await run.check()


async def restarted(cluster: postgres.Cluster, schema: stacks.StackDatabase, restarts: int, count: int) -> None:
    """Stop the server at once, again and again, while one process goes on converting."""
    exchange = await house.opened(schema)
    await exchange.both()
    run = Run(exchange)
    await run.prepare(count)
    await exchange.db.close()
    await exchange.worker.close()
    with run.converting() as process:
        for _ in range(restarts):
            await run.some_answers(process, count // (restarts * 4))
            await asyncio.to_thread(cluster.kill)
            await asyncio.to_thread(cluster.start)
        out, err = await asyncio.to_thread(the_rest, process)
        assert process.returncode == 0, err
        assert len(out.split()) + len(run.answered) == count
    again = Run(await house.opened(schema, customers=0))
    again.exchange.customers, again.made = exchange.customers, run.made
    await again.check()
    await again.exchange.db.close()
    await again.exchange.worker.close()


async def refused(run: Run, count: int) -> None:
    """The server refuses a tenth of all statements that write anything of a conversion."""
    await run.prepare(count)
    superuser = await run.exchange.schema.superuser()
    await superuser.execute(INJECT)
    for table in STEPS:
        await superuser.execute(
            f"CREATE TRIGGER inject AFTER INSERT OR UPDATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION inject()"
        )
    await superuser.close()
    await run.finish()
    await run.check()


async def test_a_process_killed_at_a_named_step_leaves_all_or_nothing(run: Run) -> None:
    await killed_at(run, ["fx_conversion"], 12)


async def test_a_process_killed_anywhere_loses_nothing_that_was_answered(run: Run) -> None:
    await killed_anywhere(run, kills=1, count=30, seed=1)


@pytest.mark.faults
@pytest.mark.timeout(3600)
class TestAtLength:
    """The same, longer, at every step, from seeds that nobody chose."""

    async def test_every_step(self, run: Run) -> None:
        await killed_at(run, STEPS * 20, 600)

    async def test_kills(self, run: Run) -> None:
        await killed_anywhere(run, kills=100, count=1_000, seed=random.SystemRandom().getrandbits(32))

    async def test_restarts(self, own_cluster: tuple[postgres.Cluster, stacks.StackDatabase]) -> None:
        await restarted(*own_cluster, restarts=20, count=2_000)

    async def test_refusals(self, run: Run) -> None:
        await refused(run, 500)


async def test_a_serialization_failure_at_any_step_is_run_again(run: Run) -> None:
    await refused(run, 12)
