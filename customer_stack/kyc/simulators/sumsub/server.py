"""Sumsub as its pages describe it: signed requests, applicants by external id, levels, links, status, and webhooks.

Written from the vendor's documentation alone, with format code of its own. On command it answers 500 before or after it
has done what was asked, hangs up, falls silent, answers nonsense; and its webhooks come late, twice, out of order, forged,
under an old or a new secret, and change their mind.
"""

import asyncio
import dataclasses
import email
import email.policy
import enum
import hashlib
import hmac
import itertools
import json
import re
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from aiohttp import web

SIGNATURE_SECONDS = 60
ALGORITHMS = {"HMAC_SHA1_HEX": hashlib.sha1, "HMAC_SHA256_HEX": hashlib.sha256, "HMAC_SHA512_HEX": hashlib.sha512}


class How(enum.Enum):
    SILENCE = "silence"
    HANG_UP = "hang up"
    NOT_JSON = "not JSON"
    FAIL_BEFORE = "500 before"
    FAIL_AFTER = "500 after"
    BUSY = "429"
    LOST = "401"


@dataclasses.dataclass
class Applicant:
    """One applicant, as the vendor knows it."""

    id: str
    inspection: str
    external: str
    level: str
    info: dict[str, Any]
    status: str = "init"
    result: dict[str, Any] | None = None
    reviewed_at: datetime | None = None
    documents: list[tuple[dict[str, Any], int]] = dataclasses.field(default_factory=list)
    inactive: bool = False


@dataclasses.dataclass(frozen=True)
class Hook:
    """A webhook that was written, and can be sent as often and as late as one likes."""

    body: bytes
    created_at: datetime


