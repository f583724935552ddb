"""The register of documents: no title, no text, no address."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from execution_stack import schema
from execution_stack.documents import model

KIND = postgresql.ENUM(*(each.value for each in model.Kind), name="document_kind", metadata=schema.METADATA)
MEDIA = postgresql.ENUM(*(each.value for each in model.Media), name="document_media", metadata=schema.METADATA)

DOCUMENT = sa.Table(
    "document",
    schema.METADATA,
    sa.Column("hash", schema.HASH32, primary_key=True),
    sa.Column("size", schema.COUNTER, nullable=False),
    sa.Column("kind", KIND, nullable=False),
    sa.Column("media", MEDIA, nullable=False),
    sa.Column("statement", schema.HASH32, nullable=False, unique=True),
    sa.Column("imported_at", schema.MOMENT, nullable=False, server_default=sa.text("now()")),
)
