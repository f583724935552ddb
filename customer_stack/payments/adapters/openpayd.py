"""Payouts and accounts by OpenPayd's HTTP interface, or one that speaks the same."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from customer_stack.payments import ports
from customer_stack.payments.adapters import http
from customer_stack.payments.formats import openpayd as format_
from customer_stack.payments.model.hooks import Incoming
from customer_stack.payments.model.payouts import Found, Payout, Sent, Standing, Verdict
from customer_stack.payments.model.rails import Rail


class OpenPayd(ports.Provider):
    name = "openpayd"
    rails: Mapping[Rail, frozenset[str]] = {
        Rail.SEPA: frozenset({"EUR"}),
        Rail.SEPA_INSTANT: frozenset({"EUR"}),
        Rail.FPS: frozenset({"GBP"}),
        Rail.CHAPS: frozenset({"GBP"}),
        Rail.SWIFT: frozenset({"EUR", "GBP", "USD"}),
    }

    def __init__(
        self, url: str, user: str, password: str, account: str, keys: Sequence[str], *, seconds: int = http.SECONDS
    ) -> None:
        self._client = http.Client(url, seconds=seconds)
        self._login = http.basic(user, password)
        self._account = account
        self._keys = format_.public_keys(keys)
        self._token: format_.Token | None = None

    async def send(self, payout: Payout) -> Sent:
        body = format_.payout(payout, self._account)
        answer = await self._ask("POST", "/api/transactions/beneficiaryPayout", body=body, key=payout.key)
        if answer.silent:
            return Sent(Verdict.UNKNOWN if answer.arrived else Verdict.LATER, code="provider_silent")
        return format_.sent(answer.status, answer.body)

    async def find(self, payout: Payout) -> Found:
        """By number; else among the newest payouts, by the reference that is our key."""
        if payout.external:
            answer = await self._ask("GET", f"/api/transactions/{payout.external}")
        else:
            query = {"type": "PAYOUT", "reference": payout.key, "size": str(format_.PAGE)}
            answer = await self._ask("GET", "/api/transactions", query=query)
        if answer.silent:
            return Found(Standing.UNKNOWN, code="provider_silent")
        return format_.found(answer.status, answer.body, payout.key)

    def event(self, headers: Mapping[str, str], body: bytes, _now: datetime) -> Incoming:
        return format_.event(self._keys, headers, body)

    async def open_account(self, reference: UUID, currency: str) -> str:
        body = {"currency": currency, "friendlyName": reference.hex}
        answer = await self._ask("POST", "/api/accounts", body=body, key=f"{reference.hex}{currency}")
        try:
            good = answer.status in {200, 201}
            return msgspec.json.decode(answer.body, type=format_.Account).internal_account_id if good else ""
        except msgspec.MsgspecError:
            return ""

    async def close(self) -> None:
        await self._client.close()

    async def _ask(
        self, method: str, path: str, *, body: Any = None, query: dict[str, str] | None = None, key: str = ""
    ) -> http.Answer:
        answer = http.Answer(0, arrived=False)
        for _ in range(2):
            token = self._token or await self._sign_in()
            if token is None:
                return http.Answer(0, arrived=False)
            headers = {"Authorization": f"Bearer {token.access_token}", format_.HOLDER: token.account_holder_id}
            headers |= {format_.IDEMPOTENCY: key} if key else {}
            answer = await self._client.ask(method, path, headers=headers, body=body, query=query)
            if answer.status != 401:
                return answer
            self._token = None
        return answer

    async def _sign_in(self) -> format_.Token | None:
        query = {"grant_type": "client_credentials"}
        answer = await self._client.ask("POST", "/api/oauth/token", headers={"Authorization": self._login}, query=query)
        try:
            self._token = msgspec.json.decode(answer.body, type=format_.Token) if answer.status == 200 else None
        except msgspec.MsgspecError:
            self._token = None
        return self._token
