"""The Messages resource as its vendor documents it: basic authentication, a form, JSON answers with numbered errors.

On command it refuses with a vendor's code, is busy, falls silent or hangs up after it has taken the message, answers with
something that is not JSON, or delivers a message twice.
"""

import asyncio
import base64
import enum
import itertools
import re
from typing import Any, NamedTuple

from aiohttp import web

VERSION = "2010-04-01"
TEXT_MAX = 1600
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")


class How(enum.Enum):
    SILENCE = "silence"
    HANG_UP = "hang up"
    NOT_JSON = "not JSON"
    TWICE = "twice"


class Order(NamedTuple):
    """`how`, or a status with a vendor's code."""

    how: How | tuple[int, int]
    times: int = 1_000_000


class Received(NamedTuple):
    to: str
    sender: str
    text: str
    sid: str


class Server:
    def __init__(self, account: str, token: str) -> None:
        self.received: list[Received] = []
        self.port = 0
        self._account = account
        self._token = token
        self._orders: list[Order] = []
        self._numbers = itertools.count(1)
        self._runner: web.AppRunner | None = None
        self._released = asyncio.Event()

    def order(self, order: Order) -> None:
        self._orders.append(order)

    def behave(self) -> None:
        self._orders.clear()

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post(f"/{VERSION}/Accounts/{{account}}/Messages.json", self._create)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        assert self._runner is not None, "it was started"
        self._released.set()
        await self._runner.cleanup()

    async def _create(self, request: web.Request) -> web.StreamResponse:
        how = self._next()
        if isinstance(how, tuple):
            return _error(*how)
        if not self._is_ours(request):
            return _error(401, 20003)
        form = await request.post()
        to, text = str(form.get("To", "")), str(form.get("Body", ""))
        sender = str(form.get("From") or form.get("MessagingServiceSid") or "")
        if not _NUMBER.fullmatch(to):
            return _error(400, 21211)
        if not sender:
            return _error(400, 21606)
        if len(text) > TEXT_MAX:
            return _error(400, 21617)
        kept = Received(to, sender, text, f"SM{next(self._numbers):032x}")
        self.received += [kept] * (2 if how is How.TWICE else 1)
        return await self._answer(request, how, kept)

    async def _answer(self, request: web.Request, how: How | None, kept: Received) -> web.StreamResponse:
        if how is How.SILENCE:
            await self._released.wait()
        if how in {How.SILENCE, How.HANG_UP}:
            assert request.transport is not None, "the client is still there"
            request.transport.abort()
            return web.Response(status=500)
        if how is How.NOT_JSON:
            return web.Response(status=201, text="<html>ok</html>", content_type="text/html")
        return web.json_response(_created(self._account, kept), status=201)

    def _next(self) -> "How | tuple[int, int] | None":
        if not self._orders:
            return None
        order = self._orders[0]
        left = order._replace(times=order.times - 1)
        self._orders[:1] = [left] if left.times else []
        return order.how

    def _is_ours(self, request: web.Request) -> bool:
        given = request.headers.get("Authorization", "")
        return given == _basic(self._account, self._token) and request.match_info["account"] == self._account


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _created(account: str, kept: Received) -> dict[str, Any]:
    place = f"/{VERSION}/Accounts/{account}/Messages/{kept.sid}"
    return {
        "account_sid": account,
        "api_version": VERSION,
        "body": kept.text,
        "date_created": "Thu, 30 Jul 2015 20:12:31 +0000",
        "date_sent": None,
        "date_updated": "Thu, 30 Jul 2015 20:12:31 +0000",
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": kept.sender,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": None,
        "sid": kept.sid,
        "status": "queued",
        "subresource_uris": {"media": f"{place}/Media.json"},
        "to": kept.to,
        "uri": f"{place}.json",
    }


def _error(status: int, code: int) -> web.Response:
    body = {
        "code": code,
        "message": f"error {code}",
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return web.json_response(body, status=status)
