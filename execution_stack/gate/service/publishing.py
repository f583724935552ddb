"""Documents at the door: the sweep that each one passes, and the news of it to every customer stack."""

from boundary.kernel import errors
from boundary.kernel.runtime import transaction
from boundary.privacy import documents as public
from boundary.wire import messages, to_customer, words
from execution_stack.documents import model
from execution_stack.gate import repo
from execution_stack.gate.service import outbound


class Sweep:
    """What the register needs (`documents.ports.Sweep`), what catalogues need, and what is kept of venues' answers."""

    def admit(self, data: bytes, media: model.Media) -> None:
        public.admit(data, public.MediaType(model.MEDIA_TYPES[media]))

    def findings(self, data: bytes) -> int | None:
        """For `catalogue.ports.Sweep`."""
        try:
            public.check(data, public.MediaType.JSON)
            return len(public.sweep(data, public.MediaType.JSON))
        except errors.Invalid:
            return None

    def is_clean(self, data: bytes) -> bool:
        """For `venues.ports.evidence.Sweep`: answers of a venue, one on each line."""
        return all(self.findings(line) == 0 for line in data.split(b"\n"))


class Announcer:
    """What the register needs (`documents.ports.Outbound`)."""

    async def published(self, tx: transaction.Tx, document: model.Document) -> None:
        for channel in await repo.audience(tx):
            await outbound.say(tx, channel.channel, [news(document)])


def news(document: model.Document) -> messages.Message:
    return to_customer.DocumentPublished(document.hash, document.size, words.DocumentKind[document.kind.name])
