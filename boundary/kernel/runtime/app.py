"""One factory for every HTTP app: a stack brings routes, state and checks, and gets the house's behaviour.

`/health/live` says that the process answers; `/health/ready` says that it can do its work and stops saying so while
it drains. OpenAPI 3.1 stands at `/openapi.json`, its browsable page at `/docs`, every problem code at `/problems`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import litestar
import msgspec
from litestar import datastructures, openapi, response
from litestar.config import cors

from boundary.kernel import errors, ids
from boundary.kernel.runtime import docs, guard, problems, telemetry

if TYPE_CHECKING:
    from litestar.types import ASGIApp

Check = Callable[[], Awaitable[None]]
BODY_MAX = 1024 * 1024


class NotReady(errors.Unavailable):
    """The process runs but cannot do its work now; `facts` name the checks that fail."""

    code = "not_ready"


class Health(msgspec.Struct, frozen=True):
    status: str


class Meaning(msgspec.Struct, frozen=True):
    status: int
    meaning: str


class Readiness:
    """What must hold for a process to take work. A check passes by returning and fails by raising."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = dict(checks)
        self.draining = False

    async def failing(self) -> list[str]:
        if self.draining:
            return ["draining"]
        names = list(self._checks)
        results = await asyncio.gather(*(_passes(self._checks[name]) for name in names))
        return [name for name, passed in zip(names, results, strict=True) if not passed]


async def _passes(check: Check) -> bool:
    try:
        await asyncio.wait_for(check(), timeout=2)
    except Exception:  # noqa: BLE001 -- whatever goes wrong in a check, the answer is "not ready"
        return False
    return True


@litestar.get("/health/live", operation_id="health_live", tags=["health"], sync_to_thread=False)
def live() -> Health:
    """The process answers."""
    return Health("live")


class _Schema(litestar.Controller):
    """Serves the schema alone; the framework's own pages would load scripts from elsewhere and answer in HTML."""

    path = "/openapi.json"
    include_in_schema = False

    @litestar.get(media_type="application/vnd.oai.openapi+json", sync_to_thread=False)
    def schema(self, request: "litestar.Request[Any, Any, Any]") -> bytes:
        """The OpenAPI 3.1 description of this API."""
        return msgspec.json.encode(request.app.openapi_schema.to_schema())


def ready_handler(readiness: Readiness) -> Any:
    @litestar.get("/health/ready", operation_id="health_ready", tags=["health"])
    async def ready() -> Health:
        """The process can do its work: what it needs is there, and it is not draining."""
        failing = await readiness.failing()
        if failing:
            raise NotReady("not ready", **dict.fromkeys(failing, False))
        return Health("ready")

    return ready


@litestar.get("/problems", operation_id="problems", tags=["problems"], sync_to_thread=False)
def codes() -> dict[str, Meaning]:
    """Every problem code that this API answers, with its status and meaning."""
    return {code: Meaning(status, meaning) for code, (status, meaning) in problems.known().items()}


@litestar.get("/problems/{code:str}", operation_id="problem", tags=["problems"], sync_to_thread=False)
def meaning(code: str) -> Meaning:
    """What one problem code means. This is where the `type` of a problem document leads."""
    if code not in problems.known():
        raise errors.NotFound("there is no such problem code")
    return Meaning(*problems.known()[code])


def _answer(request: "litestar.Request[Any, Any, Any]", error: Exception) -> response.Response[bytes]:
    request_id = str(request.scope["state"].get("request_id", ""))
    problem = problems.of(error, request_id)
    if problem.status >= 500 and not isinstance(error, errors.Refusal):
        telemetry.fault(error)
    allowed = getattr(error, "headers", None) or {}
    headers = {name: value for name, value in allowed.items() if name.lower() in {"allow", "www-authenticate"}}
    if "retry_after_seconds" in problem.facts:
        headers["retry-after"] = str(problem.facts["retry_after_seconds"])
    return response.Response(
        problem.encode(), status_code=problem.status, media_type=problems.MEDIA_TYPE.decode(), headers=headers
    )


def create(
    *,
    title: str,
    version: str,
    description: str,
    routes: Sequence[Any],
    readiness: Readiness,
    state: Mapping[str, Any],
    cors_origins: Sequence[str] = (),
    body_max: int = BODY_MAX,
    random: ids.Ids | None = None,
) -> "ASGIApp":
    """A Litestar app inside the guard."""
    origins = (
        cors.CORSConfig(
            allow_origins=list(cors_origins), allow_credentials=True, allow_headers=["content-type", "idempotency-key"]
        )
        if cors_origins
        else None
    )
    app = litestar.Litestar(
        route_handlers=[live, ready_handler(readiness), codes, meaning, *docs.handlers(title), *routes],
        openapi_config=openapi.OpenAPIConfig(
            title=title,
            version=version,
            description=description,
            openapi_controller=cast(Any, _Schema),  # its type names the framework's own controller
        ),
        exception_handlers={Exception: _answer},
        state=datastructures.State(dict(state)),
        cors_config=origins,
        request_max_body_size=None,  # the guard has read and bounded the body before
        logging_config=None,
        pdb_on_exception=False,
        debug=False,
    )
    return guard.Guard(app, body_max=body_max, random=random or ids.SystemIds())
