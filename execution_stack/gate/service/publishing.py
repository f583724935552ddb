"""Documents at the door: the sweep that each one passes, and the news of it to every customer stack."""

from boundary.kernel.runtime import transaction
from boundary.privacy import documents as public
from boundary.wire import messages, to_customer, words
from execution_stack.documents import model
from execution_stack.gate import repo
from execution_stack.gate.service import outbound


class Sweep:
    """What the register needs (`documents.ports.Sweep`)."""

    def admit(self, data: bytes, media: model.Media) -> None:
        public.admit(data, public.MediaType(model.MEDIA_TYPES[media]))


class Announcer:
    """What the register needs (`documents.ports.Outbound`)."""

    async def published(self, tx: transaction.Tx, document: model.Document) -> None:
        for channel in await repo.audience(tx):
            await outbound.say(tx, channel.channel, [news(document)])


def news(document: model.Document) -> messages.Message:
    return to_customer.DocumentPublished(document.hash, document.size, words.DocumentKind[document.kind.name])
