"""The same two handlers in our app and in a bare Litestar app, under our server; and in a bare app under plain uvicorn.

`python -m tests.bench.serving house|bare|plain PORT OPERATIONS_PORT` runs one of them until SIGTERM.
"""

import enum
import sys
import uuid
from typing import TYPE_CHECKING

import litestar
import msgspec
import uvicorn
import uvloop

from boundary.kernel.runtime import app, server

if TYPE_CHECKING:
    from litestar.types import ASGIApp


class Side(enum.StrEnum):
    BUY = "buy"
    SELL = "sell"


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """About what a customer sends to place an order."""

    id: uuid.UUID
    instrument: uuid.UUID
    side: Side
    quantity: int
    limit: int
    note: str


KNOWN = Order(uuid.UUID(int=1), uuid.UUID(int=2), Side.BUY, 100, 99_500_000, "good until the market closes on Friday")


@litestar.get("/orders/{order:uuid}")
async def show(order: uuid.UUID) -> Order:
    """An ordinary GET: one path parameter, one struct."""
    return msgspec.structs.replace(KNOWN, id=order)


@litestar.post("/orders")
async def place(data: Order) -> Order:
    """An ordinary POST: a JSON body into a struct, one struct back."""
    return msgspec.structs.replace(data, quantity=data.quantity + 1)


def create(which: str, readiness: app.Readiness) -> "ASGIApp":
    if which == "house":
        return app.create(
            title="bench", version="1", description="bench", routes=[show, place], readiness=readiness, state={}
        )
    return litestar.Litestar(route_handlers=[show, place], openapi_config=None, logging_config=None)


async def main(which: str, port: int, operations_port: int) -> None:
    readiness = app.Readiness({})
    public = (create(which, readiness), port)
    if which == "plain":
        await uvicorn.Server(uvicorn.Config(public[0], port=port, log_config=None, access_log=False)).serve()
        return
    await server.run(host="127.0.0.1", operations_port=operations_port, readiness=readiness, public=public)


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
