"""A document's entry in the register."""

import enum

import msgspec

from boundary.kernel import errors, records


class Kind(enum.StrEnum):
    RULES = "rules"
    RESOLUTION_SOURCE = "resolution_source"
    PROSPECTUS = "prospectus"
    TERMS = "terms"


class Media(enum.StrEnum):
    MARKDOWN = "markdown"
    JSON = "json"
    PDF = "pdf"


MEDIA_TYPES = {Media.MARKDOWN: "text/markdown", Media.JSON: "application/json", Media.PDF: "application/pdf"}


class Document(msgspec.Struct, frozen=True):
    """`hash` is the SHA-256 of the bytes, and its only name."""

    hash: bytes
    size: int
    kind: Kind
    media: Media


class UnknownDocument(errors.NotFound):
    """No document with this hash is registered here."""

    code = "document_unknown"


class AlreadyRegistered(errors.Conflict):
    """A document with these bytes is registered already."""

    code = "document_registered"


class DocumentMissing(errors.Unavailable):
    """The document is registered, but its bytes are not in the store, or are not what they were."""

    code = "document_missing"


class Imported(records.Entry, frozen=True, tag="documents.imported.v1"):
    """A document was registered after two operators had signed the statement with this hash."""

    document: records.Hash32
    size: records.Count
    statement: records.Hash32


class Catalogued(records.Entry, frozen=True, tag="documents.catalogued.v1"):
    """A document of a venue's catalogue was registered; the hash is that of what was signed for it."""

    document: records.Hash32
    size: records.Count
    authority: records.Hash32
