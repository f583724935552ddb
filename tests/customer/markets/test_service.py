"""The copy of the register on a real database."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from boundary.kernel.runtime import transaction
from customer_stack.gate import ports
from customer_stack.markets import model, service

OPENS = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)
ONE, TWO = uuid.UUID("0d6f8a3e-51c2-4e7b-9a40-c1d2e3f40516"), uuid.UUID("1e7f8a3e-51c2-4e7b-9a40-c1d2e3f40517")
LISTING = ports.Listing(
    instrument=ONE,
    route="omnibus",
    product="event_contract",
    tick_size=10_000,
    lot_size=1_000_000,
    price_max=99,
    cap_lots=500,
    opens_at=OPENS,
    closes_at=OPENS + timedelta(days=30),
    document=bytes(range(32)),
)
REGISTER = service.Register()


def shown(listing: ports.Listing, state: model.State) -> model.Instrument:
    fields: dict[str, Any] = msgspec.structs.asdict(listing)
    return model.Instrument(ref=fields.pop("instrument"), state=state, **fields)


async def listed(db: transaction.Database, *listings: ports.Listing) -> None:
    await db.run("test.listed", lambda tx: REGISTER.listed(tx, listings))


async def moved(db: transaction.Database, instrument: uuid.UUID, state: str) -> None:
    await db.run("test.moved", lambda tx: REGISTER.state_changed(tx, instrument, state))


async def test_a_listing_is_shown_as_it_was_described(customer_db: transaction.Database) -> None:
    other = msgspec.structs.replace(LISTING, instrument=TWO, price_max=50)
    await listed(customer_db, LISTING, other)
    expected = [shown(LISTING, model.State.LISTED), shown(other, model.State.LISTED)]
    assert await customer_db.read("test.every", service.every) == expected


async def test_states_follow_and_new_terms_do_not_resume_what_is_halted(customer_db: transaction.Database) -> None:
    await listed(customer_db, LISTING)
    changed = msgspec.structs.replace(LISTING, cap_lots=400)
    for state in ("halted", "listed", "halted"):
        await moved(customer_db, ONE, state)
        assert await customer_db.read("test.every", service.every) == [shown(LISTING, model.State(state))]
    await listed(customer_db, changed)
    assert await customer_db.read("test.every", service.every) == [shown(changed, model.State.HALTED)]
    await moved(customer_db, ONE, "delisted")
    assert await customer_db.read("test.every", service.every) == [shown(changed, model.State.DELISTED)]


async def test_news_of_an_unknown_instrument_invents_none(customer_db: transaction.Database) -> None:
    await moved(customer_db, ONE, "halted")
    assert await customer_db.read("test.every", service.every) == []
