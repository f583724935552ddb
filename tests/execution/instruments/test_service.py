"""The register on a real database, as the operator who keeps it."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from boundary.kernel import records, states
from boundary.kernel.runtime import transaction
from execution_stack.instruments import model, rules, service
from tests.stacks import StackDatabase

NOW = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)
SOUND = model.Instrument(
    ref=uuid.UUID("0d6f8a3e-51c2-4e7b-9a40-c1d2e3f40516"),
    code="RAIN-26.MAY",
    route=model.Route.OMNIBUS,
    product=model.Product.EVENT_CONTRACT,
    state=model.State.LISTED,
    tick_size=10_000,
    lot_size=1_000_000,
    price_max=99,
    cap_lots=25_000,
    opens_at=NOW,
    closes_at=NOW + timedelta(days=30),
    document=bytes(range(32)),
)
OTHER = uuid.UUID("1e7f8a3e-51c2-4e7b-9a40-c1d2e3f40517")


class Told:
    """Whom the register tells: what it heard, in order."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, model.State]] = []

    async def listed(self, tx: transaction.Tx, instrument: model.Instrument) -> None:
        self.heard.append(("listed", instrument.state))

    async def changed(self, tx: transaction.Tx, instrument: model.Instrument) -> None:
        self.heard.append(("terms", instrument.state))

    async def state_changed(self, tx: transaction.Tx, instrument: model.Instrument) -> None:
        self.heard.append(("changed", instrument.state))


async def entries(schema: StackDatabase) -> list[records.Entry]:
    superuser = await schema.superuser()
    try:
        rows = await superuser.fetch("SELECT payload FROM audit_entry ORDER BY id")
    finally:
        await superuser.close()
    return [records.decode(row[0], records.Entry) for row in rows]


async def test_the_register_keeps_what_was_listed_moves_it_and_tells(execution_schema: StackDatabase) -> None:
    db, told = await execution_schema.connect("execution_operator", size=1), Told()
    await db.run("test.add", lambda tx: service.add(tx, SOUND, told))
    assert await db.read("test.every", service.every) == [SOUND]
    for event, state in (
        (model.StateEvent.HALT, model.State.HALTED),
        (model.StateEvent.RESUME, model.State.LISTED),
        (model.StateEvent.DELIST, model.State.DELISTED),
    ):
        moved = await db.run("test.move", lambda tx, e=event: service.move(tx, SOUND.ref, e, told))
        assert moved == msgspec.structs.replace(SOUND, state=state)
        assert await db.read("test.some", lambda tx: service.some(tx, [OTHER, SOUND.ref])) == {SOUND.ref: moved}
    with pytest.raises(states.IllegalTransition):
        await db.run("test.move", lambda tx: service.move(tx, SOUND.ref, model.StateEvent.RESUME, told))
    await db.close()
    assert [state for _, state in told.heard] == ["listed", "halted", "listed", "delisted"]
    written = [each for each in await entries(execution_schema) if isinstance(each, model.Listed | model.StateChanged)]
    assert written[1:] == [model.StateChanged(SOUND.ref, number) for number in (2, 1, 3)]
    assert isinstance(written[0], model.Listed)
    assert (written[0].instrument, written[0].document) == (SOUND.ref, SOUND.document)


async def test_a_reference_and_a_code_stand_in_the_register_once(execution_schema: StackDatabase) -> None:
    db, told = await execution_schema.connect("execution_operator", size=1), Told()
    await db.run("test.add", lambda tx: service.add(tx, SOUND, told))
    changes: list[dict[str, Any]] = [{}, {"code": "OTHER"}, {"ref": OTHER}]
    for change in changes:
        with pytest.raises(model.AlreadyListed) as refused:
            await db.run("test.add", lambda tx, c=change: service.add(tx, msgspec.structs.replace(SOUND, **c), told))
        assert refused.value.code == "instrument_already_listed"
    with pytest.raises(model.BadInstrument):
        await db.run(
            "test.add", lambda tx: service.add(tx, msgspec.structs.replace(SOUND, ref=OTHER, code="Nimal"), told)
        )
    with pytest.raises(model.UnknownInstrument) as unknown:
        await db.run("test.move", lambda tx: service.move(tx, OTHER, model.StateEvent.HALT, told))
    assert unknown.value.code == "instrument_unknown"
    await db.close()
    assert told.heard == [("listed", model.State.LISTED)]


class Orders:
    """Says how many orders are open."""

    def __init__(self, count: int = 0) -> None:
        self.count = count

    async def open_in(self, tx: transaction.Tx, instrument: uuid.UUID) -> int:
        return self.count


TERMS = rules.terms(SOUND)
BANDS = (model.Band(1, 1), model.Band(30, 3))


