"""A national register behind an operator's own service: it knows some documents and to whom they belong."""

from typing import Any

from aiohttp import web


class Server:
    """`known` holds, by country and number, the family name and the birth that belong to it."""

    def __init__(self, token: str) -> None:
        self.known: dict[tuple[str, str], tuple[str, str]] = {}
        self.asked: list[dict[str, Any]] = []
        self.status = 200
        self.port = 0
        self._token = token
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/v1/documents/check", self._check)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        assert self._runner is not None, "it was started"
        await self._runner.cleanup()

    async def _check(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {self._token}":
            return web.Response(status=401)
        if self.status != 200:
            return web.Response(status=self.status)
        said = await request.json()
        self.asked.append(said)
        found = self.known.get((said["country"], said["number"]))
        if found is None:
            return web.json_response({"result": "unknown"})
        match = found == (said["family_names"], said["birth"])
        return web.json_response({"result": "match" if match else "mismatch"})
