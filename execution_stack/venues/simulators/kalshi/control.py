"""Commands for whoever tests with this exchange, and what faults make of an answer."""

import json

from aiohttp import web

from execution_stack.venues.simulators.kalshi import amounts, catalogue, limits, lives, markets, reading, rows
from execution_stack.venues.simulators.kalshi.exchange import RejectionError
from execution_stack.venues.simulators.kalshi.faults import Fault
from execution_stack.venues.simulators.kalshi.state import State

PREFIX = "/_simulator"
OVERSIZE = 8 << 20


class Control:
    def __init__(self, server: State) -> None:
        self._server, self._exchange = server, server.exchange

    async def command(self, request: web.Request) -> web.Response:
        wanted = reading.body(await request.read())
        try:
            told = getattr(self, f"_{request.match_info['what']}", self._unknown)(wanted)
        except (RejectionError, KeyError, ValueError) as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response(told or {})

    def _unknown(self, _wanted: reading.Row) -> None:
        raise RejectionError(404, "no such command")

    def _faults(self, wanted: reading.Row) -> None:
        self._server.faults.order(wanted)

    def _mixture(self, wanted: reading.Row) -> None:
        self._server.faults.mix(wanted)

    def _market(self, wanted: reading.Row) -> None:
        lives.command(self._exchange, self._exchange.markets[wanted["ticker"]], wanted)

    def _exchange_state(self, wanted: reading.Row) -> None:
        lives.trading(self._exchange, trading=wanted.get("trading", True), active=wanted.get("active", True))

    def _clock(self, wanted: reading.Row) -> None:
        self._server.members.skew_ms = int(wanted["skew_ms"])

    def _limits(self, wanted: reading.Row) -> None:
        for name in ("read", "write"):
            if name in wanted:
                refill, capacity = wanted[name]
                setattr(self._server, name, limits.Bucket(self._server.clock, refill, capacity))

    def _bust(self, wanted: reading.Row) -> None:
        self._exchange.bust(wanted["trade_id"])

    def _steps(self, wanted: reading.Row) -> None:
        self._server.makers.taking = bool(wanted.get("taking", True))
        for _ in range(int(wanted.get("times", 1))):
            self._server.step()

    def _take(self, wanted: reading.Row) -> reading.Row:
        """Somebody trades against the book: `{"ticker": …, "side": "ask", "price": "0.5000", "count": "1.00"}`."""
        price, count = amounts.dollars(wanted["price"]), amounts.count(wanted["count"])
        done = self._server.makers.take(wanted["ticker"], wanted["side"], price, count)
        return {"filled": amounts.count_text(done)}

    def _rest(self, wanted: reading.Row) -> None:
        price, count = amounts.dollars(wanted["price"]), amounts.count(wanted["count"])
        self._server.makers.rest(wanted["ticker"], wanted["side"], price, count)

    def _clear(self, wanted: reading.Row) -> None:
        self._server.makers.clear(self._exchange.markets[wanted["ticker"]])

    def _list(self, wanted: reading.Row) -> None:
        """A new market, which closes, is determined and settles after so many milliseconds."""
        now, event = self._exchange.now(), wanted["ticker"].rpartition("-")[0] or wanted["ticker"]
        self._exchange.events.setdefault(
            event, markets.Event(event, wanted.get("series", "KXQUICK"), wanted.get("title", "A market"), "")
        )
        closes = now + int(wanted.get("closes_ms", 3_600_000)) * 1000
        script = markets.Script(result=wanted.get("result", "yes"))
        if "settles_ms" in wanted:
            script.determines, script.settles = closes, now + int(wanted["settles_ms"]) * 1000
        catalogue.add(
            self._exchange,
            wanted["ticker"],
            event,
            wanted.get("title", "A market"),
            "Yes",
            now,
            closes,
            structure=wanted.get("structure", "linear_cent"),
            script=script,
        )

    def _key(self, wanted: reading.Row) -> None:
        """Admit a public key, or dismiss one."""
        if "pem" in wanted:
            self._server.members.admit(wanted["key_id"], wanted["pem"].encode())
        else:
            self._server.members.dismiss(wanted["key_id"])

    def _dump(self, _wanted: reading.Row) -> reading.Row:
        return {**rows.dump(self._exchange), "struck": self._server.faults.struck, "seen": self._server.seen}


def distorted(answer: web.Response, fault: Fault | None) -> web.Response:
    """What was done, told so that nobody can be sure of it."""
    data = answer.body if isinstance(answer.body, bytes) else b""
    if fault is Fault.MALFORMED:
        data = b"<html>Bad Gateway</html>"
    elif fault is Fault.TRUNCATED:
        data = data[: len(data) // 2]
    elif fault is Fault.OVERSIZED:
        data = data[:-1] + b',"padding":"' + b"x" * OVERSIZE + b'"}'
    elif fault is Fault.WRONG_TYPE:
        data = json.dumps(_altered(json.loads(data or b"{}"), numbers=True)).encode()
    elif fault is Fault.UNKNOWN_ENUM:
        data = json.dumps(_altered(json.loads(data or b"{}"), numbers=False)).encode()
    else:
        return answer
    return web.Response(body=data, status=answer.status, content_type="application/json")


def _altered(value: object, *, numbers: bool) -> object:
    """Amounts as JSON numbers, or words that no document has."""
    if isinstance(value, list):
        return [_altered(each, numbers=numbers) for each in value]
    if not isinstance(value, dict):
        return value
    changed = {name: _altered(each, numbers=numbers) for name, each in value.items()}
    for name, each in changed.items():
        if numbers and isinstance(each, str) and each.replace(".", "", 1).isdigit():
            whole, point, part = each.partition(".")
            changed[name] = json.loads(f"{int(whole)}{point}{part}")
        if not numbers and name in {"status", "book_side", "market_result", "fee_type"}:
            changed[name] = "something_new"
    return changed


def routes(app: web.Application, server: State) -> None:
    app.router.add_post(f"{PREFIX}/{{what}}", Control(server).command, name="control")
