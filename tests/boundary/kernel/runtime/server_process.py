"""A process as the product runs one: `python -m tests.boundary.kernel.runtime.server_process PORT OPERATIONS_PORT DRAIN`.

Its loops say on standard output what they do; its log goes to standard error.
"""

import asyncio
import sys

import uvloop

from boundary.kernel.runtime import app, commands, server, telemetry
from tests.boundary.kernel.runtime import sample_app


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


async def steady(stop: asyncio.Event) -> None:
    say("steady began")
    while not stop.is_set():
        await server.pause(stop, 0.02)
    await asyncio.sleep(0.1)  # the step that it is in
    say("steady ended")


async def failing(_stop: asyncio.Event) -> None:
    say("failing began")
    raise KeyError("a secret")


async def cancelled(_stop: asyncio.Event) -> None:
    say("cancelled began")
    raise asyncio.CancelledError


async def returning(_stop: asyncio.Event) -> None:
    say("returning began")


async def serve(port: int, operations_port: int, drain_seconds: int) -> None:
    telemetry.configure("tested")
    readiness = app.Readiness({})
    await server.run(
        host="127.0.0.1",
        operations_port=operations_port,
        readiness=readiness,
        public=(sample_app.make(readiness=readiness), port),
        loops=[("steady", steady), ("failing", failing), ("cancelled", cancelled), ("returning", returning)],
        drain_seconds=drain_seconds,
    )
    say("served")


@commands.one_line
def main(*numbers: str) -> None:
    uvloop.run(serve(*map(int, numbers)))


if __name__ == "__main__":
    main(*sys.argv[1:])
