"""Which fault befalls which exchange, drawn from a seed: one list of kinds, whatever carries the exchanges."""

import asyncio
import dataclasses
import enum
import random  # noqa: TID251 -- seeded: a run can be repeated
from collections import Counter
from collections.abc import Awaitable, Callable

from boundary.wire import frame

KIND = 5  # the place of the kind in a frame's header


class Fault(enum.Enum):
    """What can happen to a request or to its answer."""

    DROP_REQUEST = "drop request"
    DROP_ANSWER = "drop answer"
    DUPLICATE = "duplicate"
    REORDER = "reorder"
    DELAY = "delay"
    CORRUPT_REQUEST = "corrupt request"
    CORRUPT_ANSWER = "corrupt answer"
    TRUNCATE_REQUEST = "truncate request"
    TRUNCATE_ANSWER = "truncate answer"


class Lost(Exception):  # noqa: N818 -- what a network does, no defect
    """The exchange got no answer."""


Forward = Callable[[bytes], Awaitable[bytes]]


@dataclasses.dataclass
class Network:
    """Carries exchanges by FORWARD, badly: each kind of fault befalls so large a share of them, each by its own draw."""

    forward: Forward
    seed: int
    rate: float = 0.0
    delay_seconds: float = 0.2
    cut: bool = False
    """Nothing passes while this is set: as if the cable were pulled. Nobody is told; requests just get no answer."""
    kinds: tuple[Fault, ...] = tuple(Fault)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._passed = asyncio.Event()
        self.happened: Counter[Fault] = Counter()
        self.exchanges = 0
        self.cores_under_way = 0

    async def carry(self, request: bytes) -> bytes:
        """The answer, or what is left of it."""
        faults = {kind for kind in self.kinds if self._random.random() < self.rate}
        self.happened.update(faults)
        self.exchanges += 1
        carries_core = request[KIND] == frame.Kind.DATA
        self.cores_under_way += carries_core
        try:
            return await self._carry(request, faults)
        finally:
            self.cores_under_way -= carries_core

    async def _carry(self, request: bytes, faults: set[Fault]) -> bytes:
        await self._reaches()
        if Fault.DROP_REQUEST in faults:
            raise Lost
        if Fault.DELAY in faults:
            await asyncio.sleep(self._random.random() * self.delay_seconds)
        if Fault.REORDER in faults:
            await self._let_another_pass()
        request = self._spoil(request, Fault.CORRUPT_REQUEST in faults, Fault.TRUNCATE_REQUEST in faults)
        if Fault.DUPLICATE in faults:
            answers = await asyncio.gather(self.forward(request), self.forward(request), return_exceptions=True)
            answer = self._random.choice(answers)
            if isinstance(answer, BaseException):
                raise answer
        else:
            answer = await self.forward(request)
        self._passed.set()
        await self._reaches()
        if Fault.DROP_ANSWER in faults:
            raise Lost
        return self._spoil(answer, Fault.CORRUPT_ANSWER in faults, Fault.TRUNCATE_ANSWER in faults)

    async def _reaches(self) -> None:
        if not self.cut:
            return
        while self.cut:  # noqa: ASYNC110 -- set from another thread
            await asyncio.sleep(0.05)
        raise Lost

    async def _let_another_pass(self) -> None:
        self._passed.clear()
        try:
            await asyncio.wait_for(self._passed.wait(), self.delay_seconds)
        except TimeoutError:
            return

    def _spoil(self, data: bytes, corrupt: bool, truncate: bool) -> bytes:
        if corrupt and data:
            spoilt = bytearray(data)
            spoilt[self._random.randrange(len(data))] ^= 1 << self._random.randrange(8)
            data = bytes(spoilt)
        if truncate and data:
            data = data[: self._random.randrange(len(data))]
        return data
