"""What operators do at the command line, on the database that the worker writes."""

import asyncio
import json
from pathlib import Path

from click.testing import CliRunner, Result

from boundary.kernel import primitives
from execution_stack import cli, desks, settings
from execution_stack.documents.adapters import files
from execution_stack.gate.service import publishing
from execution_stack.venues import model
from execution_stack.venues.adapters import evidence
from execution_stack.venues.jobs import loops
from execution_stack.venues.model import dealing
from execution_stack.venues.model.dealing import State
from execution_stack.venues.service import quoting, snapshots
from tests.execution.venues.dealing import simulation
from tests.execution.venues.dealing.desk import NAME, TICKER, Desk


async def said(desk: Desk, *arguments: str, keys: Path | None = None) -> Result:
    environment = {"EXECUTION_DATABASE_URL": desk.schema.url("execution_operator")}
    if keys is not None:
        environment |= {"EXECUTION_VENUE_URL": desk.exchange.origin, "EXECUTION_VENUE_KEYS": str(keys)}
    return await asyncio.to_thread(CliRunner(env=environment).invoke, cli.main, ["venue", *arguments])


async def test_operators_see_orders_fills_positions_and_cash(desk: Desk, venue_keys: tuple[Path, bytes]) -> None:
    desk.exchange.makers.rest(TICKER, "ask", 400_000, 600)
    order = await desk.place(ticks=45, lots=1000)
    await desk.settle()
    shown = json.loads((await said(desk, "order", "show", str(order.ref), "--json")).stdout)
    assert (shown["order"]["state"], shown["order"]["filled"], len(shown["fills"])) == ("partially_filled", 600, 1)
    assert TICKER in (await said(desk, "orders")).stdout
    (position,) = json.loads((await said(desk, "positions", "--json")).stdout)
    assert (position["net"], position["cost"]) == (600, 2_400_000)
    assert "6.00 at 0.400000 USD" in (await said(desk, "fills")).stdout
    balance = json.loads((await said(desk, "balance", "--json")).stdout)
    assert (balance["cash"], balance["orders"]) == (desk.exchange.exchange.account.cash, {"partially_filled": 1})
    compared = await said(desk, "reconcile", keys=venue_keys[0])
    assert (compared.exit_code, "no difference" in compared.stdout) == (0, True), compared.output
    unset = await said(desk, "reconcile")
    assert (unset.exit_code, "EXECUTION_VENUE_URL" in unset.stderr) == (2, True)


async def test_kill_is_durable_and_revive_undoes_it(desk: Desk) -> None:
    order = await desk.place(ticks=10)
    await desk.settle()
    assert "killed" in (await said(desk, "kill")).stdout
    assert "was killed before" in (await said(desk, "kill")).stdout
    await desk.settle()
    assert (await desk.order(order.ref)).state is State.CANCELLED
    assert "killed (operator)" in (await said(desk, "balance")).stdout
    assert (await said(desk, "revive")).exit_code == 0
    again = await desk.place(ticks=10)
    await desk.settle()
    assert "cancelling" in (await said(desk, "order", "cancel", str(again.ref))).stdout
    await desk.settle()
    assert (await desk.order(again.ref)).state is State.CANCELLED


async def test_cash_that_no_fill_explains_is_a_finding_until_it_is_stated(
    desk: Desk, venue_keys: tuple[Path, bytes]
) -> None:
    desk.exchange.exchange.account.cash += 5_000_000
    found = await said(desk, "reconcile", keys=venue_keys[0])
    assert (found.exit_code, "balance_differs" in found.stdout) == (1, True)
    assert "balance_differs" in (await said(desk, "findings")).stdout
    refused = await said(desk, "revive")
    assert (refused.exit_code, "reconcile first" in refused.stderr) == (2, True)
    assert (await said(desk, "transfer", "in", "5000000")).exit_code == 0
    assert (await said(desk, "reconcile", keys=venue_keys[0])).exit_code == 0
    assert (await said(desk, "findings")).stdout == ""
    assert (await said(desk, "revive")).exit_code == 0


def config(desk: Desk, keys: Path, place: Path) -> settings.Settings:
    for name in ("evidence.key", "catalogue.key"):
        (place / name).write_text(desk.deal.ids.token(32).hex())
        (place / name).chmod(0o600)
    return settings.load(
        {
            "EXECUTION_DATABASE_URL": "postgresql://unused",
            "EXECUTION_VENUE_URL": desk.exchange.origin,
            "EXECUTION_VENUE_KEYS": str(keys),
            "EXECUTION_DOCUMENTS": str(place / "documents"),
            "EXECUTION_CATALOGUE_KEY_FILE": str(place / "catalogue.key"),
            "EXECUTION_EVIDENCE": str(place / "evidence"),
            "EXECUTION_EVIDENCE_KEY_FILE": str(place / "evidence.key"),
        }
    )


