"""A catalogue comes in: swept, signed by an admitted key, listed; what the sweep finds something in waits for people."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pytest
import pytest_asyncio

from boundary.kernel import ids, primitives
from boundary.kernel.runtime import approvals, operator_register, transaction
from boundary.privacy import documents as public
from execution_stack.catalogue import model, rules
from execution_stack.catalogue import service as catalogue
from execution_stack.documents import model as documents_model
from execution_stack.documents import service as documents
from execution_stack.documents.adapters import files
from execution_stack.gate.service import announcements, open_orders, publishing
from execution_stack.instruments import model as instruments_model
from execution_stack.instruments import rules as instruments_rules
from execution_stack.instruments import service as instruments
from execution_stack.operators import service as operators
from execution_stack.venues import model as venue_model
from execution_stack.venues.model import dealing
from execution_stack.venues.rules import contracts
from execution_stack.venues.service import importing, showing
from execution_stack.venues.simulators.kalshi import lives
from tests.execution.venues.dealing.desk import NAME, TICKER, Desk

SECONDS = 1_800_000_000


class Office(NamedTuple):
    """A desk with an import, and two operators."""

    desk: Desk
    operator: transaction.Database
    importing: importing.Importing
    keys: dict[UUID, bytes]
    place: Path

    @property
    def public(self) -> bytes:
        return primitives.ed25519_public(self.importing.seed)

    def signed(
        self, purpose: str, subject: bytes, facts: dict[str, str]
    ) -> tuple[approvals.Statement, list[approvals.Approval]]:
        made = approvals.statement(
            operators.STACK,
            purpose,
            rules.subject(subject),
            facts,
            nonce=self.desk.deal.ids.ref(),
            now=SECONDS,
            seconds=3600,
        )
        hashed = approvals.statement_hash(made)
        return made, [approvals.Approval(ref, primitives.ed25519_sign(key, hashed)) for ref, key in self.keys.items()]

    async def admit(self, purpose: str = rules.ADMIT) -> None:
        made, given = self.signed(purpose, self.public, dict(rules.key_facts(self.public)))
        work = catalogue.admit_key if purpose == rules.ADMIT else catalogue.revoke_key
        await self.operator.run("test", lambda tx: work(tx, self.public, made, given, SECONDS))

    async def sync(self) -> dict[str, int]:
        return await importing.sync(self.desk.db, self.desk.deal, self.importing)

    async def listed(self) -> dict[str, instruments_model.Instrument]:
        return {each.code: each for each in await self.operator.read("test", instruments.every)}


@pytest_asyncio.fixture
async def office(desk: Desk, tmp_path: Path) -> AsyncIterator[Office]:
    await desk.run(lambda tx: tx.execute("DELETE FROM venue_range"))
    raw = await desk.schema.superuser()
    await raw.execute("TRUNCATE venue_market")
    await raw.close()
    operator = await desk.schema.connect("execution_operator")
    random, keys = ids.SystemIds(), {}
    for _ in range(2):
        seed = random.token(32)
        key = primitives.ed25519_public(seed)
        ref = await operator.run("test", lambda tx, key=key: operator_register.register(tx, key, random))  # type: ignore[misc]  # bound per turn
        made = approvals.statement(
            operators.STACK, operator_register.ACTIVATE, ref, {"public_key": key.hex(), "scope": "stack"},
            nonce=random.ref(), now=SECONDS, seconds=3600,
        )  # fmt: skip
        own = [approvals.Approval(ref, primitives.ed25519_sign(seed, approvals.statement_hash(made)))]
        await operator.run("test", lambda tx, m=made, o=own: operator_register.activate(tx, "execution", m, o, SECONDS))  # type: ignore[misc]  # likewise
        keys[ref] = seed
    takes = importing.Importing(
        random.token(32), files.Files(tmp_path / "documents"), files.Files(tmp_path / "documents" / "held"),
        publishing.Sweep(), publishing.Announcer(), announcements.Announcer(), open_orders.Intake(),
    )  # fmt: skip
    yield Office(desk, operator, takes, keys, tmp_path / "documents")
    await operator.close()


async def test_without_an_admitted_key_nothing_comes_in(office: Office) -> None:
    with pytest.raises(model.KeyNotActive):
        await office.sync()
    assert await office.listed() == {}


async def test_a_catalogue_is_swept_signed_stored_and_listed_once(office: Office) -> None:
    await office.admit()
    first = await office.sync()
    assert first == {"listed": len(office.desk.exchange.exchange.markets)}
    assert await office.sync() == {"unchanged": first["listed"]}
    listed = await office.listed()
    found = listed[TICKER]
    data = files.Files(office.place).get(found.document)
    assert data is not None
    assert primitives.sha256(data) == found.document
    public.admit(data, public.MediaType.JSON)
    said = json.loads(data)
    assert (said["code"], said["rules"][:2], said["series"]["sources"][0]["name"]) == (
        TICKER, "If", "Department of Meteorology",
    )  # fmt: skip
    assert (found.route, found.tick_size * (1_000_000 // found.lot_size)) == (instruments_model.Route.OMNIBUS, 10_000)
    row = await office.operator.read(
        "test", lambda tx: tx.row("SELECT * FROM catalogue_signature WHERE document = $1", found.document)
    )
    assert row is not None
    document = documents_model.Document(
        found.document, len(data), documents_model.Kind.RULES, documents_model.Media.JSON
    )
    signed = rules.signed_hash(catalogue.content(document))
    assert primitives.ed25519_matches(office.public, signed, row["signature"])
    assert await office.operator.read("test", lambda tx: documents.require(tx, found.document)) == document


async def test_a_revoked_key_publishes_nothing_and_never_comes_back(office: Office) -> None:
    await office.admit()
    await office.admit(rules.REVOKE)
    with pytest.raises(model.KeyNotActive):
        await office.sync()
    with pytest.raises(model.KeyRegistered):
        await office.admit()


async def test_a_signature_of_another_key_or_over_another_document_counts_for_nothing(office: Office) -> None:
    await office.admit()
    document = catalogue.described(b'{"a":1}')
    other = catalogue.described(b'{"a":2}')
    forged = rules.sign(ids.SystemIds().token(32), catalogue.content(document))
    elsewhere = rules.sign(office.importing.seed, catalogue.content(other))
    for signature in (forged, elsewhere, bytes(64)):
        with pytest.raises(model.BadSignature):
            await office.desk.run(
                lambda tx, s=signature: catalogue.take(tx, document, 0, office.public, s, publishing.Announcer())  # type: ignore[misc]  # bound per turn
            )


async def test_a_text_with_a_finding_waits_until_two_have_published_it_or_one_refused_it(office: Office) -> None:
    await office.admit()
    market = office.desk.exchange.exchange.markets[TICKER]
    market.rules_more = "Questions to jane.doe@mail.example or +94 77 123 4567."
    outcome = await office.sync()
    assert (outcome["held"], TICKER in await office.listed()) == (1, False)
    (held,) = await office.operator.read("test", catalogue.waiting)
    assert not (office.place / held.document.hex()).exists()
    assert (office.place / "held" / held.document.hex()).exists()
    assert (await office.sync())["held"] == 1
    made, given = office.signed(rules.PUBLISH, held.document, dict(rules.held_facts(held)))
    with pytest.raises(approvals.NotApproved):
        await office.operator.run(
            "test", lambda tx: catalogue.publish(tx, held.document, made, given[:1], SECONDS, publishing.Announcer())
        )
    await office.operator.run(
        "test", lambda tx: catalogue.publish(tx, held.document, made, given, SECONDS, publishing.Announcer())
    )
    assert (await office.sync())["listed"] == 1
    assert (await office.listed())[TICKER].document == held.document


async def test_a_refused_text_stays_out_and_a_listed_market_that_says_it_is_halted(office: Office) -> None:
    await office.admit()
    await office.sync()
    market = office.desk.exchange.exchange.markets[TICKER]
    market.rules_more = "Write to jane.doe@mail.example."
    assert (await office.sync())["held"] == 1
    assert (await office.listed())[TICKER].state is instruments_model.State.HALTED
    (held,) = await office.operator.read("test", catalogue.waiting)
    await office.operator.run("test", lambda tx: catalogue.refuse(tx, held.document))
    assert (await office.sync())["refused"] == 1
    with pytest.raises(Exception, match="not possible"):
        await office.operator.run("test", lambda tx: catalogue.refuse(tx, held.document))


async def test_an_instrument_follows_its_market_through_pause_and_close(office: Office) -> None:
    await office.admit()
    await office.sync()
    exchange = office.desk.exchange.exchange
    market = exchange.markets[TICKER]
    for step, state in ((lives.pause, "halted"), (lives.resume, "listed")):
        step(exchange, market)
        await importing.one(office.desk.db, office.desk.deal, office.importing, TICKER)
        assert (await office.listed())[TICKER].state.value == state
    lives.close(exchange, market)
    await office.sync()
    assert (await office.listed())[TICKER].state is instruments_model.State.CLOSED
    (row,) = [
        each
        for each in await office.operator.read("test", lambda tx: showing.markets(tx, NAME))
        if each.market == TICKER
    ]
    assert row.status is venue_model.MarketStatus.CLOSED


async def test_an_instrument_has_the_bands_of_its_market_and_follows_a_later_close(office: Office) -> None:
    await office.admit()
    market = office.desk.exchange.exchange.markets[TICKER]
    market.structure = "tapered_deci_cent"
    await office.sync()
    found = (await office.listed())[TICKER]
    assert [ticks for ticks in (99, 100, 101, 110, 895, 900, 901) if instruments_rules.is_price(found, ticks)] == [
        99, 100, 110, 900, 901,
    ]  # fmt: skip
    market.closes += 86_400_000_000
    assert (await office.sync())["changed"] == 1
    assert (await office.listed())[TICKER].closes_at == found.closes_at + timedelta(days=1)
    assert "changed" not in await office.sync()


async def test_a_symbol_that_the_register_cannot_hold_is_left_out(office: Office) -> None:
    await office.admit()
    exchange = office.desk.exchange.exchange
    long = "KX" + "A" * 40
    exchange.markets[long] = exchange.markets.pop(TICKER)
    exchange.markets[long].ticker = long
    assert (await office.sync())["left_out"] == 1
    assert not contracts.is_code(long)


def test_the_same_contract_has_the_same_bytes_whatever_the_day_brings() -> None:
    series = venue_model.Series("KX", "T", "C", "daily", (), "", "", (), venue_model.FeeType.QUADRATIC, 1)
    event = venue_model.Event("KX-1", "KX", "T", "", False, "")
    grid = venue_model.Grid((venue_model.Range(10_000, 990_000, 10_000),), 10_000, 1)
    values = dict.fromkeys(venue_model.Market.__struct_fields__)
    market = venue_model.Market(**values | {"ticker": "KX-1-A", "event": "KX-1", "grid": grid, "title": "T", "yes_means": "y", "no_means": "n", "rules": "r", "rules_more": "", "can_close_early": True, "last": 1})  # fmt: skip
    later = venue_model.Market(**values | {"ticker": "KX-1-A", "event": "KX-1", "grid": grid, "title": "T", "yes_means": "y", "no_means": "n", "rules": "r", "rules_more": "", "can_close_early": True, "last": 99, "volume": 5})  # fmt: skip
    assert contracts.document(dealing.Name.KALSHI, series, event, market) == contracts.document(
        dealing.Name.KALSHI, series, event, later
    )
