"""Three providers and a verifier of payees behind one port, from their published documentation.

A payment is made once for its idempotency key, as the vendors promise. On command the server fails before or after it
has taken a payment, falls silent before or after, answers what is not JSON, or turns requests away. `settle` decides
what becomes of a payment and returns the notification that the vendor would send for it, signed.
"""

import asyncio
import base64
import enum
import functools
import hashlib
import hmac
import itertools
import json
import uuid
from typing import Any, NamedTuple

from aiohttp import web
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa


class How(enum.Enum):
    ERROR_BEFORE = "500, and nothing was taken"
    ERROR_AFTER = "500, and it was taken"
    SILENT_BEFORE = "no answer, and nothing was taken"
    SILENT_AFTER = "no answer, and it was taken"
    HANGING = "taken, and the answer never comes"
    NOT_JSON = "taken, and answered with something else"
    TIMEOUT = "408, and it was taken"
    BUSY = "429, and nothing was taken"
    REFUSED = "422, and nothing was taken"


class Fate(enum.Enum):
    COMPLETED = "completed"
    FAILED = "failed"
    RETURNED = "returned"


class Paid(NamedTuple):
    """A payment as the vendor has it."""

    vendor: str
    id: str
    key: str
    currency: str
    amount: str
    body: dict[str, Any]


LOGIN, KEY = "ops@example.test", "a-key"
TOPIC = "arn:aws:sns:us-east-1:000000000000:simulated"


