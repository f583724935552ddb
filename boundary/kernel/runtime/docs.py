"""The browsable API reference: Swagger UI from files of an installed package, under the content security policy.

Nothing is loaded from elsewhere, so it works offline; no script or style is written into the page.
"""

import functools
import html
import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import litestar
import msgspec
from litestar import exceptions, openapi, params, response

from boundary.kernel.runtime import examples, problems

_TYPES = {
    "swagger-ui.css": ("css", "text/css"),
    "swagger-ui-bundle.js": ("js", "text/javascript"),
}
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/docs/swagger-ui.css"></head>
<body><div id="reference"></div>
<script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body></html>
"""
_START = 'SwaggerUIBundle({url: "/openapi.json", dom_id: "#reference", deepLinking: true, validatorUrl: null});\n'


def config(title: str, version: str, description: str, house: Mapping[str, Any] | None = None) -> openapi.OpenAPIConfig:
    """The framework's own pages load scripts from elsewhere and answer in HTML; it insists on them, so nobody gets in."""
    closed = litestar.Router("/openapi", route_handlers=[], guards=[_nobody], opt=house, include_in_schema=False)
    return openapi.OpenAPIConfig(title=title, version=version, description=description, openapi_router=closed)


def _nobody(_request: Any, _route: Any) -> None:
    raise exceptions.NotFoundException


@functools.lru_cache(maxsize=8)
def _described(app: litestar.Litestar) -> bytes:
    """Written once. Every refusal is a problem document, whatever the framework believes it would answer."""
    schema = app.openapi_schema.to_schema()
    components = schema.setdefault("components", {}).setdefault("schemas", {})
    _, more = msgspec.json.schema_components([problems.Problem], ref_template="#/components/schemas/{name}")
    components.update(more)
    problem = {
        "description": "A problem document (RFC 9457). GET /problems lists the codes.",
        "content": {problems.MEDIA_TYPE.decode(): {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    _tidy(schema)
    examples.add(schema)
    for operations in schema.get("paths", {}).values():
        for operation in operations.values():
            good = {status: each for status, each in operation["responses"].items() if status < "400"}
            operation["responses"] = {**good, "default": problem}
    return msgspec.json.encode(schema)


def _tidy(node: Any) -> None:
    """The framework takes the dots of `tuple[T, ...]` for a type that may be anything, and so describes nothing."""
    if isinstance(node, dict):
        choices = node.get("oneOf")
        if isinstance(choices, list) and {} in choices:
            del node["oneOf"]
            node.update(*[each for each in choices if each])
        for each in node.values():
            _tidy(each)
    elif isinstance(node, list):
        for each in node:
            _tidy(each)


def handlers(title: str) -> list[Any]:
    """The page, what it loads, and the description that it shows."""
    page = _PAGE.format(title=html.escape(title))

    @litestar.get(
        "/openapi.json",
        media_type="application/vnd.oai.openapi+json",
        include_in_schema=False,
        sync_to_thread=False,
    )
    def schema(request: "litestar.Request[Any, Any, Any]") -> bytes:
        return _described(request.app)

    @litestar.get("/docs", include_in_schema=False, sync_to_thread=False)
    def reference() -> response.Response[str]:
        return response.Response(page, media_type="text/html", headers={"content-security-policy": _CSP})

    @litestar.get("/docs/start.js", include_in_schema=False, sync_to_thread=False)
    def start() -> response.Response[str]:
        return response.Response(_START, media_type="text/javascript")

    @litestar.get("/docs/{name:str}", include_in_schema=False, sync_to_thread=False)
    def asset(name: params.FromPath[str]) -> response.Response[bytes]:
        if name not in _TYPES:
            raise exceptions.NotFoundException
        folder, media_type = _TYPES[name]
        content = _read(folder, name)
        return response.Response(content, media_type=media_type, headers={"cache-control": "public, max-age=86400"})

    return [schema, reference, start, asset]


@functools.cache
def _read(folder: str, name: str) -> bytes:
    """The package is only a carrier of files: it is found, never imported."""
    spec = importlib.util.find_spec("flask_openapi3_swagger")
    if spec is None or spec.origin is None:
        raise exceptions.NotFoundException
    return (Path(spec.origin).parent / "templates" / "swagger" / folder / name).read_bytes()
