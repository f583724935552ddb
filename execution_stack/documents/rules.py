"""What two people sign when a document is to be published."""

from collections.abc import Mapping
from uuid import UUID

from execution_stack.documents import model

PURPOSE = "documents.import"


def subject(hashed: bytes) -> UUID:
    """A document in the place where statements have a reference: the beginning of its hash. The facts hold all of it."""
    return UUID(bytes=hashed[:16], version=4)


def facts(document: model.Document) -> Mapping[str, str]:
    return {
        "document": document.hash.hex(),
        "size": str(document.size),
        "kind": document.kind.value,
        "media": document.media.value,
    }
