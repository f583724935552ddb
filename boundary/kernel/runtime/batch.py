"""Group commit: concurrent calls share one set-based transaction, and one bad item does not sink the rest.

While one transaction commits, the next one's items gather, so the batch grows with the load and a lone call waits
for nobody. `work` answers one value or one `Refusal` per item, in order. When something throws the whole batch out
(a constraint, a type, a defect that one item finds), it is run again in halves, so that in the end only the culprit
pays. When the database is away or will not say how it ended, everybody hears just that.
"""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from typing import Any, Generic, Protocol, TypeVar

from boundary.kernel import errors

Item = TypeVar("Item")
Answer = TypeVar("Answer")

QUEUE_MAX = 20_000
CLOSE_SECONDS = 10


class Overloaded(errors.Unavailable):
    """More work waits than we are willing to hold. Nothing was done; please try again."""

    code = "overloaded"


class Stopped(errors.Unavailable):
    """The process was told to stop before this work's turn came. Nothing was done."""

    code = "stopping"


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
        """Finish what was accepted, then stop. What a database that does not answer keeps waiting is let go."""
        try:
            await asyncio.wait_for(self._waiting.join(), timeout=CLOSE_SECONDS)
        except TimeoutError:
            while not self._waiting.empty():
                _settle(self._waiting.get_nowait()[1], Stopped("the process is stopping; nothing was done"))
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
                for _, answer in taken:
                    _settle(answer, errors.OutcomeUnknown("the process ended while this was being written"))
                    self._waiting.task_done()

    async def _commit(self, taken: list[tuple[Item, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await self._run(self._name, functools.partial(self._answers, [item for item, _ in taken]))
        except Exception as error:  # noqa: BLE001 -- whatever it was, everybody who waits must hear of it
            if len(taken) > 1 and not isinstance(error, (errors.Unavailable, errors.OutcomeUnknown)):
                middle = len(taken) // 2
                await self._commit(taken[:middle])
                await self._commit(taken[middle:])
                return
            answers = [error] * len(taken)
        for (_, future), answer in zip(taken, answers, strict=True):
            _settle(future, answer)

    async def _answers(self, items: list[Item], tx: Any) -> list[Any]:
        answers = await self._work(tx, items)
        if len(answers) != len(items):  # seen inside the transaction, which therefore does not happen
            raise AssertionError(f"{self._name}: {len(answers)} answers for {len(items)} items")
        return answers


def _settle(future: "asyncio.Future[Answer]", answer: Answer | Exception) -> None:
    if future.done():  # answered already, or the caller went away; the item stays done or refused all the same
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)
