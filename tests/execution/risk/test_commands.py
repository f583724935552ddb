"""`execution-stack instruments …` and `execution-stack risk …` as an operator runs them."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from boundary.kernel import ids, primitives
from boundary.kernel.runtime import approvals, operator_commands, operator_register
from execution_stack import cli
from tests.stacks import StackDatabase

DOCUMENT = "0f" * 32
FILE: dict[str, Any] = {
    "code": "RAIN-26.MAY",
    "route": "omnibus",
    "product": "event_contract",
    "tick_size": 1000,
    "lot_size": 1_000_000,
    "price_max": 999,
    "grid": [{"from_ticks": 1, "step_ticks": 1}, {"from_ticks": 900, "step_ticks": 3}],
    "cap_lots": 25_000,
    "opens_at": "2026-05-01T00:00:00Z",
    "closes_at": "2199-05-31T18:00:00Z",
    "document": DOCUMENT,
}


async def run(schema: StackDatabase, *words: object, role: str = "execution_operator") -> Result:
    env = {"EXECUTION_DATABASE_URL": schema.url(role)}
    return await asyncio.to_thread(CliRunner().invoke, cli.main, [*map(str, words)], env=env)


async def done(schema: StackDatabase, *words: object, role: str = "execution_operator") -> str:
    result = await run(schema, *words, role=role)
    assert result.exit_code == 0, (words, result.output, result.exception)
    return result.output.strip()


async def document(schema: StackDatabase) -> None:
    superuser = await schema.superuser()
    await superuser.execute(
        "INSERT INTO document (hash, size, kind, media, statement) VALUES ($1, 9, 'rules', 'markdown', $1)",
        bytes.fromhex(DOCUMENT),
    )
    await superuser.close()


def file(folder: Path, changes: dict[str, Any]) -> Path:
    path = folder / "instrument.json"
    path.write_text(json.dumps(changes), "utf-8")
    return path


async def test_an_instrument_is_listed_from_a_file_shown_changed_and_moved(
    execution_schema: StackDatabase, tmp_path: Path
) -> None:
    unpublished = await run(execution_schema, "instruments", "add", file(tmp_path, FILE))
    assert unpublished.exit_code != 0
    assert "document" in unpublished.output
    await document(execution_schema)
    ref = await done(execution_schema, "instruments", "add", file(tmp_path, FILE))
    for name in (ref, FILE["code"]):
        shown = json.loads(await done(execution_schema, "instruments", "show", name, role="execution_auditor"))
        assert shown == FILE | {"ref": ref, "state": "listed"}
    line = await done(execution_schema, "instruments", "list", "--route", "omnibus", "--code", "RAIN")
    assert line.split() == [ref, FILE["code"], "omnibus", "listed", "event_contract"]
    assert await done(execution_schema, "instruments", "list", "--state", "closed") == ""
    assert len(json.loads(await done(execution_schema, "instruments", "list", "--json"))) == 1
    changed = await done(execution_schema, "instruments", "change", ref, file(tmp_path, {"cap_lots": 7, "grid": []}))
    assert json.loads(changed) == FILE | {"ref": ref, "state": "listed", "cap_lots": 7, "grid": []}
    for event, state in (("halt", "halted"), ("resume", "listed"), ("delist", "delisted")):
        assert await done(execution_schema, "instruments", event, ref) == f"{ref}: {state}"
    over = await run(execution_schema, "instruments", "change", ref, file(tmp_path, {"cap_lots": 8}))
    assert over.exit_code != 0
    assert "trading is over" in over.output


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"tick_size": "1000"}, "tick_size"),
        ({"grid": [{"from_ticks": 1, "step_ticks": 2}]}, "grid"),
        ({"colour": "red"}, "colour"),
        ({"closes_at": "2026-05-01T00:00:00Z"}, "closes_at"),
    ],
)
async def test_a_file_that_is_wrong_is_refused_in_one_line_that_says_where(
    execution_schema: StackDatabase, tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    await document(execution_schema)
    refused = await run(execution_schema, "instruments", "add", file(tmp_path, FILE | changes))
    assert refused.exit_code not in {0, None}
    assert said in refused.output
    assert len(refused.output.strip().splitlines()) == 1
    assert await done(execution_schema, "instruments", "list") == ""


async def test_limits_and_lists_are_set_and_shown(execution_schema: StackDatabase, tmp_path: Path) -> None:
    await document(execution_schema)
    instrument = await done(execution_schema, "instruments", "add", file(tmp_path, FILE))
    who = ids.SystemIds().ref()
    superuser = await execution_schema.superuser()
    await superuser.execute("INSERT INTO participant (ref, channel, status, level) VALUES ($1, $1, 'eligible', 2)", who)
    await superuser.close()
    limits = ("risk", "limits")
    await done(execution_schema, *limits, "default", "retail", "--open-orders", 30, "--order-value", 500)
    await done(execution_schema, *limits, "default", "retail", "--level", 2, "--order-value", "none")
    await done(execution_schema, *limits, "participant", who, "--open-orders", 3)
    await done(execution_schema, *limits, "instrument", instrument, "--position-value", 10**9)
    await done(execution_schema, *limits, "symbol", who, instrument, "block")
    shown = json.loads(await done(execution_schema, "risk", "show", who, role="execution_auditor"))
    assert (shown["limits"]["open_orders"], shown["limits"]["order_value"]) == (3, None)
    assert (shown["own"]["open_orders"], shown["symbols"]) == (3, {instrument: "block"})
    everything = json.loads(await done(execution_schema, "risk", "show"))
    assert [each["order_value"] for each in everything["defaults"]] == [500, None, 500, 500, 500]
    assert await done(execution_schema, "risk", "findings", "--participant", who) == ""
    for words in (
        ("default", "retail"),
        ("default", "retail", "--open-orders", "-1"),
        ("default", "retail", "--open-orders", "1.5"),
        ("default", "retail", "--open-orders", 10**19),
        ("default", "nobody", "--open-orders", 1),
        ("participant", ids.SystemIds().ref(), "--open-orders", 1),
        ("instrument", instrument, "--orders-per-minute", 1),
        ("symbol", who, ids.SystemIds().ref(), "allow"),
    ):
        refused = await run(execution_schema, *limits, *words)
        assert refused.exit_code not in {0, None}, words
        assert "Traceback" not in refused.output


async def test_one_stops_trading_and_two_let_it_go_on(execution_schema: StackDatabase, tmp_path: Path) -> None:
    db = await execution_schema.connect("execution_operator", size=1)
    seconds, random = operator_commands.now_seconds(), ids.SystemIds()
    keys = {}
    for _ in range(2):
        seed = random.token(32)
        public = primitives.ed25519_public(seed)
        ref = await db.run("t", lambda tx, public=public: operator_register.register(tx, public, random))
        found = await db.run("t", lambda tx, ref=ref: operator_register.find(tx, ref))
        made = approvals.statement(
            "execution", operator_register.ACTIVATE, ref, operator_register.facts_of(found),
            nonce=random.ref(), now=seconds, seconds=60,
        )  # fmt: skip
        given = [approvals.Approval(ref, primitives.ed25519_sign(seed, approvals.statement_hash(made)))]
        await db.run("t", lambda tx, m=made, g=given: operator_register.activate(tx, "execution", m, g, seconds))
        keys[ref] = seed
    await db.close()
    stop = (await done(execution_schema, "risk", "kill")).partition(":")[0]
    again = await run(execution_schema, "risk", "kill")
    assert again.exit_code != 0
    assert "already" in again.output
    assert json.loads(await done(execution_schema, "risk", "show"))["stops"][0]["id"] == stop
    text = await done(execution_schema, "risk", "revival", stop, role="execution_auditor")
    statement = tmp_path / "statement.json"
    statement.write_text(text + "\n", "utf-8")
    hashed = approvals.statement_hash(approvals.read_statement(statement.read_bytes()))
    files = []
    for ref, seed in keys.items():
        path = tmp_path / f"{ref}.json"
        signature = primitives.ed25519_sign(seed, hashed)
        path.write_bytes(approvals.write_approval(approvals.Approval(ref, signature), hashed))
        files.append(path)
    one = await run(execution_schema, "risk", "revive", stop, "--statement", statement, "--approval", files[0])
    assert one.exit_code != 0
    options = [word for each in files for word in ("--approval", each)]
    assert await done(execution_schema, "risk", "revive", stop, "--statement", statement, *options) == f"{stop}: lifted"
    assert json.loads(await done(execution_schema, "risk", "show"))["stops"] == []
