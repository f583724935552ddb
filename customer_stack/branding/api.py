"""What anybody may know before they have an account: whose platform this is and under which law it runs.

Both answers may be kept for a minute by any cache. The ETag is weak: it stands for the content, and a proxy that
compresses the body keeps it true.
"""

import hashlib
from typing import Any, TypeVar

import litestar
import msgspec
from litestar.datastructures import State

from customer_stack.access import rules
from customer_stack.branding import model, service

MAX_AGE_SECONDS = 60

View = TypeVar("View", model.PublicConfig, model.PublicPack)
Asked = litestar.Request[Any, Any, State]


@litestar.get(
    "/config.json", summary="Brand, languages, modules and limits", tags=["public"], opt={"rule": rules.public()}
)
async def config_json(request: Asked) -> litestar.Response[model.PublicConfig | None]:
    state = request.app.state
    return _cached(request, service.public_config(state.branding, state.clock.now()))


@litestar.get(
    "/jurisdiction",
    summary="The rules of the jurisdiction that hold today",
    tags=["public"],
    opt={"rule": rules.public()},
)
async def jurisdiction(request: Asked) -> litestar.Response[model.PublicPack | None]:
    state = request.app.state
    return _cached(request, service.public_pack(state.branding, state.clock.now()))


HANDLERS = (config_json, jurisdiction)


def _cached(request: Asked, view: View) -> litestar.Response[View | None]:
    tag = f'W/"{hashlib.sha256(msgspec.json.encode(view)).hexdigest()[:32]}"'
    headers = {"Cache-Control": f"public, max-age={MAX_AGE_SECONDS}", "ETag": tag}
    if _is_among(tag, request.headers.get("If-None-Match", "")):
        return litestar.Response(None, status_code=304, headers=headers)
    return litestar.Response(view, headers=headers)


def _is_among(tag: str, known: str) -> bool:
    """RFC 9110 §13.1.2, weak comparison: a `W/` before either tag makes no difference."""
    tags = {one.strip().removeprefix("W/") for one in known.split(",")}
    return "*" in tags or tag.removeprefix("W/") in tags
