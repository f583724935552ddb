"""Somebody who uses the customer API: JSON over HTTP, as a session with a bearer token, and the mail that they read.

Mail and SMS of a platform that `up` started stand in its development outbox; there is no other way to a code.
"""

import http.client
import json
import re
import time
import urllib.parse
from collections.abc import Iterator, Mapping
from typing import Any

from deploy.local import ports, processes

PATIENCE = 20.0
TIMEOUT = 15.0


class Refused(processes.LaunchError):
    """The API said no; `status` and `code` tell how."""

    def __init__(self, what: str, status: int, code: str) -> None:
        super().__init__(f"{what}: {status} {code}")
        self.status = status
        self.code = code


class Visitor:
    """One person's way in. Nothing is kept but the token of the session."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.token = ""

    def call(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any, Mapping[str, str]]:
        """Status, JSON and headers; `Refused` for whatever is no success."""
        sent = {"accept": "application/json", **(headers or {})}
        if self.token:
            sent["authorization"] = f"Bearer {self.token}"
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            sent["content-type"] = "application/json"
        status, raw, answered = self._exchange(method, path, data, sent)
        found = json.loads(raw) if raw.strip() else None
        if status >= 400:
            code = found.get("code", "") if isinstance(found, dict) else ""
            raise Refused(f"{method} {path}", status, code)
        return status, found, answered

    def get(self, path: str) -> Any:
        return self.call("GET", path)[1]

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.call("POST", path, body, named)[1]

    def put(self, path: str, data: bytes) -> None:
        """Bytes as they are."""
        sent = {"authorization": f"Bearer {self.token}", "content-type": "application/octet-stream"}
        status, raw, _ = self._exchange("PUT", path, data, sent)
        if status >= 400:
            raise Refused(f"PUT {path}", status, raw.decode(errors="replace")[:200])

    def _exchange(
        self, method: str, path: str, data: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, bytes, dict[str, str]]:
        connection = http.client.HTTPConnection(ports.HOST, self._port, timeout=TIMEOUT)
        try:
            connection.request(method, path, data, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
        except (OSError, http.client.HTTPException) as error:
            raise processes.LaunchError(f"{method} {path}: {type(error).__name__} {error}") from error
        finally:
            connection.close()

    # ---- mail and SMS

    def messages(self, to: str) -> list[dict[str, Any]]:
        """Newest first."""
        query = urllib.parse.urlencode({"to": to})
        found: list[dict[str, Any]] = self.get(f"/api/v1/development/outbox?{query}")
        return found

    def seen(self, to: str) -> set[str]:
        """What has arrived before something is asked for, so that its answer can be told from older mail."""
        return {message["id"] for message in self.messages(to)}

    def arriving(self, to: str, before: set[str], pattern: "re.Pattern[str]") -> Iterator[str]:
        """Nothing until a message that was not there before has what is looked for. Others may arrive first: a new
        sign-in is told of too.
        """
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            fresh = (pattern.search(message["text"]) for message in self.messages(to) if message["id"] not in before)
            found = next(filter(None, fresh), None)
            if found:
                yield found[0]
                return
            pause = time.monotonic() + 0.05
            while time.monotonic() < pause:
                yield ""
        raise processes.LaunchError(f"no message has arrived for {to} within {PATIENCE:.0f} s")
