"""The audit log end to end on a real database: written, sealed, proved, verified, and tampered with."""

import asyncio
import json
import subprocess
import sys
import uuid
from pathlib import Path

import asyncpg
import pytest

from boundary.kernel import clock, ids, primitives
from boundary.kernel.runtime import audit, sealing, transaction, verification
from customer_stack.gate import model
from tests import stacks
from tests.stacks import StackDatabase

SEED = bytes(range(32))
PUBLIC = primitives.ed25519_public(SEED)
FIRST = stacks.MIGRATIONS["customer"]
VERIFIER = Path(__file__).resolve().parents[4] / "boundary" / "verify" / "inclusion.py"


def sealer(db: transaction.Database) -> sealing.Sealer:
    return sealing.Sealer(db, SEED, clock.SystemClock())


async def write(db: transaction.Database, count: int) -> None:
    entries = [model.LinkLost(uuid.UUID(int=n)) for n in range(count)]
    await db.run("test.write", lambda tx: audit.write_many(tx, entries))


async def seal_all(db: transaction.Database) -> int:
    """Seal all that is committed; transactions of other tests in this cluster may hold the watermark for a moment."""
    one = sealer(db)
    total = await one.seal()
    deadline = asyncio.get_running_loop().time() + 3
    while asyncio.get_running_loop().time() < deadline:
        total += await one.seal()
        if not await db.read("test.unsealed", lambda tx: tx.value(UNSEALED)):
            break
    return total


UNSEALED = "SELECT count(*) FROM audit_entry e WHERE NOT EXISTS (SELECT FROM audit_seal s WHERE s.entry_id = e.id)"


async def test_what_was_written_verifies(customer_db: transaction.Database) -> None:
    await write(customer_db, 12_345)
    assert await seal_all(customer_db) == FIRST + 12_345  # the migrations' own entries are among them
    report = await verification.verify(customer_db, [PUBLIC])
    assert (report.fault, report.entries, report.unsealed) == ("", FIRST + 12_345, 0)


async def test_a_sealer_that_starts_anew_continues_the_same_chain(customer_db: transaction.Database) -> None:
    for count in (1, 16, 17, 300, 4095):
        await write(customer_db, count)
        await seal_all(customer_db)
    assert (await verification.verify(customer_db, [PUBLIC])).fault == ""


async def test_two_sealers_at_once_seal_each_entry_once(customer_db: transaction.Database) -> None:
    await write(customer_db, 20_000)
    await asyncio.gather(*(seal_all(customer_db) for _ in range(4)))
    await seal_all(customer_db)
    report = await verification.verify(customer_db, [PUBLIC])
    assert (report.fault, report.entries, report.unsealed) == ("", FIRST + 20_000, 0)


async def test_an_entry_of_an_open_transaction_is_not_sealed_before_it_commits(customer_schema: StackDatabase) -> None:
    db = await customer_schema.connect("customer_worker")
    release = asyncio.Event()
    inside = asyncio.Event()

    async def slow(tx: transaction.Tx) -> None:
        await audit.write(tx, model.LinkLost(uuid.UUID(int=7)))
        inside.set()
        await release.wait()

    running = asyncio.create_task(db.run("test.slow", slow))
    await inside.wait()
    await write(db, 3)
    await seal_all(db)
    during = await verification.verify(db, [PUBLIC])
    release.set()
    await running
    await seal_all(db)
    after = await verification.verify(db, [PUBLIC])
    await db.close()
    assert during.entries < after.entries == FIRST + 4
    assert after.fault == ""
    assert after.unsealed == 0


async def test_a_proof_convinces_the_stand_alone_verifier_and_a_changed_one_does_not(
    customer_db: transaction.Database, tmp_path: Path
) -> None:
    await write(customer_db, 1000)
    await seal_all(customer_db)
    for entry in (1, 2, 500, 1001):
        proof = await customer_db.read("test.proof", lambda tx, n=entry: verification.proof(tx, n))
        assert run_verifier(tmp_path, proof) == 0
        proof["entry"]["payload"] = proof["entry"]["payload"][:-2] + "ff"
        assert run_verifier(tmp_path, proof) == 1


def run_verifier(folder: Path, proof: dict[str, object]) -> int:
    file = folder / "proof.json"
    file.write_text(json.dumps(proof))
    command = [sys.executable, "-I", str(VERIFIER), str(file), "--public-key", PUBLIC.hex()]
    return subprocess.run(command, check=False, capture_output=True).returncode


async def test_a_proof_of_an_entry_that_does_not_exist_is_refused(customer_db: transaction.Database) -> None:
    with pytest.raises(verification.NotSealed):
        await customer_db.read("test.proof", lambda tx: verification.proof(tx, 999))


