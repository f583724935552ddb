"""Group commit: concurrent calls share one set-based transaction, and one bad item does not sink the rest.

While one transaction commits, the next one's items gather, so the batch grows with the load and a lone call waits
for nobody. `work` answers one value or one `Refusal` per item, in order. When the database itself throws an item
out (a constraint, a type), the batch is run again item by item, so that only the culprit pays.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Generic, Protocol, TypeVar

import asyncpg

from boundary.kernel import errors

Item = TypeVar("Item")
Answer = TypeVar("Answer")

QUEUE_MAX = 20_000


class Overloaded(errors.Unavailable):
    """More work waits than we are willing to hold. Nothing was done; please try again."""

    code = "overloaded"


class Run(Protocol):
    """`Database.run`, as much of it as is needed here."""

    async def __call__(self, name: str, work: Callable[[Any], Awaitable[Any]], /) -> Any: ...


class Batch(Generic[Item, Answer]):
    def __init__(
        self,
        run: Run,
        name: str,
        work: Callable[[Any, list[Item]], Awaitable[list[Answer | errors.Refusal]]],
        size_max: int,
    ) -> None:
        self._run = run
        self._name = name
        self._work = work
        self._size_max = size_max
        self._waiting: asyncio.Queue[tuple[Item, asyncio.Future[Answer]]] = asyncio.Queue(QUEUE_MAX)
        self._writer: asyncio.Task[None] | None = None

    async def submit(self, item: Item) -> Answer:
        """Answered after the item's transaction is committed, or raised: its own refusal or the batch's fault."""
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write(), name=f"batch {self._name}")
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        try:
            self._waiting.put_nowait((item, answer))
        except asyncio.QueueFull:
            raise Overloaded("too much work is waiting, please try again") from None
        return await answer

    async def close(self) -> None:
        """Finish what was accepted, then stop."""
        await self._waiting.join()
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)

    async def _write(self) -> None:
        while True:
            taken = [await self._waiting.get()]
            while len(taken) < self._size_max and not self._waiting.empty():
                taken.append(self._waiting.get_nowait())
            try:
                await self._commit(taken)
            finally:
                for _ in taken:
                    self._waiting.task_done()

    async def _commit(self, taken: list[tuple[Item, asyncio.Future[Answer]]]) -> None:
        items = [item for item, _ in taken]
        try:
            answers = await self._run(self._name, lambda tx: self._work(tx, items))
        except (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError) as error:
            if len(taken) == 1:
                _settle(taken[0][1], error)
                return
            for one in taken:
                await self._commit([one])
            return
        except Exception as error:  # noqa: BLE001 -- whatever it was, everybody who waits must hear of it
            for _, future in taken:
                _settle(future, error)
            return
        if len(answers) != len(taken):
            raise AssertionError(f"{self._name}: {len(answers)} answers for {len(taken)} items")
        for (_, future), answer in zip(taken, answers, strict=True):
            _settle(future, answer)


def _settle(future: "asyncio.Future[Answer]", answer: Answer | Exception) -> None:
    if future.done():  # the caller went away; the item stays done or refused all the same
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)
