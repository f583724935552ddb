"""One factory for every HTTP app: a stack brings routes, state and checks, and gets the house's behaviour.

`/health/live` says that the process answers; `/health/ready` says that it can do its work and stops saying so while
it drains. OpenAPI 3.1 stands at `/openapi.json`, its browsable page at `/docs`, every problem code at `/problems`.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import litestar
import msgspec
from litestar import datastructures, handlers, params, response
from litestar.enums import RequestEncodingType

from boundary.kernel import errors, ids, strict_json
from boundary.kernel.runtime import cross_origin, docs, guard, problems, telemetry

if TYPE_CHECKING:
    from litestar.types import ASGIApp

Check = Callable[[], Awaitable[None]]
BODY_MAX = 1024 * 1024
CHECK_SECONDS = 2


class NotReady(errors.Unavailable):
    """The process runs but cannot do its work now; `facts` name the checks that fail."""

    code = "not_ready"


class NotNamedJson(errors.Invalid):
    """The route reads JSON, and the content type does not call the body that."""

    code = "unsupported_media_type"


class Health(msgspec.Struct, frozen=True):
    status: str


class Meaning(msgspec.Struct, frozen=True):
    status: int
    meaning: str


class Readiness:
    """What must hold for a process to take work. A check passes by returning and fails by raising.

    Anybody may ask, so those who ask at the same time share one round of checks.
    """

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = dict(checks)
        self._round: asyncio.Task[list[str]] | None = None
        self.draining = False

    async def failing(self) -> list[str]:
        if self.draining:
            return ["draining"]
        if self._round is None or self._round.done():
            self._round = asyncio.create_task(self._ask())
        return await asyncio.shield(self._round)

    async def _ask(self) -> list[str]:
        names = list(self._checks)
        results = await asyncio.gather(*(_passes(self._checks[name]) for name in names))
        return [name for name, passed in zip(names, results, strict=True) if not passed]


async def _passes(check: Check) -> bool:
    try:
        await asyncio.wait_for(check(), timeout=CHECK_SECONDS)
    except Exception:  # noqa: BLE001 -- whatever goes wrong in a check, the answer is "not ready"
        return False
    return True


@litestar.get("/health/live", operation_id="health_live", tags=["health"], sync_to_thread=False)
def live() -> Health:
    """The process answers."""
    return Health("live")


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
def meaning(code: params.FromPath[str]) -> Meaning:
    """What one problem code means. This is where the `type` of a problem document leads."""
    if code not in problems.known():
        raise errors.NotFound("there is no such problem code")
    return Meaning(*problems.known()[code])


class Request(litestar.Request[Any, Any, Any]):
    """Reads a JSON body as the type that its route declares, from the bytes and to the letter.

    The framework would go by way of Python's own types: a string would do for a number, and a decimal would pass
    through a float and lose its last digits. It would also take any content type, and with it a form on another site.
    """

    async def json(self) -> Any:
        if not strict_json.is_named(_content_type(self)):
            raise NotNamedJson("send the body as application/json")
        declared = self.route_handler.parsed_data_field
        if declared is None:
            raise TypeError("a route that reads JSON declares its type: data: JSONBody[T]")
        try:
            return msgspec.json.decode(await self.body(), type=declared.annotation)
        except msgspec.ValidationError as error:
            raise problems.BrokenRule([problems.place(str(error))]) from None
        except msgspec.DecodeError:
            raise strict_json.NotJson("the body is not JSON") from None


def _content_type(request: "litestar.Request[Any, Any, Any]") -> bytes:
    """As it was sent, in lower case: on every request, so without the framework's parsing of all headers."""
    return next((value.lower() for name, value in request.scope["headers"] if name == b"content-type"), b"")


async def _read_form(request: "litestar.Request[Any, Any, Any]") -> None:
    """A form in parts is read here first: a part in an unheard-of charset, or not in its own, is its sender's fault."""
    declared = request.route_handler.parsed_data_field
    marker = declared and declared.kwarg_definition
    if isinstance(marker, params.BodyKwarg) and marker.media_type == RequestEncodingType.MULTI_PART:
        try:
            await request.form()
        except (UnicodeError, LookupError):
            raise errors.Invalid("a part of the form is not in the charset that it names") from None


def answer(request: "litestar.Request[Any, Any, Any]", error: Exception) -> response.Response[bytes]:
    """The problem document for whatever a route, or the framework on its way there, raised."""
    request_id = str(request.scope["state"].get("request_id", ""))
    problem = problems.of(error, request_id)
    if problem.status >= 500 and not isinstance(error, errors.Refusal):
        telemetry.fault(error, uuid.UUID(request_id))
    allowed = getattr(error, "headers", None) or {}
    headers = {name: value for name, value in allowed.items() if name.lower() in {"allow", "www-authenticate"}}
    if problem.status == 401:  # RFC 9110 §11.6.1 wants to hear how one would sign in
        headers.setdefault("www-authenticate", "Bearer")
    if "retry_after_seconds" in problem.facts:
        headers["retry-after"] = str(problem.facts["retry_after_seconds"])
    return response.Response(
        problem.encode(), status_code=problem.status, media_type=problems.MEDIA_TYPE.decode(), headers=headers
    )


def framework(routes: Sequence[Any], **more: Any) -> litestar.Litestar:
    """Litestar as this house uses it: it routes, validates and describes. It neither logs nor answers errors."""
    return litestar.Litestar(
        route_handlers=list(routes),
        exception_handlers={Exception: answer},
        request_class=Request,
        before_request=_read_form,
        request_max_body_size=None,  # the guard has read and bounded the body before
        logging_config=None,
        pdb_on_exception=False,
        debug=False,
        **more,
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
    guards: Sequence[Any] = (),
    house: Mapping[str, Any] | None = None,
) -> "ASGIApp":
    """A public app inside the guard, with its own description.

    A stack that guards its routes by what each says in its `opt` gives the `guards`, and as `house` what the routes
    say that stand here: health, problems, the description and its page.
    """
    ours = [live, ready_handler(readiness), codes, meaning, *docs.handlers(title)]
    inner = framework(
        [litestar.Router("/", route_handlers=ours, opt=house), *routes],
        guards=list(guards),
        openapi_config=docs.config(title, version, description, house),
        state=datastructures.State(dict(state)),
    )
    origins = cross_origin.Origins(cors_origins)
    sockets = {path for route in routes if isinstance(route, handlers.WebsocketRouteHandler) for path in route.paths}
    return guard.Guard(inner, body_max=body_max, random=random or ids.SystemIds(), origins=origins, sockets=sockets)
