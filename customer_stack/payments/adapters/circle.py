"""Dollar payouts by Circle Mint's HTTP interface, or one that speaks the same."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from customer_stack.payments import ports
from customer_stack.payments.adapters import http
from customer_stack.payments.formats import circle as format_
from customer_stack.payments.formats import openpayd
from customer_stack.payments.model.hooks import Incoming
from customer_stack.payments.model.payouts import Found, Payout, Sent, Standing, Verdict
from customer_stack.payments.model.rails import Rail

_USD = frozenset({"USD"})


class Circle(ports.Provider):
    name = "circle"
    rails: Mapping[Rail, frozenset[str]] = {Rail.WIRE: _USD}

    def __init__(
        self, url: str, key: str, keys: Sequence[str], topics: Sequence[str], *, seconds: int = http.SECONDS
    ) -> None:
        self._client = http.Client(url, seconds=seconds)
        self._headers = {"Authorization": f"Bearer {key}"}
        self._keys = openpayd.public_keys(keys)
        self._topics = tuple(topics)

    async def send(self, payout: Payout) -> Sent:
        """The destination first, under a key of its own: made twice it is one, and alone it moves nothing."""
        destination = await self._destination(payout)
        if isinstance(destination, Sent):
            return destination
        body = format_.payout(payout, str(payout.id), destination)
        answer = await self._ask("POST", "/v1/businessAccount/payouts", body=body)
        if answer.silent:
            return Sent(Verdict.UNKNOWN if answer.arrived else Verdict.LATER, code="provider_silent")
        return format_.sent(answer.status, answer.body)

    async def _destination(self, payout: Payout) -> str | Sent:
        key = uuid.uuid5(payout.id, "destination")
        answer = await self._ask("POST", "/v1/businessAccount/banks/wires", body=format_.wire(payout, str(key)))
        if answer.status not in {200, 201}:
            refused = 400 <= answer.status < 500 and answer.status not in {401, 403, 408, 429}
            return Sent(Verdict.REFUSED if refused else Verdict.LATER, code=f"destination_{answer.status}")
        try:
            return msgspec.json.decode(answer.body, type=format_.OneWire).data.id
        except msgspec.MsgspecError:
            return Sent(Verdict.LATER, code="destination_unreadable")

    async def find(self, payout: Payout) -> Found:
        """By number; else by the destination, which no other payout has."""
        destination = ""
        if payout.external:
            answer = await self._ask("GET", f"/v1/businessAccount/payouts/{payout.external}")
        else:
            made = await self._destination(payout)
            if isinstance(made, Sent):
                return Found(Standing.UNKNOWN, code=made.code)
            destination = made
            answer = await self._ask("GET", "/v1/businessAccount/payouts", query={"destination": destination})
        if answer.silent:
            return Found(Standing.UNKNOWN, code="provider_silent")
        return format_.found(answer.status, answer.body, destination=destination)

    def event(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Incoming:
        return format_.event(self._keys, self._topics, headers, body, now)

    async def open_account(self, _reference: UUID, _currency: str) -> str:
        """A business account has one account for everybody; what comes to it is told apart by its reference."""
        return ""

    async def close(self) -> None:
        await self._client.close()

    async def _ask(
        self, method: str, path: str, *, body: Any = None, query: dict[str, str] | None = None
    ) -> http.Answer:
        return await self._client.ask(method, path, headers=self._headers, body=body, query=query)
