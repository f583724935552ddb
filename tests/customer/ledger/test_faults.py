"""Nothing is lost and nothing is doubled, whatever is killed, cut, refused or restarted while postings run."""

import asyncio
import contextlib
import dataclasses
import os
import pathlib
import random  # noqa: TID251 -- seeds are printed
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from customer_stack.ledger import model
from customer_stack.ledger.service import accounts, proving
from deploy.local import binaries, postgres
from tests import embedded, stacks
from tests.customer.ledger import conftest, posting_process

ROOT = pathlib.Path(__file__).parents[3]
ACCOUNTS = 7
STEPS = ("ledger_transfer", "ledger_command", "audit_entry", "ledger_timer", "ledger_balance")
INJECT = """
CREATE FUNCTION inject() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF random() < {share} THEN RAISE EXCEPTION 'injected' USING ERRCODE = '{state}'; END IF;
  RETURN NULL;
END $$"""
ON = "CREATE TRIGGER inject AFTER INSERT OR UPDATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION inject()"
TERMINATE = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE application_name = 'posting-process' AND random() < 0.5"""


@dataclasses.dataclass
class Run:
    """Postings under way in a process of their own, and what it has been answered so far."""

    schema: stacks.StackDatabase
    count: int
    house: UUID
    accounts: list[UUID]
    answered: set[int] = dataclasses.field(default_factory=set)

    @contextlib.contextmanager
    def posting(self, callers: int = 12) -> Iterator["subprocess.Popen[str]"]:
        arguments = [self.schema.url("customer_api"), self.count, callers, self.house, *self.accounts]
        with subprocess.Popen(
            [sys.executable, "-m", "tests.customer.ledger.posting_process", *map(str, arguments)],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            try:
                yield process
            finally:
                process.kill()
                out, _ = the_rest(process)
                self.answered |= {int(line) for line in out.split("\n")[:-1] if line.isdigit()}

    async def finish(self) -> None:
        """Let a process that nobody disturbs do all of it; what was done before is answered again."""
        with self.posting() as process:
            out, err = await asyncio.to_thread(the_rest, process)
            assert process.returncode == 0, err
            assert {int(line) for line in out.split()} == set(range(self.count))

    async def check(self) -> None:
        """Every account has exactly what the commands come to, and the books verify."""
        db = await self.schema.connect("customer_worker", size=2)
        found = await db.read("t", lambda tx: accounts.some(tx, self.accounts))
        report = await proving.verify(db)
        await db.close()
        assert [found[id_].total for id_ in self.accounts] == posting_process.expected(self.count, ACCOUNTS)
        assert all(found[id_].credits_pending == 0 for id_ in self.accounts)
        assert (report.fault, report.transfers) == ("", 3 * self.count)

    async def answered_stand(self) -> None:
        """Whatever was answered is in the books, before anybody repeats anything."""
        superuser = await self.schema.superuser()
        rows = await superuser.fetch("SELECT id FROM ledger_transfer WHERE debit IS NOT NULL")
        await superuser.close()
        there = {row["id"] for row in rows}
        for number in self.answered:
            ids = {each.id for each in posting_process.command(number, self.house, self.accounts).transfers}
            assert ids <= there, number


def the_rest(process: "subprocess.Popen[str]") -> tuple[str, str]:
    """What it still says until its end. `communicate` would lose the lines that reading one had already fetched."""
    assert process.stdout is not None
    assert process.stderr is not None
    out, err = process.stdout.read(), process.stderr.read()
    process.wait()
    return out, err


async def prepared(schema: stacks.StackDatabase, count: int) -> Run:
    db = await schema.connect("customer_worker", size=2)
    book = await conftest.book_on(db)
    made = [book.ids.ref() for _ in range(ACCOUNTS)]
    wanted = [model.Account(id_, 1, conftest.KIND, conftest.BOUNDED) for id_ in made]
    await db.run("t", lambda tx: accounts.open_all(tx, wanted))
    await db.close()
    return Run(schema, count, book.house, made)


async def some_answers(process: "subprocess.Popen[str]", run: Run, least: int) -> None:
    """Wait until so many were answered."""
    assert process.stdout is not None
    for _ in range(least):
        line = await asyncio.to_thread(process.stdout.readline)
        if not line:
            return
        run.answered.add(int(line))


async def killed(schema: stacks.StackDatabase, kills: int, count: int, seed: int) -> None:
    run, chance = await prepared(schema, count), random.Random(seed)
    for _ in range(kills):
        with run.posting() as process:
            await some_answers(process, run, chance.randint(1, max(1, count // kills)))
            process.send_signal(signal.SIGKILL)
        await run.answered_stand()
    await run.finish()
    await run.check()


async def disturbed(schema: stacks.StackDatabase, count: int, disturb: Callable[[Any], Awaitable[None]]) -> Run:
    """Run to the end while something is done to the server, again and again."""
    run = await prepared(schema, count)
    superuser = await schema.superuser()
    with run.posting() as process:
        answers = asyncio.create_task(asyncio.to_thread(the_rest, process))
        while not answers.done():
            await disturb(superuser)
            await asyncio.sleep(0.03)
        out, err = await answers
        assert process.returncode == 0, err
        assert len(out.split()) == count
    with contextlib.suppress(asyncpg.PostgresError):
        await superuser.close()
    await run.check()
    return run


async def terminated(schema: stacks.StackDatabase, count: int) -> None:
    cut = 0

    async def disturb(superuser: Any) -> None:
        nonlocal cut
        cut += await superuser.fetchval(TERMINATE)

    await disturbed(schema, count, disturb)
    assert cut > 0


async def refused(
    schema: stacks.StackDatabase, tables: Sequence[str], state: str, count: int, share: str = "0.3"
) -> None:
    """The server refuses a share of all statements that write these tables."""
    superuser = await schema.superuser()
    run = await prepared(schema, count)
    await superuser.execute(INJECT.format(share=share, state=state))
    for table in tables:
        await superuser.execute(ON.format(table=table))
    await superuser.close()
    await run.finish()
    await run.check()


async def test_a_killed_process_loses_nothing_that_was_answered(customer_schema: stacks.StackDatabase) -> None:
    await killed(customer_schema, kills=2, count=150, seed=1)


async def test_a_cut_connection_is_found_out_and_the_command_repeated(customer_schema: stacks.StackDatabase) -> None:
    await terminated(customer_schema, 120)


async def test_a_serialization_failure_at_any_step_is_run_again(customer_schema: stacks.StackDatabase) -> None:
    await refused(customer_schema, STEPS, "40001", 60, share="0.08")


@pytest.fixture
async def own_cluster(servers: embedded.Servers) -> AsyncIterator[tuple[postgres.Cluster, stacks.StackDatabase]]:
    """A PostgreSQL of the test's own, to be stopped at once and started again, with fsync on."""
    home = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-ledger-", dir=binaries.open_temporary()))
    os.chmod(home, 0o711)  # noqa: PTH101 -- as the server's other user sees it, and pathlib would count as blocking
    (port,) = embedded.free_ports(1)
    cluster = postgres.Cluster(home / "postgres", port, embedded.SUPERUSER, servers.password)
    try:
        await asyncio.to_thread(cluster.start)
        mine = embedded.Servers(str(home), port, 0, servers.password)
        name = await asyncio.to_thread(stacks.template, mine, "customer")
        yield cluster, stacks.StackDatabase(name, stacks.PLANS["customer"], mine)
    finally:
        await asyncio.to_thread(cluster.stop)
        shutil.rmtree(home, ignore_errors=True)


