"""Intents of the route `clob` go straight into the journal, in the transaction of the core that brought them."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from boundary.kernel.runtime import transaction
from execution_stack.clob import model
from execution_stack.clob.formats import journal as packed
from execution_stack.clob.repo import books, matching, timers
from execution_stack.clob.repo import journal as repo
from execution_stack.clob.rules import intents as rules
from execution_stack.clob.service import journal
from execution_stack.intents import model as intents

_USER, _ORDER = 6, 7  # places in a record as `formats.journal.read` gives it


class _Order(NamedTuple):
    """Where the order of an intent is."""

    shard: int
    book: int
    id: int
    user: int


class Lane:
    """What `intents.ports.Lane` asks for."""

    async def takes(self, tx: transaction.Tx, instruments: Iterable[UUID]) -> frozenset[UUID]:
        """Those that have a book."""
        return frozenset(await books.places(tx, instruments))

    async def accepted(
        self,
        tx: transaction.Tx,
        channel: UUID,
        first: intents.Name,
        accepted: Sequence[tuple[int, intents.Terms]],
    ) -> None:
        """New orders, in the order of their places in the core."""
        places = await books.places(tx, [terms.instrument for _, terms in accepted])
        users = await books.numbers(tx, channel, [terms.participant for _, terms in accepted])
        wanted: dict[int, list[packed.Entry]] = {}
        dated: set[tuple[int, int]] = set()
        for position, terms in accepted:
            place = places[terms.instrument]
            command = rules.new(terms, users[terms.participant])
            wanted.setdefault(place.shard, []).append(packed.Entry(place.book, command, position))
            if command.time:
                dated.add((place.book, terms.expires_at))
        await journal.append(tx, wanted, repo.Origin(channel, first.epoch, first.sequence))
        if dated:
            await timers.remind(tx, sorted(dated))

    async def amended(
        self, tx: transaction.Tx, channel: UUID, wanted: Sequence[tuple[intents.Name, intents.Terms]]
    ) -> None:
        """New price and quantity: the book decides, and news follow."""
        orders = await self._orders(tx, channel, wanted)
        await self._say(
            tx,
            [
                (order, rules.amend(terms, order.user, order.id))
                for order, (_, terms) in zip(orders, wanted, strict=True)
            ],
        )

    async def cancelled(
        self, tx: transaction.Tx, channel: UUID, wanted: Sequence[tuple[intents.Name, intents.Terms]]
    ) -> None:
        """As `amended`."""
        orders = await self._orders(tx, channel, wanted)
        await self._say(tx, [(order, rules.cancel(order.user, order.id)) for order in orders])

    async def _say(self, tx: transaction.Tx, commands: Sequence[tuple[_Order, model.Command]]) -> None:
        wanted: dict[int, list[packed.Entry]] = {}
        for order, command in commands:
            wanted.setdefault(order.shard, []).append(packed.Entry(order.book, command))
        await journal.append(tx, wanted)

    async def _orders(
        self, tx: transaction.Tx, channel: UUID, wanted: Sequence[tuple[intents.Name, intents.Terms]]
    ) -> list[_Order]:
        """The order of each intent, as its command says."""
        places = await books.places(tx, [terms.instrument for _, terms in wanted])
        asked = [(*name, places[terms.instrument].shard) for name, terms in wanted]
        await matching.by_key(tx)
        rows = await repo.of_intents(tx, channel, asked)
        return [_find(rows[at][1], name.position, asked[at][3]) for at, (name, _) in enumerate(wanted)]


def _find(payload: bytes, position: int, shard: int) -> _Order:
    for record in packed.read(payload):
        if record[1] == position:
            return _Order(shard, record[0], record[_ORDER], record[_USER])
    raise model.BadJournal("an intent that was taken in is not in the journal")
