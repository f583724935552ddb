"""Reads and writes of the register."""

from boundary.kernel.runtime import transaction
from execution_stack.documents import model

_ADD = """
INSERT INTO document (hash, size, kind, media, statement)
VALUES ($1, $2, $3::text::document_kind, $4::text::document_media, $5)
ON CONFLICT (hash) DO NOTHING"""
_FIND = "SELECT hash, size, kind::text, media::text FROM document WHERE hash = $1"
_ALL = "SELECT hash, size, kind::text, media::text FROM document ORDER BY imported_at, hash"


async def add(tx: transaction.Tx, document: model.Document, statement: bytes) -> bool:
    """Whether it is new."""
    values = (document.hash, document.size, document.kind.value, document.media.value, statement)
    return await tx.execute(_ADD, *values) == 1


async def find(tx: transaction.Tx, hashed: bytes) -> model.Document | None:
    row = await tx.row(_FIND, hashed)
    return None if row is None else _document(row)


async def every(tx: transaction.Tx) -> list[model.Document]:
    return [_document(row) for row in await tx.fetch(_ALL)]


def _document(row: transaction.Record) -> model.Document:
    return model.Document(row["hash"], row["size"], model.Kind(row["kind"]), model.Media(row["media"]))