async def restarted(
    cluster: postgres.Cluster, schema: stacks.StackDatabase, restarts: int, count: int, seed: int
) -> None:
    run, chance = await prepared(schema, count), random.Random(seed)
    with run.posting() as process:
        for _ in range(restarts):
            await some_answers(process, run, chance.randint(1, count // (restarts * 4)))
            await asyncio.to_thread(cluster.kill)
            await asyncio.to_thread(cluster.start)
            await run.answered_stand()
        out, err = await asyncio.to_thread(the_rest, process)
        assert process.returncode == 0, err
        assert len(out.split()) + len(run.answered) == count
    await run.check()


async def test_a_server_that_stops_at_once_keeps_what_was_answered(
    own_cluster: tuple[postgres.Cluster, stacks.StackDatabase],
) -> None:
    await restarted(*own_cluster, restarts=1, count=120, seed=1)


@pytest.mark.faults
@pytest.mark.timeout(3600)
class TestAtLength:
    """The same, longer, from seeds that nobody chose."""

    async def test_kills(self, customer_schema: stacks.StackDatabase) -> None:
        await killed(customer_schema, kills=100, count=10_000, seed=random.SystemRandom().getrandbits(32))

    async def test_cuts(self, customer_schema: stacks.StackDatabase) -> None:
        await terminated(customer_schema, 10_000)

    @pytest.mark.parametrize("table", STEPS)
    @pytest.mark.parametrize("state", ["40001", "40P01"])
    async def test_refusals(self, customer_schema: stacks.StackDatabase, table: str, state: str) -> None:
        await refused(customer_schema, [table], state, 1_000)

    async def test_restarts(self, own_cluster: tuple[postgres.Cluster, stacks.StackDatabase]) -> None:
        await restarted(*own_cluster, restarts=10, count=10_000, seed=random.SystemRandom().getrandbits(32))
