"""Sealing, verifying and proving a log of a million entries of 300 bytes, from a durable PostgreSQL."""

import dataclasses
import functools
import random  # noqa: TID251 -- which entries are proved
import statistics
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvloop

from boundary.kernel import clock, merkle, primitives
from boundary.kernel.runtime import sealing, transaction, verification
from deploy.local import postgres
from tests import embedded, stacks
from tests.bench import conftest, cpu, figures, sealing_process

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

PUBLIC = primitives.ed25519_public(sealing_process.SEED)
ENTRIES = figures.scaled(1_000_000, 20_000)
PAYLOAD_BYTES = 300
CHUNK = 10_000  # entries of one transaction
FILL = f"""
INSERT INTO audit_entry (payload)
SELECT substring(decode(repeat(md5(n::text), 19), 'hex') FOR {PAYLOAD_BYTES})
FROM generate_series($1::bigint, $2::bigint) n"""
PROOFS = 1000
SMALL_BATCH = 10
VERIFICATIONS = 3


@dataclasses.dataclass(frozen=True)
class Log:
    database: stacks.StackDatabase
    sealing_seconds: float


@pytest.fixture(scope="module")
def log(durable: embedded.Servers, durable_template: str) -> Iterator[Log]:
    """Filled, sealed by the product's sealer, and swept as autovacuum would have done in its time."""
    name = uvloop.run(durable.copy(durable_template))
    database = stacks.StackDatabase(name, stacks.PLANS["customer"]._replace(database=name), durable)
    yield Log(database, uvloop.run(_fill_and_seal(database)))
    uvloop.run(durable.drop(name))


async def _fill_and_seal(database: stacks.StackDatabase) -> float:
    db = await database.connect("customer_worker", 2)
    for first in range(1, ENTRIES + 1, CHUNK):
        await db.run("bench.fill", functools.partial(_fill, first=first, last=min(first + CHUNK - 1, ENTRIES)))
    sealer = sealing.Sealer(db, sealing_process.SEED, clock.SystemClock())
    await sealer.seal()  # the first call only reads where the log stands
    started = time.perf_counter()
    while await sealer.seal():
        pass
    taken = time.perf_counter() - started
    await db.close()
    raw = await database.superuser()
    await raw.execute("VACUUM (ANALYZE)")
    await raw.close()
    return taken


async def _fill(tx: transaction.Tx, *, first: int, last: int) -> None:
    await tx.execute(FILL, first, last)


async def test_sealing_and_verifying(log: Log, durable_cluster: postgres.Cluster, report: conftest.Report) -> None:
    assert durable_cluster.process is not None
    db = await log.database.connect("customer_auditor", 4)
    rates = []
    ours, theirs = time.process_time(), cpu.seconds(durable_cluster.process.pid)
    for _ in range(VERIFICATIONS):
        started = time.perf_counter()
        found = await verification.verify(db, [PUBLIC])
        rates.append(found.entries / (time.perf_counter() - started))
        assert (found.fault, found.unsealed, found.entries) == ("", 0, ENTRIES + 1)  # the migration wrote one too
    ours, theirs = time.process_time() - ours, cpu.seconds(durable_cluster.process.pid) - theirs
    await db.close()
    rate, micros = statistics.median(rates), 1e6 / VERIFICATIONS / ENTRIES
    size = f"{ENTRIES:,} entries of {PAYLOAD_BYTES} B"
    report(figures.Figure(f"sealing, {size}", figures.rate(ENTRIES / log.sealing_seconds, "entries")))
    report(
        figures.Figure("audit verify", f"{figures.spread(rates)} entries/s", rate / 3e5, "≥ 300,000/s", rate >= 300_000)
    )
    report(
        figures.Figure("  CPU of one entry", f"verifier {ours * micros:.2f} µs, PostgreSQL {theirs * micros:.2f} µs")
    )


async def test_a_log_with_a_signed_head_every_few_entries(
    durable_schema: stacks.StackDatabase, report: conftest.Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quiet stack seals what 50 ms brought, so its log has many heads, and each is a signature to check."""
    monkeypatch.setattr(sealing, "BATCH_MAX", SMALL_BATCH)
    count = figures.scaled(2000, 100) * SMALL_BATCH
    db = await durable_schema.connect("customer_worker", 2)
    await db.run("bench.fill", functools.partial(_fill, first=1, last=count))
    sealer = sealing.Sealer(db, sealing_process.SEED, clock.SystemClock())
    await sealer.seal()
    started = time.perf_counter()
    while await sealer.seal():
        pass
    sealed = time.perf_counter()
    found = await verification.verify(db, [PUBLIC])
    verified = time.perf_counter() - sealed
    await db.close()
    assert (found.fault, found.unsealed, found.entries) == ("", 0, count + 1)
    each = (sealed - started) / found.heads * 1e3
    report(figures.Figure(f"sealing {SMALL_BATCH} entries, one head", f"{each:.1f} ms"))
    report(
        figures.Figure(f"audit verify, a head every {SMALL_BATCH}", figures.rate(found.entries / verified, "entries"))
    )


async def test_an_inclusion_proof(log: Log, report: conftest.Report) -> None:
    db = await log.database.connect("customer_auditor", 4)
    head = await db.read("bench.head", verification.latest_head)
    assert head is not None
    choice = random.Random(1)
    taken = []
    for entry in (choice.randint(2, ENTRIES) for _ in range(PROOFS)):
        started = time.perf_counter()
        proof = await db.read("bench.proof", functools.partial(verification.proof, entry=entry))
        taken.append((time.perf_counter() - started) * 1e3)
        _assert_holds(proof, head)
    await db.close()
    median, worst = statistics.median(taken), figures.percentile(taken, 0.99)
    value = f"median {median:.2f} ms, p99 {worst:.2f} ms"
    report(figures.Figure(f"inclusion proof at {ENTRIES:,}", value, None, "≤ 1 ms", median <= 1.0))


def _assert_holds(proof: dict[str, Any], head: verification.Head) -> None:
    path = [bytes.fromhex(step) for step in proof["proof"]]
    leaf, root = bytes.fromhex(proof["leaf"]), bytes.fromhex(head.root)
    assert merkle.inclusion_holds(leaf, proof["seq"] - 1, head.size, path, root)
