"""Verification of payee: asks whoever can match a name with an account, as JSON over HTTP.

The request holds name and account and goes to the address that the operator set up; an answer that is late, cannot be
read or is an error is `unavailable`, and a rail that needs the check is then not offered to the beneficiary.
"""

import msgspec

from customer_stack.payments.adapters import http
from customer_stack.payments.model import beneficiaries as model


class Matched(msgspec.Struct, frozen=True):
    """`match`, `close_match` or `no_match`, as the scheme's rulebook names them."""

    result: str


_RESULTS = {"match": model.Payee.MATCH, "close_match": model.Payee.CLOSE, "no_match": model.Payee.NO_MATCH}


class HttpPayee:
    """`POST /verifications` with a bearer key."""

    def __init__(self, url: str, key: str, *, seconds: int = 5) -> None:
        self._client = http.Client(url, seconds=seconds)
        self._headers = {"Authorization": f"Bearer {key}"}

    async def check(self, name: str, details: model.Details, country: str) -> model.Payee:
        if not details.iban:
            return model.Payee.UNCHECKED
        body = {"name": name, "iban": details.iban, "country": country}
        answer = await self._client.ask("POST", "/verifications", headers=self._headers, body=body)
        if answer.status != 200:
            return model.Payee.UNAVAILABLE
        try:
            return _RESULTS.get(msgspec.json.decode(answer.body, type=Matched).result, model.Payee.UNAVAILABLE)
        except msgspec.MsgspecError:
            return model.Payee.UNAVAILABLE

    async def close(self) -> None:
        await self._client.close()


class NoPayee:
    """Where nobody can be asked: nothing is claimed about a name."""

    async def check(self, _name: str, _details: model.Details, _country: str) -> model.Payee:
        return model.Payee.UNCHECKED

    async def close(self) -> None:
        """Nothing is held open."""
