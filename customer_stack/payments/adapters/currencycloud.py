"""Payouts and sub-accounts by Currencycloud's HTTP interface, or one that speaks the same."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from customer_stack.payments import ports
from customer_stack.payments.adapters import http
from customer_stack.payments.formats import currencycloud as format_
from customer_stack.payments.model.hooks import Incoming
from customer_stack.payments.model.payouts import Found, Payout, Sent, Standing, Verdict
from customer_stack.payments.model.rails import Rail

_ANYWHERE = frozenset({"USD", "EUR", "GBP", "CAD", "AED", "CHF", "SGD", "AUD", "JPY"})


class Currencycloud(ports.Provider):
    name = "currencycloud"
    rails: Mapping[Rail, frozenset[str]] = {
        Rail.SEPA: frozenset({"EUR"}),
        Rail.FPS: frozenset({"GBP"}),
        Rail.ACH: frozenset({"USD"}),
        Rail.WIRE: frozenset({"USD"}),
        Rail.SWIFT: _ANYWHERE,
    }

    def __init__(self, url: str, login: str, key: str, secrets: Sequence[str], *, seconds: int = http.SECONDS) -> None:
        self._client = http.Client(url, seconds=seconds)
        self._login, self._key = login, key
        self._secrets = tuple(secrets)
        self._token = ""

    async def send(self, payout: Payout) -> Sent:
        """The payee first: if that does not come through, nothing was asked to be paid."""
        made = await self._ask("POST", "/v2/beneficiaries/create", format_.beneficiary(payout))
        if made.status not in {200, 201}:
            refused = 400 <= made.status < 500 and made.status not in {401, 403, 408, 429}
            return Sent(Verdict.REFUSED if refused else Verdict.LATER, code=f"beneficiary_{made.status}")
        try:
            payee = msgspec.json.decode(made.body, type=format_.Created).id
        except msgspec.MsgspecError:
            return Sent(Verdict.LATER, code="beneficiary_unreadable")
        answer = await self._ask("POST", "/v2/payments/create", format_.payment(payout, payee))
        if answer.silent:
            return Sent(Verdict.UNKNOWN if answer.arrived else Verdict.LATER, code="provider_silent")
        return format_.sent(answer.status, answer.body)

    async def find(self, payout: Payout) -> Found:
        if payout.external:
            answer = await self._ask("GET", f"/v2/payments/{payout.external}")
        else:
            answer = await self._ask("GET", "/v2/payments/find", query={"unique_request_id": payout.key})
        if answer.silent:
            return Found(Standing.UNKNOWN, code="provider_silent")
        return format_.found(answer.status, answer.body)

    def event(self, headers: Mapping[str, str], body: bytes, _now: datetime) -> Incoming:
        return format_.event(self._secrets, headers, body)

    async def open_account(self, reference: UUID, _currency: str) -> str:
        """A sub-account, whose name is our opaque reference: who is behind it stays here."""
        form = {"account_name": reference.hex, "legal_entity_type": "individual", "your_reference": reference.hex}
        answer = await self._ask("POST", "/v2/accounts/create", form)
        try:
            return msgspec.json.decode(answer.body, type=format_.Created).id if answer.status == 200 else ""
        except msgspec.MsgspecError:
            return ""

    async def close(self) -> None:
        await self._client.close()

    async def _ask(
        self, method: str, path: str, form: dict[str, str] | None = None, query: dict[str, str] | None = None
    ) -> http.Answer:
        """With a token; one that has run out is turned away at the door, so asking again repeats nothing."""
        answer = http.Answer(0, arrived=False)
        for _ in range(2):
            if not self._token and not await self._sign_in():
                return http.Answer(0, arrived=False)
            answer = await self._client.ask(method, path, headers={"X-Auth-Token": self._token}, form=form, query=query)
            if answer.status != 401:
                return answer
            self._token = ""
        return answer

    async def _sign_in(self) -> bool:
        form = {"login_id": self._login, "api_key": self._key}
        answer = await self._client.ask("POST", "/v2/authenticate/api", form=form)
        try:
            self._token = (
                msgspec.json.decode(answer.body, type=format_.Token).auth_token if answer.status == 200 else ""
            )
        except msgspec.MsgspecError:
            self._token = ""
        return bool(self._token)
