"""`POST /channel` and `POST /market`: the only ways in. One content type, raw frames in, raw frames out."""

from typing import Any

import litestar
from litestar import response

from boundary.kernel import errors

PATH = "/channel"
MARKET_PATH = "/market"
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
    _check(request, PATH)
    answer = await request.app.state.receiver.exchange(await request.body())
    return response.Response(answer, media_type=CONTENT_TYPE)


@litestar.post(MARKET_PATH, status_code=200, operation_id="market_poll", tags=["channel"])
async def market(request: "litestar.Request[Any, Any, Any]") -> response.Response[bytes]:
    """Ask for market data: one frame that says how far its sender has come, answered by what is newer."""
    _check(request, MARKET_PATH)
    answer = await request.app.state.market.answer(await request.body())
    return response.Response(answer, media_type=CONTENT_TYPE)


def _check(request: "litestar.Request[Any, Any, Any]", path: str) -> None:
    """One spelling, one content type, one length."""
    if (request.scope["raw_path"], request.scope["query_string"]) != (path.encode(), b""):
        raise errors.NotFound("the path is written one way, and takes no query")
    if request.headers.get("content-type") != CONTENT_TYPE:
        raise WrongContentType("frames travel as application/octet-stream")
    if "content-length" not in request.headers:  # together with transfer-encoding the guard has refused it already
        raise LengthRequired("send the frames with a content-length and in one piece")
