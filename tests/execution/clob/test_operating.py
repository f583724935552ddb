"""`execution-stack clob …` on a database: what operators tell books, and what they see."""

import asyncio
import json
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner, Result

from boundary.kernel import records
from execution_stack import cli
from execution_stack.clob import model
from execution_stack.clob.service import opening
from execution_stack.instruments import model as instruments
from tests.execution.clob import floor as floors

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def clob(floor: floors.Floor, *words: object, role: str = "execution_operator") -> Result:
    env = {"EXECUTION_DATABASE_URL": floor.schema.url(role)}
    return await asyncio.to_thread(CliRunner().invoke, cli.main, ["clob", *map(str, words)], env=env)


async def shown(floor: floors.Floor, *words: object) -> list[dict[str, Any]]:
    result = await clob(floor, *words, "--json", role="execution_auditor")
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


async def test_what_operators_say_is_in_the_journal_with_an_audit_entry(floor: floors.Floor) -> None:
    shard, channel = await floor.shard(), await floor.channel()
    (instrument,) = shard.instruments
    await channel.place(channel.terms(instrument, "buy", 5, 100), channel.terms(instrument, "buy", 6, 99))
    said = [
        ("halt", instrument),
        ("resume", instrument, "--reference", 100),
        ("band", instrument, 20),
        ("volume", instrument, 1000, "--seconds", 30),
        ("prevention", instrument, "both"),
        ("limits", instrument, channel.people[0], "--lots", 10),
        ("cancel", instrument, 1),
        ("mass-cancel", instrument, channel.people[0]),
    ]
    for words in said:
        result = await clob(floor, *words)
        assert result.exit_code == 0, result.output
        assert result.output.startswith("in the journal from command ")
    await shard.run()
    entries = [
        records.decode(row[0], records.Entry) for row in await shard.rows("SELECT payload FROM audit_entry ORDER BY id")
    ]
    mine = [each for each in entries if isinstance(each, model.OperatorCommanded) and each.instrument == instrument]
    assert len(mine) == len(said) + 1, "and the book's own grid"
    (kept,) = (await shard.again()).books()
    assert kept.snapshot == (await shard.recovered()).matcher.books()[0].snapshot
    states = [each["state"] for each in await shown(floor, "orders", "--instrument", instrument)]
    assert states == ["cancelled", "cancelled"]


async def test_orders_and_trades_of_all_channels_are_shown_and_filtered(floor: floors.Floor) -> None:
    shard, one, other = await floor.shard(), await floor.channel(), await floor.channel()
    (instrument,) = shard.instruments
    await one.place(one.terms(instrument, "sell", 5, 100), one.terms(instrument, "sell", 5, 101))
    await other.place(other.terms(instrument, "buy", 5, 100))
    await shard.run()
    everything = await shown(floor, "orders", "--instrument", instrument)
    assert [(each["id"], UUID(each["channel"])) for each in everything] == [
        (3, other.ref), (2, one.ref), (1, one.ref),
    ]  # fmt: skip
    assert [each["id"] for each in await shown(floor, "orders", "--channel", one.ref, "--state", "working")] == [2]
    assert [
        each["id"] for each in await shown(floor, "orders", "--instrument", instrument, "--before", 3, "--limit", 1)
    ] == [2]
    (trade,) = await shown(floor, "trades", "--channel", other.ref)
    assert (trade["number"], trade["price"], trade["lots"], UUID(trade["maker_channel"])) == (1, 100, 5, one.ref)
    plain = await clob(floor, "trades", "--instrument", instrument)
    assert "price 100" in plain.output


async def test_verify_goes_through_history_and_fails_on_a_difference(floor: floors.Floor) -> None:
    shard, channel = await floor.shard(), await floor.channel()
    await channel.place(*(channel.terms(shard.instruments[0], "buy", 5, 100 + at) for at in range(9)))
    await shard.run()
    result = await clob(floor, "verify", "--shard", shard.number, role="execution_auditor")
    assert (result.exit_code, "all as written" in result.output) == (0, True), result.output
    await floor.superuser.execute("UPDATE clob_cursor SET hash = sha256('x'::bytea) WHERE shard = $1", shard.number)
    result = await clob(floor, "verify", "--shard", shard.number)
    assert (result.exit_code, "FAULT" in result.output) == (1, True)


@pytest.mark.parametrize(
    "words, code",
    [
        (("halt", "{other}"), "no book"),
        (("band", "{instrument}", 1 << 50), "out of range"),
        (("mass-cancel", "{instrument}", "{other}"), "never had an order"),
        (("open", "{instrument}"), "has a book"),
        (("open", "{other}"), "no such instrument"),
    ],
)
async def test_what_makes_no_sense_is_refused_in_one_line(
    floor: floors.Floor, words: tuple[object, ...], code: str
) -> None:
    shard = await floor.shard()
    places = {"instrument": str(shard.instruments[0]), "other": str(floor.ids.ref())}
    result = await clob(floor, *(str(each).format(**places) for each in words))
    assert result.exit_code == 2
    assert code in result.output


async def test_nothing_of_the_route_is_listed_before_it_can_be_settled(floor: floors.Floor) -> None:
    with pytest.raises(model.NotEnabled):
        opening.listable(instruments.Route.CLOB)
    env = {"EXECUTION_DATABASE_URL": floor.schema.url("execution_operator")}
    words = ["instruments", "add", "--code", "T", "--route", "clob", "--closes-at", "2030-01-01T00:00:00"]
    result = await asyncio.to_thread(CliRunner().invoke, cli.main, [*words, "--document", "00" * 32], env=env)
    assert (result.exit_code, "settled" in result.output) == (2, True)
