"""Ledgers to measure on: an asset, many accounts, transfers ready to be posted."""

import itertools
import random  # noqa: TID251 -- repeatable on purpose
import uuid
from collections.abc import Iterator, Sequence

from boundary.kernel.runtime import transaction
from customer_stack.ledger import model
from customer_stack.ledger.service import accounts

ASSET = model.Asset(1, "USD", 6, model.AssetKind.CURRENCY)
_FREE = int(model.AccountFlag.HISTORY)
_OPENED_AT_ONCE = 5000


async def opened(db: transaction.Database, count: int, seed: int = 1) -> list[uuid.UUID]:
    """So many accounts without a bound, by random ids as in life."""
    chance = random.Random(seed)
    ids = [uuid.UUID(bytes=chance.randbytes(16), version=4) for _ in range(count)]
    await db.run("bench.asset", lambda tx: accounts.add_asset(tx, ASSET))
    for start in range(0, count, _OPENED_AT_ONCE):
        part = [model.Account(id_, 1, 1, _FREE) for id_ in ids[start : start + _OPENED_AT_ONCE]]
        await db.run("bench.open", lambda tx, part=part: accounts.open_all(tx, part))
    return ids


def transfers(pairs: Iterator[tuple[uuid.UUID, uuid.UUID]], count: int, chance: random.Random) -> list[model.Transfer]:
    return [
        model.Transfer(uuid.UUID(bytes=chance.randbytes(16), version=4), debit, credit, 1 + n % 997, 1, 1)
        for n, (debit, credit) in enumerate(itertools.islice(pairs, count))
    ]


def spread(ids: Sequence[uuid.UUID], chance: random.Random) -> Iterator[tuple[uuid.UUID, uuid.UUID]]:
    """Both accounts by chance."""
    while True:
        debit, credit = chance.sample(ids, 2)
        yield debit, credit


def hot(ids: Sequence[uuid.UUID], chance: random.Random) -> Iterator[tuple[uuid.UUID, uuid.UUID]]:
    """All through one account."""
    while True:
        yield ids[0], ids[1 + chance.randrange(len(ids) - 1)]
