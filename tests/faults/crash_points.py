"""Named places at which a process kills itself, planted from outside: the product has no line for it.

Every transaction of the product has a name, and `transaction` runs each through one function. So a point is
`before NAME` (all written, not committed) or `after NAME` (committed, and nobody told), for any transaction there is.
"""

import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any

from boundary.kernel.runtime import transaction

CUSTOMER = ("gate.lease 1", "gate.turn 1", "gate.turn 2", "gate.hear 1")
EXECUTION = ("gate.exchange 1", "gate.exchange 2", "gate.offer 1")


def points(of: tuple[str, ...]) -> list[str]:
    return [f"{when} {which}" for which in of for when in ("before", "after")]


def plant(point: str) -> None:
    """Die by SIGKILL at the point, given as `before|after NAME N`: at the N-th transaction of that name that writes."""
    when, name, number = point.split()
    left = int(number)
    once = transaction._once

    async def watched(
        connection: Any, this: str, work: Callable[[Any], Awaitable[Any]], begin: str, seconds_max: int | None
    ) -> Any:
        nonlocal left
        wrote = False

        async def looked_at(tx: Any) -> Any:
            nonlocal wrote
            result = await work(tx)
            wrote = this == name and await connection.fetchval("SELECT pg_current_xact_id_if_assigned()") is not None
            if wrote and when == "before" and left <= 1:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        result = await once(connection, this, looked_at, begin, seconds_max)
        if wrote:
            if left <= 1:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1
        return result

    transaction._once = watched
