"""The register on a real database, as the operator who keeps it."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from boundary.kernel import records, states
from boundary.kernel.runtime import transaction
from execution_stack.instruments import model, service
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
