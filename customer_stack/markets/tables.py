"""The customer side's copy of the register."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from customer_stack import schema
from customer_stack.markets import model

STATE = postgresql.ENUM(*(each.value for each in model.State), name="instrument_state", metadata=schema.METADATA)

INSTRUMENT = sa.Table(
    "instrument",
    schema.METADATA,
    sa.Column("ref", schema.KERNEL.ref, primary_key=True),
    sa.Column("route", sa.Text(), nullable=False),
    sa.Column("product", sa.Text(), nullable=False),
    sa.Column("state", STATE, nullable=False),
    sa.Column("tick_size", schema.KERNEL.counter, nullable=False),
    sa.Column("lot_size", schema.KERNEL.counter, nullable=False),
    sa.Column("price_max", schema.KERNEL.counter, nullable=False),
    sa.Column("cap_lots", schema.KERNEL.counter, nullable=False),
    sa.Column("opens_at", schema.KERNEL.moment, nullable=False),
    sa.Column("closes_at", schema.KERNEL.moment, nullable=False),
    sa.Column("document", schema.KERNEL.hash32, nullable=False),
    sa.Column("heard_at", schema.KERNEL.moment, nullable=False, server_default=sa.text("now()")),
)
schema.describe(INSTRUMENT, schema.technical(schema.Purpose.SERVICE))
