"""`POST /channel`: the only way in. One content type, raw frames in, raw frames out."""

from typing import Any

import litestar
from litestar import response

from boundary.kernel import errors

CONTENT_TYPE = "application/octet-stream"


class WrongContentType(errors.Invalid):
    """Frames travel as application/octet-stream."""

    code = "unsupported_media_type"


@litestar.post("/channel", status_code=200, operation_id="channel_exchange", tags=["channel"])
async def exchange(request: "litestar.Request[Any, Any, Any]") -> response.Response[bytes]:
    """Exchange frames with a customer stack. A refusal is a problem document and changes nothing."""
    if request.headers.get("content-type") != CONTENT_TYPE:
        raise WrongContentType("frames travel as application/octet-stream")
    answer = await request.app.state.receiver.exchange(await request.body())
    return response.Response(answer, media_type=CONTENT_TYPE)
