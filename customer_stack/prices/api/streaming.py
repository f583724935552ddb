"""`/ws/v1/market`: prices as they change, for browsers and for machines. Public, as the routes are that show the same."""

import asyncio
from typing import Any

import litestar
from litestar import exceptions, handlers

from boundary.kernel import errors
from boundary.kernel.runtime import guard, problems, telemetry
from customer_stack.access import rules as access_rules
from customer_stack.prices.formats import stream
from customer_stack.prices.service import relaying

PATH = "/ws/v1/market"
REFUSED_MAX = 50
TOO_MANY_ERRORS = 4400
NOT_TEXT = 1003

Socket = litestar.WebSocket[Any, Any, Any]


@handlers.websocket(PATH, opt={"rule": access_rules.public()})
async def market(socket: Socket) -> None:
    """Told only to whoever asked: subscribe, be told a state and then its changes, unsubscribe."""
    state = socket.app.state
    hub: relaying.Hub = state.hub
    try:
        session = _admitted(socket, hub)
    except errors.Refusal as refusal:
        name = str(socket.scope["state"].get("request_id", ""))
        await guard.refuse_upgrade(problems.of(refusal, name), name, socket.send)
        return
    try:
        await socket.accept()
        async with asyncio.TaskGroup() as both:
            sending = both.create_task(session.send(socket.send_text))
            try:
                await _hear(socket, hub, session)
            finally:
                sending.cancel()
    except* (OSError, exceptions.WebSocketDisconnect):
        pass
    except* Exception as group:  # noqa: BLE001 -- a defect of ours is told, and ends this one connection
        telemetry.fault(group.exceptions[0])
        await _close(socket, 1011)
    finally:
        hub.leave(session)


def _admitted(socket: Socket, hub: relaying.Hub) -> relaying.Session:
    """A browser sends its cookies whoever wrote the page, so with cookies the page must be ours."""
    edge = socket.app.state.edge
    if "cookie" in socket.headers:
        edge.same_site(socket)
    return hub.join(edge.client(socket).network)


async def _hear(socket: Socket, hub: relaying.Hub, session: relaying.Session) -> None:
    """Until the client leaves, or is sent away: whoever only says what cannot be understood is."""
    refused = 0
    while True:
        message: Any = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        text = message.get("text")
        if text is None:
            await _close(socket, NOT_TEXT)
            return
        try:
            await _answer(hub, session, text)
        except errors.Refusal as refusal:
            refused += 1
            if refused > REFUSED_MAX:
                await _close(socket, TOO_MANY_ERRORS)
                return
            code = problems.of(refusal, "").code
            await session.reply(stream.error(code, str(refusal), stream.name(text)))


async def _answer(hub: relaying.Hub, session: relaying.Session, text: str) -> None:
    asked = stream.read(text)
    if isinstance(asked, stream.Subscribe):
        await hub.subscribe(session, asked)
    elif isinstance(asked, stream.Unsubscribe):
        await hub.unsubscribe(session, asked)
    else:
        await session.reply(stream.pong(asked))


async def _close(socket: Socket, code: int) -> None:
    try:
        await socket.send({"type": "websocket.close", "code": code, "reason": ""})
    except OSError:  # it is gone already
        return
