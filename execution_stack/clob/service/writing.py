"""One batch in one transaction: the cursor under the engine's epoch, orders, trades, news, and one audit entry."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from boundary.kernel.runtime import audit, transaction
from execution_stack.clob import model, ports
from execution_stack.clob.repo import books
from execution_stack.clob.repo import matching as repo
from execution_stack.clob.service import outcomes

LEASE = timedelta(seconds=2)


class Batch(NamedTuple):
    """What is to be written: the row, what it changes, and its trades with their numbers."""

    row: repo.Batch
    said: outcomes.Said
    trades: Sequence[tuple[Any, ...]]


class Writer:
    """Writes for one shard under one epoch. Whom a number stands for never changes, so it is remembered."""

    def __init__(self, shard: int, epoch: int, outbound: ports.Outbound) -> None:
        self._shard = shard
        self._epoch = epoch
        self._outbound = outbound
        self._who: dict[int, books.Who] = {}

    async def write(self, tx: transaction.Tx, batch: Batch) -> None:
        row, said, trades = batch
        await repo.by_key(tx)
        if await repo.advance(tx, self._shard, self._epoch, row, LEASE) is None:
            raise model.Fenced("another engine has taken this shard over")
        if said.new:
            await repo.add_orders(tx, row.number, list(said.new.values()))
        changed = await repo.change_orders(tx, row.number, list(said.changed.values())) if said.changed else []
        if trades:
            await repo.add_trades(tx, row.number, trades)
        if said.words:
            await self._tell(tx, said, changed)
        await audit.write(tx, model.BatchMatched(self._shard, row.number, row.first, row.last, row.events, row.hash))

    async def _tell(self, tx: transaction.Tx, said: outcomes.Said, changed: Sequence[transaction.Record]) -> None:
        unknown = {row["participant"] for row in changed} - self._who.keys()
        if unknown:
            self._who |= await books.who(tx, sorted(unknown))
        owners = _owners(said, changed, self._who)
        news = list(_news(said, changed, owners))
        if news:
            await self._outbound.tell(tx, news)


def _owners(
    said: outcomes.Said, changed: Sequence[transaction.Record], who: Mapping[int, books.Who]
) -> dict[outcomes.Key, model.Intent]:
    """The intent behind each order; none behind one that no intent brought."""
    found = {}
    for key, channel in said.channels.items():
        row = said.new[key]
        found[key] = model.Intent(channel, row[4], row[5], row[6])
    for each in changed:
        book, id_, user, epoch, sequence, position, _ = each
        if epoch and user in who:
            found[book, id_] = model.Intent(who[user].channel, epoch, sequence, position)
    return found


def _news(
    said: outcomes.Said, changed: Sequence[transaction.Record], owners: Mapping[outcomes.Key, model.Intent]
) -> Iterator[model.News]:
    for key, kind, lots, price, reason in said.words:
        intent = owners.get(key)
        if intent is None:
            continue
        if kind == outcomes.ACCEPTED:
            yield model.Working(intent)
        elif kind == outcomes.TRADED:
            yield model.Filled(intent, lots, price)
        else:
            yield model.Ended(intent, lots, model.Reason(reason))
    whole = [key for key, row in said.new.items() if row[11] == outcomes.FILLED]
    whole += [(row[0], row[1]) for row in changed if not row[6] and said.changed[row[0], row[1]][5] != outcomes.ENDED]
    for key in whole:
        if key in owners:
            yield model.Ended(owners[key], 0, model.Reason.NO_REASON)
