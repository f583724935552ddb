"""The browsable API reference: Swagger UI from files of an installed package, under the content security policy.

Nothing is loaded from elsewhere, so it works offline; no script or style is written into the page.
"""

import functools
import html
import importlib.util
from pathlib import Path
from typing import Any

import litestar
from litestar import exceptions, response

_TYPES = {
    "swagger-ui.css": ("css", "text/css; charset=utf-8"),
    "swagger-ui-bundle.js": ("js", "text/javascript; charset=utf-8"),
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


def handlers(title: str) -> list[Any]:
    page = _PAGE.format(title=html.escape(title))

    @litestar.get("/docs", include_in_schema=False, sync_to_thread=False)
    def reference() -> response.Response[str]:
        return response.Response(page, media_type="text/html", headers={"content-security-policy": _CSP})

    @litestar.get("/docs/start.js", include_in_schema=False, sync_to_thread=False)
    def start() -> response.Response[str]:
        return response.Response(_START, media_type="text/javascript; charset=utf-8")

    @litestar.get("/docs/{name:str}", include_in_schema=False, sync_to_thread=False)
    def asset(name: str) -> response.Response[bytes]:
        if name not in _TYPES:
            raise exceptions.NotFoundException
        folder, media_type = _TYPES[name]
        content = _read(folder, name)
        return response.Response(content, media_type=media_type, headers={"cache-control": "public, max-age=86400"})

    return [reference, start, asset]


@functools.cache
def _read(folder: str, name: str) -> bytes:
    """The package is only a carrier of files: it is found, never imported."""
    spec = importlib.util.find_spec("flask_openapi3_swagger")
    if spec is None or spec.origin is None:
        raise exceptions.NotFoundException
    return (Path(spec.origin).parent / "templates" / "swagger" / folder / name).read_bytes()
