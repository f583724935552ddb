"""How a customer calls each route that moves money, with all that it takes for money to move: a quote of theirs, somebody
whom they may pay. Only clearance is left to say no.
"""

import dataclasses
import itertools
import pathlib
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import litestar
import msgspec

from boundary.kernel import clock, primitives
from boundary.kernel.runtime import transaction
from customer_stack.access import model as access
from customer_stack.compliance import model
from customer_stack.compliance.service import evaluating
from customer_stack.fx import model as fx
from customer_stack.fx.service import board, converting, quotes
from customer_stack.fx.service import house as fx_house
from customer_stack.ledger import model as ledger
from customer_stack.ledger.api import moving
from customer_stack.ledger.service import accounts, posting
from customer_stack.payments.adapters import bank_files
from customer_stack.payments.model import beneficiaries
from customer_stack.payments.model.messages import Party
from customer_stack.payments.model.rails import Rail
from tests.boundary.kernel.runtime import loopback
from tests.customer.access import house as houses
from tests.customer.compliance import house as rooms
from tests.customer.fx import conftest as exchange

GIVEN = 1_000_000_00
MONTH = timedelta(days=30)


def marked(app: litestar.Litestar) -> dict[str, tuple[str, str]]:
    """From the description alone: the operation, its method and path."""
    return {
        operation["operationId"]: (method.upper(), path)
        for path, methods in app.openapi_schema.to_schema()["paths"].items()
        for method, operation in methods.items()
        if operation.get(moving.MARK)
    }


class Call(NamedTuple):
    """What a route is called with."""

    path: Mapping[str, str] = {}
    body: Any = None


class Rates:
    """Everything is worth what rupees are; what limits count is not what this is about."""

    async def rates(
        self, _tx: transaction.Tx, assets: Collection[int], _currency: str, _now: datetime
    ) -> dict[int, model.Rate]:
        return {number: model.Rate(1, 1) for number in assets}


class Clear:
    """A payee whom no list means."""

    async def screen(self, *_: Any) -> beneficiaries.Screened:
        return beneficiaries.Screened.CLEAR


@dataclasses.dataclass
class Walk:
    """The composed API with rates on its board and a bank behind it, and a clearance whose neighbours a test tells."""

    house: houses.House
    worker: transaction.Database
    neighbours: rooms.Neighbours
    _keys: "itertools.count[int]" = dataclasses.field(default_factory=lambda: itertools.count(1))

    async def customer(self) -> houses.Person:
        """Somebody with a million rupees, of whom everybody thinks well."""
        person = await self.house.person(access.Role.INVESTOR)
        caller = msgspec.structs.replace(person.caller(), role=access.Role.INVESTOR)
        self.house.desk.callers[person.token] = caller
        vault = self.house.inner.state.vault
        await self.house.db.run("t", lambda tx: vault.create(tx, person.account))
        await self.worker.run("t", lambda tx: self._fund(tx, person.account))
        self.neighbours.knows(person.account)
        return person

    async def _fund(self, tx: transaction.Tx, account: UUID) -> None:
        known = await fx_house.look(tx)
        asset = known.assets["LKR"].number
        cash = await accounts.ensure(tx, account, ledger.Kind.CUSTOMER_CASH, asset, self.house.ids)
        bank = known.accounts[ledger.Kind.BANK, asset]
        given = ledger.Transfer(self.house.ids.ref(), bank, cash.id, GIVEN, asset, 1)
        await posting.post_all(tx, [given], self.house.time.now())

    async def asks(self, person: houses.Person, method: str, path: str, body: Any = None) -> loopback.Answer:
        caller = msgspec.structs.replace(person.caller(), role=access.Role.INVESTOR)
        self.house.desk.callers[person.token] = caller  # a factor proved at the clock's new time
        return await person.send(method, path, body, ("idempotency-key", f"walk-{next(self._keys)}"))

    async def moved(self) -> int:
        return int(await self.house.superuser.fetchval("SELECT count(*) FROM ledger_transfer"))


async def opened(house: houses.House, worker: transaction.Database, folder: pathlib.Path) -> Walk:
    """What the composed API lacks without settings of a deployment: rates, a bank, and answers about people."""
    neighbours, random, state = rooms.Neighbours(), house.ids, house.inner.state
    wiring = rooms.clearance(neighbours, random).wiring  # type: ignore[arg-type]  # seeded, as every house's
    desk = quotes.Desk(exchange.POLICY, exchange.SEED, fx_house.House(), None, random)
    await worker.run("t", lambda tx: fx_house.ensure(tx, exchange.POLICY.pairs, random))
    now = clock.SystemClock().now()
    for source, bid, ask in ((exchange.PROVIDER, "300.10", "301.20"), (exchange.CENTRAL_BANK, "297.5", "304.5")):
        said = fx.Observation(exchange.DOLLAR, Decimal(bid), Decimal(ask), now, primitives.sha256(bid.encode()))
        await worker.run("t", lambda tx, s=source, o=said: board.hear(tx, s, [o]))
    rails = {each: frozenset({"LKR"}) for each in (Rail.CEFTS, Rail.SLIPS, Rail.RTGS)}
    bank = bank_files.BankFiles(folder, Party(name="House of Example", account="7010-001-1234567890"), rails, ["s"])
    state.update(
        {
            "clearance": evaluating.Clearance(wiring._replace(rates=Rates())),
            "fx": desk,
            "fx_converter": converting.Converter(house.db, desk),
            "payments": state.payments._replace(screener=Clear(), providers={"bank": bank}),
        }
    )
    return Walk(house, worker, neighbours)


async def _quote(walk: Walk, person: houses.Person) -> Call:
    wanted = {"sell": "LKR", "buy": "USD", "amount": "30000.00"}
    answer = await walk.asks(person, "POST", "/api/v1/fx/quotes", wanted)
    assert answer.status == 201, answer
    return Call({"quote": answer.json["quote"]})


async def _payee(walk: Walk, person: houses.Person) -> Call:
    wanted = {
        "name": "Ada Example",
        "currency": "LKR",
        "country": "LK",
        "details": {"lk_account": "7056-001-1234567890"},
    }
    answer = await walk.asks(person, "POST", "/api/v1/beneficiaries", wanted)
    assert answer.status == 201, answer
    walk.neighbours.screened[UUID(answer.json["id"])] = "CLEAR"
    walk.house.time.advance(MONTH)  # past the cool-down
    return Call(body={"beneficiary": answer.json["id"], "amount": "100.00"})


PREPARED: Mapping[str, Callable[[Walk, houses.Person], Awaitable[Call]]] = {
    "accept_fx_quote": _quote,
    "withdraw": _payee,
}
"""By operation id. A marked route that stands not here fails a test: whoever adds one says how money would move by it."""
