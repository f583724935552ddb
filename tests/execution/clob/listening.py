"""What customer stacks would be told: the outbox of a channel, decoded."""

from typing import Any
from uuid import UUID

from boundary.wire import frame, messages, values
from execution_stack.intents import model as intents
from tests.execution.clob import floor as floors

NEWS_OF_REGISTER = ("InstrumentListed", "DocumentPublished")


async def heard(floor: floors.Floor, channel: UUID) -> list[Any]:
    rows = await floor.superuser.fetch(
        "SELECT count, payload FROM channel_outbox WHERE channel = $1 ORDER BY id", channel
    )
    found: list[Any] = []
    for count, payload in rows:
        found += messages.decode_body(messages.array(count) + payload, frame.Direction.TO_CUSTOMER)
    return [each for each in found if type(each).__name__ not in NEWS_OF_REGISTER]


def name(of: intents.Name) -> values.MessageName:
    return values.MessageName(*of)
