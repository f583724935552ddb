"""The register of participants."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from execution_stack import schema
from execution_stack.participants import model

STATUS = postgresql.ENUM(*(each.value for each in model.Status), name="participant_status", metadata=schema.METADATA)
CATEGORY = postgresql.ENUM(
    *(each.value for each in model.Category), name="participant_category", metadata=schema.METADATA
)

PARTICIPANT = sa.Table(
    "participant",
    schema.METADATA,
    sa.Column("ref", schema.REF, primary_key=True),
    sa.Column("channel", schema.REF, nullable=False),
    sa.Column("status", STATUS, nullable=False, server_default=model.Status.ISSUED.value),
    sa.Column("level", schema.COUNTER, nullable=False, server_default="0"),
    sa.Column("category", CATEGORY, nullable=False, server_default=model.Category.RETAIL.value),
    sa.Column("issued_at", schema.MOMENT, nullable=False, server_default=sa.text("now()")),
    sa.Column("activated_at", schema.MOMENT),
    sa.Column("activated_epoch", schema.COUNTER),
    sa.Column("activated_sequence", schema.COUNTER),
    sa.Index("participant_stock", "channel", postgresql_where=sa.text("status = 'issued'")),
)
