"""`GET /documents/{hash}`: public bytes under their hash. They say the same to everybody, for ever."""

import asyncio
import re
from typing import Any

import litestar
from litestar import params, response

from execution_stack.documents import model, service

MAX_AGE_SECONDS = 31_536_000
_HASH = re.compile(r"[0-9a-f]{64}")


@litestar.get("/documents/{document:str}", operation_id="document", tags=["documents"])
async def document(
    request: "litestar.Request[Any, Any, Any]", document: params.FromPath[str]
) -> response.Response[bytes]:
    """A public document by the SHA-256 of its bytes, which whoever asks can recompute."""
    state = request.app.state
    if state.documents is None or not _HASH.fullmatch(document):
        raise model.UnknownDocument("no document with this hash is registered")
    hashed = bytes.fromhex(document)
    found = await state.db.read("documents.find", lambda tx: service.require(tx, hashed))
    data = await asyncio.to_thread(service.read, state.documents, found)
    return response.Response(
        data,
        media_type=model.MEDIA_TYPES[found.media],
        headers={
            "cache-control": f"public, max-age={MAX_AGE_SECONDS}, immutable",
            "etag": f'"{document}"',
            "content-disposition": f'inline; filename="{document[:16]}.{found.media}"',
        },
    )