async def test_terms_change_are_told_once_and_written_down(execution_schema: StackDatabase) -> None:
    db, told = await execution_schema.connect("execution_operator", size=1), Told()
    await db.run("test.add", lambda tx: service.add(tx, msgspec.structs.replace(SOUND, grid=(model.Band(2, 1),)), told))
    for wanted in (
        msgspec.structs.replace(TERMS, grid=BANDS, cap_lots=7),
        msgspec.structs.replace(TERMS, grid=BANDS, cap_lots=7),
        TERMS,
    ):
        changed = await db.run(
            "test.change", lambda tx, w=wanted: service.change(tx, SOUND.ref, w, NOW, told, Orders())
        )
        assert rules.terms(changed) == wanted
        assert await db.read("test.every", service.every) == [changed]
    with pytest.raises(model.BadChange):
        await db.run(
            "test.change",
            lambda tx: service.change(tx, SOUND.ref, msgspec.structs.replace(TERMS, grid=BANDS), NOW, told, Orders(1)),
        )
    with pytest.raises(model.UnknownInstrument):
        await db.run("test.change", lambda tx: service.change(tx, OTHER, TERMS, NOW, told, Orders()))
    await db.close()
    assert [word for word, _ in told.heard] == ["listed", "terms", "terms"], "the same again is no news"
    written = [each for each in await entries(execution_schema) if isinstance(each, model.Changed)]
    assert [each.cap_lots for each in written] == [7, SOUND.cap_lots]
    assert written[0].grid != written[1].grid


async def test_what_is_past_its_window_is_closed_and_nothing_else(execution_schema: StackDatabase) -> None:
    db, told = await execution_schema.connect("execution_worker", size=1), Told()
    operator = await execution_schema.connect("execution_operator", size=1)
    states_ = (model.State.LISTED, model.State.HALTED, model.State.LISTED)
    over = [NOW + timedelta(days=1), NOW + timedelta(days=1), NOW + timedelta(days=2)]
    for number, (state, closes_at) in enumerate(zip(states_, over, strict=True)):
        ref = uuid.UUID(int=(number + 1) << 96 | 4 << 76 | 2 << 62)
        each = msgspec.structs.replace(SOUND, ref=ref, code=f"C{number}", state=state, closes_at=closes_at)
        await operator.run("test.add", lambda tx, each=each: service.add(tx, each, told))
    for now, closed in ((NOW, 0), (over[0] - timedelta(seconds=1), 0), (over[0], 2), (over[0], 0), (over[2], 1)):
        found = await db.run("test.over", lambda tx, now=now: service.close_over(tx, now, told))
        assert len(found) == closed
    assert {each.state for each in await db.read("test.every", service.every)} == {model.State.CLOSED}
    resolve = model.StateEvent.RESOLVE
    moved = await operator.run("test.move", lambda tx: service.move(tx, ref, resolve, told))
    assert moved.state is model.State.RESOLVED
    await operator.close()
    await db.close()


async def test_the_register_is_searched_by_route_product_state_and_code(execution_schema: StackDatabase) -> None:
    db, told = await execution_schema.connect("execution_operator", size=1), Told()
    kinds = [
        ("A.1", model.Route.OMNIBUS, model.Product.EVENT_CONTRACT),
        ("A.2", model.Route.CLOB, model.Product.SECURITY_TOKEN),
        ("B-1", model.Route.BROKER, model.Product.EQUITY),
    ]
    for number, (code, route, product) in enumerate(kinds, start=1):
        ref = uuid.UUID(int=number << 96 | 4 << 76 | 2 << 62)
        each = msgspec.structs.replace(SOUND, ref=ref, code=code, route=route, product=product, grid=BANDS)
        await db.run("test.add", lambda tx, each=each: service.add(tx, each, told))

    async def codes(**search: Any) -> list[str]:
        return [each.code for each in await db.read("test.search", lambda tx: service.search(tx, **search))]

    assert await codes() == ["A.1", "A.2", "B-1"]
    assert await codes(code="A.") == ["A.1", "A.2"]
    assert await codes(code="%") == []
    assert await codes(route=model.Route.BROKER) == ["B-1"]
    assert await codes(product=model.Product.SECURITY_TOKEN, state=model.State.LISTED) == ["A.2"]
    assert await codes(state=model.State.HALTED) == []
    one = await db.read("test.one", lambda tx: service.one(tx, "A.2"))
    assert one == await db.read("test.one", lambda tx: service.one(tx, str(one.ref)))
    assert one.grid == BANDS
    for name in ("A", "nobody", "", str(OTHER)):
        with pytest.raises(model.UnknownInstrument):
            await db.read("test.one", lambda tx, name=name: service.one(tx, name))
    await db.close()


async def test_a_stated_price_is_on_the_grid(execution_schema: StackDatabase) -> None:
    db, told = await execution_schema.connect("execution_operator", size=1), Told()
    await db.run("test.add", lambda tx: service.add(tx, msgspec.structs.replace(SOUND, grid=BANDS), told))
    for ticks in (31, 100, -1, 2**63 - 1):
        with pytest.raises(model.BadPrice):
            await db.run("test.price", lambda tx, ticks=ticks: service.price(tx, SOUND.ref, ticks))
    for ticks in (33, 99, 0):
        await db.run("test.price", lambda tx, ticks=ticks: service.price(tx, SOUND.ref, ticks))
    await db.close()
