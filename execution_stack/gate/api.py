"""`POST /channel`: the only way in. One content type, raw frames in, raw frames out."""

from typing import Any

import litestar
from litestar import response

from boundary.kernel import errors

PATH = "/channel"
CONTENT_TYPE = "application/octet-stream"


class WrongContentType(errors.Invalid):
    """Frames travel as application/octet-stream."""

    code = "unsupported_media_type"


class LengthRequired(errors.Invalid):
    """An exchange says how long it is before it begins, and comes in one piece."""

    code = "length_required"


@litestar.post(PATH, status_code=200, operation_id="channel_exchange", tags=["channel"])
async def exchange(request: "litestar.Request[Any, Any, Any]") -> response.Response[bytes]:
    """Exchange frames with a customer stack. A refusal is a problem document and changes nothing."""
    if (request.scope["raw_path"], request.scope["query_string"]) != (PATH.encode(), b""):
        raise errors.NotFound("the path is written one way, and takes no query")
    if request.headers.get("content-type") != CONTENT_TYPE:
        raise WrongContentType("frames travel as application/octet-stream")
    if "content-length" not in request.headers:  # together with transfer-encoding the guard has refused it already
        raise LengthRequired("send the frames with a content-length and in one piece")
    answer = await request.app.state.receiver.exchange(await request.body())
    return response.Response(answer, media_type=CONTENT_TYPE)
