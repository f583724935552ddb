"""A developer's view of the outbox, codes included: this route exists in test mode and nowhere else."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import litestar
import msgspec
from litestar import params

from boundary.kernel import errors
from customer_stack.access import rules as access_rules
from customer_stack.notifications import model, ports

Request = litestar.Request[Any, Any, Any]
LIMIT_MAX = 100


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message as its receiver would have it."""

    id: UUID
    channel: model.Channel
    to: str
    subject: str
    paragraphs: list[str]
    text: str
    at: datetime


@litestar.get(
    "/api/v1/development/outbox",
    operation_id="development_outbox",
    summary="What would have been sent, newest first",
    tags=["development"],
    opt={"rule": access_rules.public()},
)
async def outbox(
    request: Request,
    to: Annotated[str | None, params.QueryParameter(max_length=254)] = None,
    limit: Annotated[int, params.QueryParameter(ge=1, le=LIMIT_MAX)] = 20,
) -> list[Message]:
    box: ports.Outbox | None = request.app.state.get("outbox")
    if box is None:
        raise errors.NotFound("there is no outbox")
    return [
        Message(
            id=each.id,
            channel=each.channel,
            to=each.to,
            subject=each.subject,
            paragraphs=list(each.paragraphs),
            text=each.text,
            at=each.at,
        )
        for each in await box.messages(to, limit)
    ]


HANDLERS = (outbox,)