class Server:
    """`now` is this side's own clock, which tests set."""

    def __init__(self, token: str, secret: str, hook_secret: str, now: datetime) -> None:
        self.token = token
        self.secret = secret
        self.hook_secret = hook_secret
        self.now = now
        self.port = 0
        self.applicants: dict[str, Applicant] = {}
        self.asked: list[str] = []
        self._orders: list[How] = []
        self._numbers = itertools.count(1)
        self._runner: web.AppRunner | None = None
        self._released = asyncio.Event()

    def order(self, how: How, times: int = 1) -> None:
        self._orders += [how] * times

    def behave(self) -> None:
        self._orders.clear()

    async def start(self) -> None:
        app = web.Application(middlewares=[self._behaving])
        app.router.add_post("/resources/applicants", self._create)
        app.router.add_get("/resources/applicants/{name}/one", self._one)
        app.router.add_post("/resources/applicants/{id}/info/idDoc", self._document)
        app.router.add_post("/resources/applicants/{id}/status/pending", self._pending)
        app.router.add_get("/resources/applicants/{id}/status", self._status)
        app.router.add_patch("/resources/applicants/{id}/presence/deactivated", self._deactivate)
        app.router.add_post("/resources/sdkIntegrations/levels/-/websdkLink", self._link)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        assert self._runner is not None, "it was started"
        self._released.set()
        await self._runner.cleanup()

    # ---- what happens over here

    def later(self, **by: int) -> datetime:
        self.now += timedelta(**by)
        return self.now

    def by_external(self, external: str) -> Applicant:
        return next(each for each in self.applicants.values() if each.external == external)

    def reviews(
        self,
        external: str,
        answer: str,
        *,
        reject_type: str = "",
        labels: tuple[str, ...] = (),
        moderation: str = "",
        client: str = "",
    ) -> Hook:
        """Come to a verdict now, and write the webhook that tells of it."""
        result: dict[str, Any] = {"reviewAnswer": answer}
        if answer == "RED":
            result |= {"rejectLabels": list(labels), "reviewRejectType": reject_type, "buttonIds": []}
            result |= {"moderationComment": moderation, "clientComment": client}
        who = self.by_external(external)
        who.status, who.result, who.reviewed_at = "completed", result, self.now
        return self.tells(who, "applicantReviewed", {"reviewResult": result, "reviewStatus": "completed"})

    def holds(self, external: str) -> Hook:
        who = self.by_external(external)
        who.status = "onHold"
        return self.tells(who, "applicantOnHold", {"reviewStatus": "onHold"})

    def tells(self, who: Applicant, kind: str, more: dict[str, Any]) -> Hook:
        said = {
            "applicantId": who.id,
            "inspectionId": who.inspection,
            "applicantType": "individual",
            "correlationId": f"{next(self._numbers):032x}",
            "levelName": who.level,
            "sandboxMode": False,
            "externalUserId": who.external,
            "type": kind,
            "createdAt": self.now.strftime("%Y-%m-%d %H:%M:%S+0000"),
            "createdAtMs": self.now.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3],
            "clientId": "fictional.example",
            **more,
        }
        return Hook(json.dumps(said).encode(), self.now)

    def headers(self, body: bytes, *, secret: str | None = None, algorithm: str = "HMAC_SHA256_HEX") -> dict[str, str]:
        """What stands above a webhook's body."""
        made = hmac.new((secret or self.hook_secret).encode(), body, ALGORITHMS[algorithm]).hexdigest()
        return {"Content-Type": "application/json", "X-Payload-Digest": made, "X-Payload-Digest-Alg": algorithm}

    async def send(self, hook: Hook, url: str, *, times: int = 1, secret: str | None = None) -> list[int]:
        """Send a webhook, as often as told; the statuses of the answers."""
        answers = []
        async with aiohttp.ClientSession() as session:
            for _ in range(times):
                headers = self.headers(hook.body, secret=secret)
                async with session.post(url, data=hook.body, headers=headers) as answer:
                    await answer.read()
                    answers.append(answer.status)
        return answers

    # ---- what is asked over the network

    @web.middleware
    async def _behaving(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path}")
        how = self._orders.pop(0) if self._orders else None
        if how is How.FAIL_BEFORE:
            return _error(500)
        if how is How.BUSY:
            return _error(429)
        body = await request.read()
        if how is How.LOST or not self._signed(request, body):
            return _error(401)
        answer: web.StreamResponse = await handler(request)
        if how is How.FAIL_AFTER:
            return _error(500)
        if how is How.NOT_JSON:
            return web.Response(status=200, text="<html>maintenance</html>", content_type="text/html")
        if how in {How.SILENCE, How.HANG_UP}:
            if how is How.SILENCE:
                await self._released.wait()
            assert request.transport is not None, "the client is still there"
            request.transport.abort()
        return answer

    def _signed(self, request: web.Request, body: bytes) -> bool:
        moment = request.headers.get("X-App-Access-Ts", "")
        if request.headers.get("X-App-Token") != self.token or not re.fullmatch(r"[0-9]{1,12}", moment):
            return False
        if abs(int(moment) - int(self.now.timestamp())) > SIGNATURE_SECONDS:
            return False
        signed = moment.encode() + request.method.encode() + request.raw_path.encode() + body
        made = hmac.new(self.secret.encode(), signed, hashlib.sha256).hexdigest()
        return hmac.compare_digest(made, request.headers.get("X-App-Access-Sig", ""))

    async def _create(self, request: web.Request) -> web.Response:
        said = await request.json()
        info = said.get("fixedInfo", {})
        if not all(_LETTERS.fullmatch(info[name]) for name in ("country", "nationality") if name in info):
            return _error(400)
        if any(each.external == said["externalUserId"] for each in self.applicants.values()):
            return _error(409)
        number = next(self._numbers)
        who = Applicant(
            f"{number:024x}",
            f"{number:023x}f",
            said["externalUserId"],
            request.query["levelName"],
            info,
        )
        self.applicants[who.id] = who
        return web.json_response(self._shown(who), status=201)

    async def _one(self, request: web.Request) -> web.Response:
        external = request.match_info["name"].removeprefix("-;externalUserId=")
        found = [each for each in self.applicants.values() if each.external == external]
        return web.json_response(self._shown(found[0])) if found else _error(404)

    async def _document(self, request: web.Request) -> web.Response:
        who = self.applicants.get(request.match_info["id"])
        if who is None:
            return _error(404)
        head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
        form = email.message_from_bytes(head + await request.read(), policy=email.policy.HTTP)
        parts = {each.get_param("name", header="content-disposition"): each for each in form.iter_parts()}
        content: Any = parts["content"].get_payload(decode=True)
        said: Any = parts["metadata"].get_payload(decode=True)
        metadata = json.loads(said)
        if not _LETTERS.fullmatch(metadata.get("country", "")) or not metadata.get("idDocType"):
            return _error(400)
        who.documents.append((metadata, len(content)))
        return web.json_response({"idDocType": "ID_CARD", "country": "LKA"})

    async def _pending(self, request: web.Request) -> web.Response:
        who = self.applicants.get(request.match_info["id"])
        if who is None:
            return _error(404)
        if not who.documents:
            return _error(400)
        who.status = "pending"
        return web.json_response({"ok": 1})

    async def _status(self, request: web.Request) -> web.Response:
        who = self.applicants.get(request.match_info["id"])
        if who is None:
            return _error(404)
        said: dict[str, Any] = {
            "reviewId": f"{who.id[:-1]}e",
            "attemptId": f"{who.id[:-1]}d",
            "attemptCnt": 1,
            "levelName": who.level,
            "createDate": "2026-01-01 00:00:00+0000",
            "reviewStatus": who.status,
            "priority": 0,
        }
        if who.result is not None and who.reviewed_at is not None:
            said |= {"reviewDate": who.reviewed_at.strftime("%Y-%m-%d %H:%M:%S+0000"), "reviewResult": who.result}
        return web.json_response(said)

    async def _deactivate(self, request: web.Request) -> web.Response:
        who = self.applicants.get(request.match_info["id"])
        if who is None:
            return _error(404)
        who.inactive = True
        return web.json_response(self._shown(who))

    async def _link(self, request: web.Request) -> web.Response:
        said = await request.json()
        if not said.get("levelName") or not said.get("userId"):
            return _error(400)
        return web.json_response({"url": f"https://in.sumsub.com/websdk/p/sbx_{next(self._numbers):016x}"})

    def _shown(self, who: Applicant) -> dict[str, Any]:
        return {
            "id": who.id,
            "createdAt": "2026-01-01 00:00:00",
            "key": "FICTIONALKEY",
            "clientId": "fictional.example",
            "inspectionId": who.inspection,
            "externalUserId": who.external,
            "deleted": who.inactive,
            "fixedInfo": who.info,
            "review": {"levelName": who.level, "reviewStatus": who.status},
            "type": "individual",
        }


_LETTERS = re.compile("[A-Z]{3}")
"""Countries are written in three letters, ISO 3166-1 alpha-3."""


def _error(status: int) -> web.Response:
    said = {"code": status, "description": "fictional", "correlationId": "0" * 32}
    return web.json_response(said, status=status)