TAMPERINGS = {
    "an edited payload": (
        "UPDATE audit_entry SET payload = payload || '\\x00' WHERE id = 700",
        700,
    ),
    "an edited time": ("UPDATE audit_entry SET at = at + interval '1 second' WHERE id = 700", 700),
    "an edited payload with its leaf hashed again": (
        """UPDATE audit_entry SET payload = payload || '\\x00' WHERE id = 700;
        UPDATE audit_seal s SET leaf = sha256('\\x00'::bytea || int8send(id) || timestamptz_send(at) || payload)
        FROM audit_entry e WHERE e.id = 700 AND s.entry_id = 700""",
        700,
    ),
    "a deleted entry": ("DELETE FROM audit_entry WHERE id = 700", 700),
    "a deleted entry and its seal": (
        "DELETE FROM audit_entry WHERE id = 700; DELETE FROM audit_seal WHERE entry_id = 700",
        None,
    ),
    "two payloads exchanged": (
        """UPDATE audit_entry a SET payload = b.payload FROM audit_entry b
        WHERE (a.id, b.id) IN ((700, 701), (701, 700))""",
        700,
    ),
    "two seals exchanged": (
        """UPDATE audit_seal SET entry_id = -entry_id WHERE entry_id IN (700, 701);
        UPDATE audit_seal SET entry_id = CASE entry_id WHEN -700 THEN 701 ELSE 700 END WHERE entry_id < 0""",
        701,
    ),
    "a forged chain link": ("UPDATE audit_seal SET chain = sha256(chain) WHERE entry_id = 700", 700),
    "a forged stored node": ("UPDATE audit_node SET hash = sha256(hash) WHERE level = 8 AND index = 1", None),
    "a removed stored node": ("DELETE FROM audit_node WHERE level = 4 AND index = 3", None),
    "a forged root in a head": ("UPDATE audit_head SET root = sha256(root)", None),
    "a head with an altered time": ("UPDATE audit_head SET at = at + interval '1 second'", None),
    "a removed last head": ("DELETE FROM audit_head", None),
    "a cut tail": (
        """DELETE FROM audit_entry WHERE id > 700; DELETE FROM audit_seal WHERE entry_id > 700""",
        None,
    ),
}


@pytest.mark.parametrize("name", TAMPERINGS)
async def test_tampering_by_a_superuser_is_found_and_named(customer_schema: StackDatabase, name: str) -> None:
    db = await customer_schema.connect("customer_worker")
    await write(db, 1000)
    await seal_all(db)
    assert (await verification.verify(db, [PUBLIC])).fault == ""
    statement, entry = TAMPERINGS[name]
    raw = await customer_schema.superuser()
    await raw.execute("SET session_replication_role = replica")  # triggers do not fire
    await raw.execute(statement)
    await raw.close()
    report = await verification.verify(db, [PUBLIC])
    await db.close()
    assert report.fault, name
    if entry is not None:
        assert report.entry == entry


async def test_a_log_rewritten_whole_is_found_by_a_head_kept_elsewhere(customer_schema: StackDatabase) -> None:
    db = await customer_schema.connect("customer_worker")
    await write(db, 100)
    await seal_all(db)
    kept = await db.read("test.head", verification.latest_head)
    raw = await customer_schema.superuser()
    await raw.execute("SET session_replication_role = replica")
    await raw.execute("TRUNCATE audit_seal, audit_node, audit_head, audit_era")
    await raw.execute("UPDATE audit_entry SET payload = payload || '\\x00' WHERE id = 50")
    await raw.close()
    await seal_all(db)
    alone = await verification.verify(db, [PUBLIC])
    witnessed = await verification.verify(db, [PUBLIC], witnessed=kept)
    await db.close()
    assert alone.fault == ""  # whoever holds the database and the key can rewrite everything …
    assert witnessed.fault  # … but not what somebody else has kept


async def test_a_log_cut_back_is_found_by_a_head_kept_elsewhere(customer_schema: StackDatabase) -> None:
    db = await customer_schema.connect("customer_worker")
    await write(db, 100)
    await seal_all(db)
    await write(db, 10)
    await seal_all(db)
    kept = await db.read("test.head", verification.latest_head)
    left = FIRST + 100
    raw = await customer_schema.superuser()
    await raw.execute("SET session_replication_role = replica")
    await raw.execute(
        f"DELETE FROM audit_entry WHERE id > {left}; DELETE FROM audit_seal WHERE seq > {left}; "
        f"DELETE FROM audit_head WHERE size > {left}; DELETE FROM audit_node WHERE (index + 1) << level::int > {left}"
    )
    await raw.close()
    assert (await verification.verify(db, [PUBLIC])).fault == ""
    assert (await verification.verify(db, [PUBLIC], witnessed=kept)).fault
    await db.close()


