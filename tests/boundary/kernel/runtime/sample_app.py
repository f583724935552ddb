"""An app with a route for every way in which something can be sent, and a record of what got through."""

import asyncio
import decimal
import enum
import functools
import uuid
from datetime import datetime
from typing import Annotated, Any

import litestar
import msgspec
from litestar import params

from boundary.kernel import errors
from boundary.kernel.runtime import app

EFFECTS: list[Any] = []


class Kind(enum.StrEnum):
    RED = "red"
    BLUE = "blue"


class Part(msgspec.Struct, forbid_unknown_fields=True):
    label: str
    weight: int


class Thing(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    name: Annotated[str, msgspec.Meta(max_length=40)]
    size: int = 0
    kind: Kind = Kind.RED
    price: decimal.Decimal | None = None
    at: datetime | None = None
    ref: uuid.UUID | None = None
    parts: list[Part] = []
    notes: dict[str, int] = {}


class Form(msgspec.Struct):
    name: str
    size: int


class Teapot(errors.Conflict):
    """A refusal of the sample app's own."""

    code = "sample_refused"


@litestar.post("/things")
async def create(data: params.JSONBody[Thing]) -> Thing:
    EFFECTS.append(data)
    return data


@litestar.put("/parts")
async def replace(data: params.JSONBody[list[Part]]) -> int:
    EFFECTS.append(data)
    return len(data)


@litestar.get("/things/{number:int}")
async def show(
    number: params.FromPath[int],
    limit: params.FromQuery[int] = 10,
    kind: params.FromQuery[Kind] = Kind.RED,
    x_size: Annotated[int, params.HeaderParameter(name="x-size")] = 0,
) -> dict[str, int]:
    EFFECTS.append((number, limit, kind, x_size))
    return {"number": number}


@litestar.post("/form")
async def form(data: params.URLEncodedBody[Form]) -> int:
    EFFECTS.append(data)
    return data.size


@litestar.post("/upload")
async def upload(data: params.MultipartBody[Form]) -> int:
    EFFECTS.append(data)
    return data.size


@litestar.put("/bytes")
async def take(body: params.RawBody) -> int:
    EFFECTS.append(body)
    return len(body)


@litestar.get("/boom")
async def boom() -> None:
    raise KeyError("a secret in a message")


@litestar.get("/refuse")
async def refuse() -> None:
    raise Teapot("the pot is full", pots=3)


@litestar.get("/wait")
async def wait(seconds: params.FromQuery[float]) -> str:
    await asyncio.sleep(seconds)
    return "waited"


@litestar.get("/large")
async def large() -> bytes:
    return bytes(8 * 1024 * 1024)


ROUTES = [create, replace, show, form, upload, take, boom, refuse, wait, large]


def make(**choices: Any) -> Any:
    """A new app, with a body bound that tests can reach."""
    given = {"body_max": 100_000, "readiness": app.Readiness({}), "routes": ROUTES, **choices}
    return app.create(title="Sample & Sons", version="1", description="For tests.", state={}, **given)


@functools.cache
def usual() -> Any:
    """The app that most tests need: making one takes longer than a test."""
    return make()