async def test_what_the_venue_says_is_kept_sealed_and_named_by_its_hash(
    desk: Desk, venue_keys: tuple[Path, bytes], tmp_path: Path
) -> None:
    made = desks.desk(config(desk, venue_keys[0], tmp_path))
    assert made is not None
    assert made.keeping is not None
    for kind in dealing.SnapshotKind:
        assert await snapshots.keep(desk.db, made.deal, made.keeping, kind)
    await made.deal.venue.close()
    rows = await desk.run(lambda tx: snapshots.newest(tx, NAME, 10))
    assert {row[0] for row in rows} == set(dealing.SnapshotKind)
    for kind, _, file, content, size in rows:
        data = made.keeping.files.get(file)
        assert data is not None
        assert (primitives.sha256(data), len(data)) == (content, size)
        sealed = (tmp_path / "evidence" / file.hex()).read_bytes()
        assert b"balance" not in sealed, kind
    other = evidence.Sealed(files.Files(tmp_path / "evidence"), desk.deal.ids.token(32), desk.deal.ids)
    assert other.get(rows[0][2]) is None
    assert (await said(desk, "snapshots")).stdout.count("\n") == len(rows)


async def test_what_the_detector_finds_something_in_is_not_kept(desk: Desk, tmp_path: Path) -> None:
    async def fetch(_kind: dealing.SnapshotKind) -> list[bytes]:
        return [b'{"contact":"jane.doe@mail.example"}']

    store = files.Files(tmp_path / "evidence")
    keeping = snapshots.Keeping(fetch, evidence.Sealed(store, bytes(range(32)), desk.deal.ids), publishing.Sweep())
    assert not await snapshots.keep(desk.db, desk.deal, keeping, dealing.SnapshotKind.BALANCE)
    assert not (tmp_path / "evidence").exists()


async def test_prices_are_told_with_their_age_and_a_torn_book_is_not_believed(desk: Desk) -> None:
    desk.exchange.makers.rest(TICKER, "bid", 400_000, 600)
    desk.exchange.makers.rest(TICKER, "ask", 420_000, 300)
    poller = loops.Poller(desk.db, desk.deal)
    stop = asyncio.Event()
    listener = asyncio.create_task(loops.Listener(desk.db, desk.deal, poller.now, simulation.nothing).loop(stop))
    picture = await _picture(desk, lambda found: bool(found.quote.bids and found.quote.asks) and not found.stale)
    assert [(each.ticks, each.lots) for each in (*picture.quote.bids, *picture.quote.asks)] == [(40, 600), (42, 300)]
    desk.exchange.makers.rest(TICKER, "bid", 410_000, 200)
    picture = await _picture(desk, lambda found: len(found.quote.bids) == 2)
    assert picture.quote.bids[0].ticks == 41
    late = await desk.run(lambda tx: quoting.pictures(tx, desk.now() + quoting.STALE * 2))
    assert all(each.stale for each in late)
    stop.set()
    await listener
    assert all(each.stale for each in await desk.run(lambda tx: quoting.pictures(tx, desk.now())))


async def _picture(desk: Desk, wanted: object) -> quoting.Picture:
    assert callable(wanted)
    for _ in range(200):
        for each in await desk.run(lambda tx: quoting.pictures(tx, desk.now())):
            if each.quote.instrument == desk.instruments[TICKER] and wanted(each):
                return each
        await asyncio.sleep(0.05)
    raise AssertionError("the prices never came")


async def test_a_key_that_the_exchange_does_not_take_leaves_orders_waiting(desk: Desk) -> None:
    desk.exchange.members.dismiss("desk")
    order = await desk.place(ticks=10)
    await desk.sender.turn()
    await asyncio.gather(*desk.sender._orders.tasks)
    after = await desk.order(order.ref)
    assert (after.state, after.due_at is not None) == (State.RECORDED, True)
    assert not desk.exchange.exchange.orders


async def test_a_clock_that_is_wrong_leaves_orders_waiting(desk: Desk) -> None:
    desk.exchange.members.skew_ms = 60_000
    order = await desk.place(ticks=10)
    await desk.sender.turn()
    await asyncio.gather(*desk.sender._orders.tasks)
    assert (await desk.order(order.ref)).state is State.RECORDED
    desk.exchange.members.skew_ms = 0
    await desk.settle()
    assert (await desk.order(order.ref)).state is State.WORKING


async def test_a_paused_market_refuses_and_says_so(desk: Desk) -> None:
    desk.exchange.exchange.markets[TICKER].status = "inactive"
    order = await desk.place(ticks=10)
    await desk.settle()
    after = await desk.order(order.ref)
    assert (after.state, after.refusal) in {
        (State.REFUSED, model.Code.MARKET_PAUSED), (State.REFUSED, model.Code.MARKET_CLOSED),
    }  # fmt: skip
