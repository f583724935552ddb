"""The lists in use, read and indexed, in the memory of one process.

What is remembered decides nothing: who decides asks the database which versions are in use, in the transaction of the
decision, and gets an index of exactly those or none. Reading takes seconds and happens in a thread, outside of
transactions, while the index of before goes on answering whoever still may use it.
"""

import asyncio
import ctypes
import functools
from collections.abc import Mapping
from typing import NamedTuple

from boundary.kernel.runtime import server, telemetry, transaction
from customer_stack.screening import model
from customer_stack.screening.matchers import known, v1
from customer_stack.screening.repo import lists as repo
from customer_stack.screening.rules import changes
from customer_stack.screening.service import listing

LOOK_SECONDS = 5
LOADED = telemetry.Event("screening.lists_loaded", entries=int)

Key = tuple[model.Publisher, str]


class Ready(NamedTuple):
    """An index of these versions; `entities` with the digest of each, for whoever weighs a candidate."""

    ids: tuple[int, ...]
    prepared: v1.Prepared
    entities: Mapping[Key, tuple[model.Entity, bytes]]


class Lists:
    """One per process. `refresh` reads what changed; `of` answers at once."""

    def __init__(self) -> None:
        self._ready: Ready | None = None
        self._parts: dict[int, model.List] = {}
        self._turn = asyncio.Lock()

    def of(self, ids: tuple[int, ...]) -> Ready | None:
        """The index of exactly these versions, if it is in memory."""
        return self._ready if self._ready is not None and self._ready.ids == ids else None

    @property
    def newest(self) -> Ready | None:
        """Whatever is in memory: to show, never to decide by."""
        return self._ready

    async def refresh(self, db: transaction.Database) -> Ready:
        """The index of the versions that are in use now."""
        async with self._turn:
            used = await db.read("screening.in_use", repo.in_use)
            ids = tuple(sorted(each.id for each in used.values()))
            found = self.of(ids)
            if found is not None:
                return found
            for number in ids:
                if number not in self._parts:
                    [self._parts[number]] = await db.read(
                        "screening.entries", functools.partial(listing.stored, numbers=[number]), seconds_max=60
                    )
            self._parts = {number: self._parts[number] for number in ids}
            self._ready = await asyncio.to_thread(_prepared, ids, list(self._parts.values()))
            telemetry.emit(LOADED, entries=len(self._ready.entities))
            return self._ready

    def loop_of(self, db: transaction.Database) -> server.Loop:
        """Follows what is in use until told to stop."""

        async def loop(stop: asyncio.Event) -> None:
            while not stop.is_set():
                await self.refresh(db)
                await server.pause(stop, LOOK_SECONDS)

        return loop


def _prepared(ids: tuple[int, ...], parts: list[model.List]) -> Ready:
    prepared = known.BY_NAME[known.CURRENT].prepare(parts)
    entities = {
        (each.version.publisher, entity.ref): (entity, changes.digest(entity))
        for each in parts
        for entity in each.entities
    }
    if prepared.names:  # the first name that is read builds the dictionary of names, which nobody should wait for
        known.BY_NAME[known.CURRENT].decide(prepared, model.Query("warm"), threshold=model.ONE, limit=1)
    _give_back()
    return Ready(ids, prepared, entities)


def _give_back() -> None:
    """Reading leaves as much behind as it makes: the C library keeps what was freed for whoever asks next, and here nobody
    does. Libraries that cannot be asked keep it.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