@functools.cache
def _private_key() -> rsa.RSAPrivateKey:
    """One for all servers of a process: finding primes is slow, and nobody needs to tell the servers apart."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Server:
    def __init__(self, first: int = 1) -> None:
        """Whoever serves longer than one run of the process gives `first`: numbers are given out once."""
        self.port = 0
        self.secret = "a-notification-secret"  # noqa: S105 -- the simulator's own
        self.payments: dict[str, Paid] = {}
        self.by_key: dict[tuple[str, str], str] = {}
        self.fates: dict[str, Fate] = {}
        self.requests = 0
        self.payee = "match"
        self._private = _private_key()
        self._destinations: dict[str, str] = {}
        self._orders: list[tuple[How, int]] = []
        self._numbers = itertools.count(first)
        self._tokens = {f"token-{n}" for n in range(1)}
        self._released = asyncio.Event()
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def public_key(self) -> str:
        encoded = self._private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return encoded.decode()

    def order(self, how: How, times: int = 1) -> None:
        self._orders.append((how, times))

    def expire_tokens(self) -> None:
        self._tokens = {f"token-{next(self._numbers)}-{n}" for n in range(1)}

    async def start(self, port: int = 0) -> None:
        app = web.Application()
        app.add_routes(
            [
                web.post("/v2/authenticate/api", self._cc_token),
                web.post("/v2/beneficiaries/create", self._cc_beneficiary),
                web.post("/v2/accounts/create", self._cc_beneficiary),
                web.post("/v2/payments/create", self._cc_create),
                web.get("/v2/payments/find", self._cc_find),
                web.get("/v2/payments/{id}", self._cc_show),
                web.post("/api/oauth/token", self._op_token),
                web.post("/api/transactions/beneficiaryPayout", self._op_create),
                web.get("/api/transactions", self._op_list),
                web.get("/api/transactions/{id}", self._op_show),
                web.post("/api/accounts", self._op_account),
                web.post("/v1/businessAccount/banks/wires", self._circle_wire),
                web.post("/v1/businessAccount/payouts", self._circle_create),
                web.get("/v1/businessAccount/payouts", self._circle_list),
                web.get("/v1/businessAccount/payouts/{id}", self._circle_show),
                web.post("/verifications", self._verify),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        assert self._runner is not None, "it was started"
        self._released.set()
        await self._runner.cleanup()

    # ---- what becomes of a payment

    def settle(self, key: str, fate: Fate) -> tuple[dict[str, str], bytes]:
        """Decide, and write the notification."""
        paid = self.payments[next(id_ for (_, known), id_ in self.by_key.items() if known == key)]
        self.fates[paid.id] = fate
        return self.notification(paid, fate)

    def notification(self, paid: Paid, fate: Fate) -> tuple[dict[str, str], bytes]:
        make = {"currencycloud": self._cc_event, "openpayd": self._op_event, "circle": self._circle_event}
        return make[paid.vendor](paid, fate)

    def _hmac(self, body: bytes) -> dict[str, str]:
        return {"x-hmac-digest-sha-512": hmac.new(self.secret.encode(), body, hashlib.sha512).hexdigest()}

    def _rsa(self, data: bytes) -> str:
        return base64.b64encode(self._private.sign(data, padding.PKCS1v15(), hashes.SHA256())).decode()

    def _cc_event(self, paid: Paid, fate: Fate) -> tuple[dict[str, str], bytes]:
        kind = "payment_released_notification" if fate is Fate.COMPLETED else "payment_failed_notification"
        stamp = f"2026-01-01T00:00:{next(self._numbers) % 60:02}+00:00"
        body = json.dumps(
            {
                "header": {"message_type": "payment", "notification_type": kind},
                "body": self._cc_body(paid) | {"updated_at": stamp},
            }
        ).encode()
        return self._hmac(body), body

    def funds(self, account: str, amount: str, currency: str, reason: str) -> tuple[dict[str, str], bytes]:
        """Money that came in, as Currencycloud says it."""
        body = json.dumps(
            {
                "header": {
                    "message_type": "cash_manager_transaction",
                    "notification_type": "cash_manager_transaction_notification",
                },
                "body": {
                    "id": str(uuid.UUID(int=next(self._numbers), version=4)),
                    "account_id": account,
                    "currency": currency,
                    "amount": amount,
                    "type": "credit",
                    "action": "funding",
                    "status": "completed",
                    "reason": reason,
                    "created_at": "2026-03-01T09:00:00+00:00",
                    "completed_at": "2026-03-01T09:00:00+00:00",
                },
            }
        ).encode()
        return self._hmac(body), body

    def _op_event(self, paid: Paid, fate: Fate) -> tuple[dict[str, str], bytes]:
        said = self._op_body(paid)
        if fate is Fate.RETURNED:
            said = {
                "type": "RETURN_IN",
                "id": f"R{paid.id}",
                "status": "COMPLETED",
                "originalTransactionId": paid.id,
                "reference": paid.key,
                "amount": {"value": paid.amount, "currency": paid.currency},
            }
        body = json.dumps(said).encode()
        return {"signature": self._rsa(body)}, body

    def _circle_event(self, paid: Paid, _fate: Fate) -> tuple[dict[str, str], bytes]:
        message = json.dumps(
            {
                "clientId": str(uuid.UUID(int=1)),
                "notificationType": "payouts",
                "version": 1,
                "payout": self._circle_body(paid),
            }
        )
        envelope = {
            "Type": "Notification",
            "MessageId": str(uuid.UUID(int=next(self._numbers))),
            "TopicArn": TOPIC,
            "Message": message,
            "Timestamp": self.moment,
            "SignatureVersion": "2",
        }
        signed = "".join(
            f"{name}\n{envelope[name]}\n" for name in ("Message", "MessageId", "Timestamp", "TopicArn", "Type")
        )
        envelope["Signature"] = self._rsa(signed.encode())
        return {}, json.dumps(envelope).encode()

    moment = "2026-03-02T09:00:00.000Z"

    # ---- taking a payment, or not

    def _next(self) -> How | None:
        if not self._orders:
            return None
        how, times = self._orders[0]
        self._orders[:1] = [(how, times - 1)] if times > 1 else []
        return how

    async def _take(self, request: web.Request, vendor: str, key: str, currency: str, amount: str, body: Any) -> Any:
        """The payment of this key, or the answer that is to be given instead."""
        self.requests += 1
        how = self._next()
        if how in {How.ERROR_BEFORE, How.BUSY, How.REFUSED}:
            return web.Response(status={How.ERROR_BEFORE: 500, How.BUSY: 429}.get(how, 422))
        if how is How.SILENT_BEFORE:
            return await self._hang_up(request)
        id_ = self.by_key.get((vendor, key))
        again = id_ is not None
        if id_ is None:
            id_ = str(uuid.UUID(int=next(self._numbers) + (1 << 100), version=4))
            self.by_key[vendor, key] = id_
            self.payments[id_] = Paid(vendor, id_, key, currency, amount, body)
        if how in {How.ERROR_AFTER, How.TIMEOUT}:
            return web.Response(status=500 if how is How.ERROR_AFTER else 408)
        if how is How.HANGING:
            await self._released.wait()
        if how is How.SILENT_AFTER:
            return await self._hang_up(request)
        if how is How.NOT_JSON:
            return web.Response(text="<html>ok</html>", content_type="text/html")
        return self.payments[id_], again

    async def _hang_up(self, request: web.Request) -> web.Response:
        await asyncio.sleep(0)
        assert request.transport is not None, "the client is still there"
        request.transport.abort()
        return web.Response(status=500)

    # ---- Currencycloud

    async def _cc_token(self, request: web.Request) -> web.Response:
        form = await request.post()
        if (form.get("login_id"), form.get("api_key")) != (LOGIN, KEY):
            return web.json_response({"error_code": "auth_failed"}, status=401)
        return web.json_response({"auth_token": next(iter(self._tokens))})

    def _cc_out(self, request: web.Request) -> bool:
        return request.headers.get("X-Auth-Token") not in self._tokens

    async def _cc_beneficiary(self, request: web.Request) -> web.Response:
        if self._cc_out(request):
            return web.json_response({"error_code": "auth_failed"}, status=401)
        form = await request.post()
        return web.json_response({"id": str(uuid.UUID(int=next(self._numbers), version=4)), **dict(form)})

    async def _cc_create(self, request: web.Request) -> web.StreamResponse:
        if self._cc_out(request):
            return web.json_response({"error_code": "auth_failed"}, status=401)
        form = {name: str(value) for name, value in (await request.post()).items()}
        taken = await self._take(
            request, "currencycloud", form["unique_request_id"], form["currency"], form["amount"], form
        )
        if isinstance(taken, web.StreamResponse):
            return taken
        paid, again = taken
        if again:
            error = {
                "error_code": "payment_create_failed",
                "error_messages": {"unique_request_id": [{"code": "taken"}]},
            }
            return web.json_response(error, status=400)
        return web.json_response(self._cc_body(paid))

    def _cc_body(self, paid: Paid) -> dict[str, Any]:
        fate = self.fates.get(paid.id)
        status = {None: "ready_to_send", Fate.COMPLETED: "completed"}.get(fate, "failed")
        return {
            "id": paid.id,
            "short_reference": f"160101-{paid.id[:6].upper()}001",
            "status": status,
            "currency": paid.currency,
            "amount": paid.amount,
            "unique_request_id": paid.key,
            "failure_reason": "" if status != "failed" else "account closed",
            "failure_returned_amount": paid.amount if fate is Fate.RETURNED else "0.00",
        }

    async def _cc_find(self, request: web.Request) -> web.Response:
        if self._cc_out(request):
            return web.json_response({"error_code": "auth_failed"}, status=401)
        id_ = self.by_key.get(("currencycloud", request.query.get("unique_request_id", "")))
        return web.json_response({"payments": [self._cc_body(self.payments[id_])] if id_ else [], "pagination": {}})

    async def _cc_show(self, request: web.Request) -> web.Response:
        if self._cc_out(request):
            return web.json_response({"error_code": "auth_failed"}, status=401)
        paid = self.payments.get(request.match_info["id"])
        return web.json_response(self._cc_body(paid)) if paid else web.json_response({}, status=404)

    # ---- OpenPayd

    async def _op_token(self, request: web.Request) -> web.Response:
        expected = "Basic " + base64.b64encode(f"{LOGIN}:{KEY}".encode()).decode()
        if request.headers.get("Authorization") != expected or request.query.get("grant_type") != "client_credentials":
            return web.json_response({"error": "unauthorized"}, status=401)
        token = next(iter(self._tokens))
        return web.json_response({"access_token": token, "expires_in": 800, "accountHolderId": "holder-1"})

    def _op_out(self, request: web.Request) -> bool:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return token not in self._tokens or request.headers.get("X-ACCOUNT-HOLDER-ID") != "holder-1"

    async def _op_create(self, request: web.Request) -> web.StreamResponse:
        if self._op_out(request):
            return web.json_response({}, status=401)
        body = await request.json()
        amount = body["amount"]
        key = request.headers["IDEMPOTENCY-KEY"]
        taken = await self._take(request, "openpayd", key, amount["currency"], amount["value"], body)
        return taken if isinstance(taken, web.StreamResponse) else web.json_response(self._op_body(taken[0]))

    def _op_body(self, paid: Paid) -> dict[str, Any]:
        fate = self.fates.get(paid.id)
        status = {None: "PROCESSING", Fate.FAILED: "FAILED"}.get(fate, "COMPLETED")
        return {
            "type": "PAYOUT",
            "id": paid.id,
            "shortId": f"20260301-{paid.id[:6].upper()}",
            "status": status,
            "reference": paid.body["reference"],
            "amount": {"value": paid.amount, "currency": paid.currency},
            "failureReason": "rejected" if status == "FAILED" else None,
        }

    async def _op_list(self, request: web.Request) -> web.Response:
        if self._op_out(request):
            return web.json_response({}, status=401)
        wanted = request.query.get("reference")
        found = [
            self._op_body(paid)
            for paid in self.payments.values()
            if paid.vendor == "openpayd" and paid.body["reference"] == wanted
        ]
        return web.json_response({"content": found, "totalElements": len(found)})

    async def _op_show(self, request: web.Request) -> web.Response:
        paid = self.payments.get(request.match_info["id"])
        return web.json_response(self._op_body(paid)) if paid else web.json_response({}, status=404)

    async def _op_account(self, request: web.Request) -> web.Response:
        body = await request.json()
        return web.json_response({"internalAccountId": f"{body['currency']}{next(self._numbers):014}"})

    # ---- Circle

    async def _circle_wire(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return web.json_response({"code": 401}, status=401)
        key = (await request.json())["idempotencyKey"]
        id_ = self._destinations.setdefault(key, str(uuid.UUID(int=next(self._numbers) + (1 << 90), version=4)))
        return web.json_response({"data": {"id": id_, "status": "pending"}}, status=201)

    async def _circle_create(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        amount = body["amount"]
        key = uuid.UUID(body["idempotencyKey"]).hex
        taken = await self._take(request, "circle", key, amount["currency"], amount["amount"], body)
        if isinstance(taken, web.StreamResponse):
            return taken
        return web.json_response({"data": self._circle_body(taken[0])}, status=201)

    def _circle_body(self, paid: Paid) -> dict[str, Any]:
        fate = self.fates.get(paid.id)
        status = {None: "pending", Fate.FAILED: "failed"}.get(fate, "complete")
        money = {"amount": paid.amount, "currency": paid.currency}
        body: dict[str, Any] = {
            "id": paid.id,
            "destination": paid.body["destination"],
            "amount": money,
            "status": status,
            "trackingRef": "CIR-SIMULATED",
        }
        if fate is Fate.FAILED:
            body["errorCode"] = "transaction_failed"
        if fate is Fate.RETURNED:
            body["return"] = {"amount": money, "status": "complete", "reason": "payout_returned"}
        return body

    async def _circle_list(self, request: web.Request) -> web.Response:
        wanted = request.query.get("destination")
        found = [
            self._circle_body(paid)
            for paid in self.payments.values()
            if paid.vendor == "circle" and paid.body["destination"]["id"] == wanted
        ]
        return web.json_response({"data": found})

    async def _circle_show(self, request: web.Request) -> web.Response:
        paid = self.payments.get(request.match_info["id"])
        return web.json_response({"data": self._circle_body(paid)}) if paid else web.json_response({}, status=404)

    # ---- verification of payee

    async def _verify(self, request: web.Request) -> web.Response:
        await request.json()
        return web.json_response({"result": self.payee}, status=500 if self.payee == "error" else 200)