async def test_a_head_signed_with_another_key_is_refused(customer_db: transaction.Database) -> None:
    await write(customer_db, 10)
    await seal_all(customer_db)
    other = primitives.ed25519_public(bytes(32))
    assert (await verification.verify(customer_db, [other])).fault
    assert (await verification.verify(customer_db, [other, PUBLIC])).fault == ""


@pytest.mark.parametrize("table", ["audit_entry", "audit_seal", "audit_node", "audit_head", "audit_era"])
@pytest.mark.parametrize("change", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0}"])
async def test_not_even_the_owner_changes_the_log(customer_schema: StackDatabase, table: str, change: str) -> None:
    column = {"audit_entry": "id", "audit_seal": "seq", "audit_node": "level", "audit_head": "size"}.get(
        table, "number"
    )
    raw = await customer_schema.superuser()
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="append_only"):
        await raw.execute(change.format(table, column))
    await raw.execute(f"SET ROLE {customer_schema.plan.roles[1]}")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await raw.execute(change.format(table, column))
    await raw.close()


@pytest.mark.parametrize("column", ["id", "xid", "at"])
async def test_a_process_cannot_choose_number_transaction_or_time_of_an_entry(
    customer_schema: StackDatabase, column: str
) -> None:
    value = {"id": "7", "xid": "'7'", "at": "now()"}[column]
    raw = await customer_schema.superuser()
    await raw.execute("SET ROLE customer_api")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await raw.execute(f"INSERT INTO audit_entry ({column}, payload) VALUES ({value}, '\\x00')")
    await raw.close()


async def test_after_a_restore_into_another_cluster_nothing_is_sealed_until_it_is_adopted(
    customer_schema: StackDatabase,
) -> None:
    db = await customer_schema.connect("customer_worker")
    await write(db, 50)
    await seal_all(db)
    raw = await customer_schema.superuser()
    await raw.execute("SET session_replication_role = replica")
    # What a dump from another cluster looks like: its era is foreign, its transaction numbers are ahead of ours.
    await raw.execute("UPDATE audit_era SET cluster = 1")
    await raw.execute("UPDATE audit_entry SET xid = (xid::text::bigint + 1000000000)::text::xid8")
    await write(db, 5)  # written after the restore, before anybody noticed
    with pytest.raises(sealing.ForeignCluster):
        await sealer(db).seal()
    adopter = await customer_schema.connect("customer_operator")
    assert await sealer(adopter).adopt() == 5
    await write(db, 7)
    assert await seal_all(db) == 7
    report = await verification.verify(db, [PUBLIC])
    for pool in (db, adopter):
        await pool.close()
    await raw.close()
    assert (report.fault, report.entries, report.unsealed) == ("", FIRST + 62, 0)


async def test_the_execution_database_takes_the_same_log(execution_db: transaction.Database) -> None:
    channel = ids.SystemIds().ref()
    await execution_db.run("test.write", lambda tx: audit.write(tx, model.LinkLost(channel)))
    await seal_all(execution_db)
    report = await verification.verify(execution_db, [PUBLIC])
    assert (report.fault, report.entries) == ("", stacks.MIGRATIONS["execution"] + 1)


@pytest.mark.parametrize("seq", [1, 2, 63, 64, 65, 127, 128, 129, 192, 200])
@pytest.mark.parametrize("kind", ["payload", "seal", "chain"])
async def test_the_first_bad_entry_is_named_wherever_the_parts_end(
    customer_schema: StackDatabase, monkeypatch: pytest.MonkeyPatch, seq: int, kind: str
) -> None:
    monkeypatch.setattr(verification, "CHUNK", 64)
    db = await customer_schema.connect("customer_worker")
    await write(db, 199)
    await seal_all(db)
    assert (await verification.verify(db, [PUBLIC])).fault == ""
    raw = await customer_schema.superuser()
    await raw.execute("SET session_replication_role = replica")
    statement = {
        "payload": "UPDATE audit_entry SET payload = payload || '\\x00' WHERE id = $1",
        "seal": "DELETE FROM audit_seal WHERE entry_id = $1",
        "chain": "UPDATE audit_seal SET chain = sha256(chain) WHERE entry_id = $1",
    }[kind]
    await raw.execute(statement, seq)
    await raw.close()
    report = await verification.verify(db, [PUBLIC])
    await db.close()
    assert report.fault
    if not (kind == "seal" and seq == 200):  # the last seal of all: then the log simply ends before its last head
        assert report.seq == seq
