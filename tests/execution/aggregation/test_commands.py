"""`execution-stack allocation …` as an operator runs it, and its output before the stand-alone check."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from boundary import cli as boundary_cli
from boundary.kernel import primitives
from execution_stack import cli
from tests.execution.aggregation.floor import SEED, Floor
from tests.stacks import StackDatabase

CHANNEL = uuid.UUID("6f2f8a3e-51c2-4e7b-9a40-c1d2e3f40001")


@pytest.fixture
async def floor(execution_schema: StackDatabase) -> AsyncIterator[Floor]:
    floor = await Floor.opened(execution_schema, 2)
    yield floor
    await floor.closed()


async def run(schema: StackDatabase, *words: object, role: str = "execution_auditor") -> Result:
    env = {"EXECUTION_DATABASE_URL": schema.url(role)}
    return await asyncio.to_thread(CliRunner().invoke, cli.main, ["allocation", *map(str, words)], env=env)


async def test_an_exported_order_passes_the_outsiders_check(
    floor: Floor, execution_schema: StackDatabase, tmp_path: Path
) -> None:
    await floor.place(CHANNEL, [floor.terms(3), floor.terms(7)])
    await floor.settle()
    (ref,) = floor.venue.resting
    await floor.works(ref)
    await floor.fill(ref, 4, cost=2_000_000, fee=77)
    await floor.settle()
    (listed,) = (await run(execution_schema, "orders")).output.splitlines()
    assert {name: json.loads(listed)[name] for name in ("ref", "lots", "filled", "state")} == {
        "ref": str(ref), "lots": 10, "filled": 4, "state": "working",
    }  # fmt: skip
    result = await run(execution_schema, "export", ref)
    assert result.exit_code == 0
    (tmp_path / "order.json").write_text(result.output)
    key = primitives.ed25519_public(SEED).hex()
    words = ["verify-allocation", str(tmp_path / "order.json"), "--public-key", key]
    checked = await asyncio.to_thread(CliRunner().invoke, boundary_cli.main, words)
    assert (checked.exit_code, checked.output) == (
        0,
        f"VALID: order {ref}: 4 lots in 1 fills, shared exactly among 2 intents\n",
    )


async def test_an_order_that_there_is_not(floor: Floor, execution_schema: StackDatabase) -> None:
    result = await run(execution_schema, "export", floor.ids.ref())
    assert result.exit_code != 0
    assert "there is no such order" in result.output
