"""Ends tasks for good: cancelled until they are gone, and what they died of is told."""

import asyncio
from collections.abc import Iterable
from typing import Any

from boundary.kernel.runtime import telemetry

AGAIN_SECONDS = 0.5


async def end(tasks: "Iterable[asyncio.Task[Any]]") -> list[Exception]:
    """Cancel, and cancel again whoever has not ended: some library code swallows a cancellation. Returns the faults."""
    every = list(tasks)
    left = {task for task in every if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN_SECONDS)
    ends = [None if task.cancelled() else task.exception() for task in every]
    return [each for each in ends if isinstance(each, Exception)]


async def end_quietly(tasks: "Iterable[asyncio.Task[Any]]") -> None:
    """As `end`, where somebody else's fault is raised already: these are written down."""
    for fault in await end(tasks):
        telemetry.fault(fault)
