"""The register of instruments."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from execution_stack import schema
from execution_stack.instruments import model

ROUTE = postgresql.ENUM(*(each.value for each in model.Route), name="instrument_route", metadata=schema.METADATA)
PRODUCT = postgresql.ENUM(*(each.value for each in model.Product), name="instrument_product", metadata=schema.METADATA)
STATE = postgresql.ENUM(*(each.value for each in model.State), name="instrument_state", metadata=schema.METADATA)

INSTRUMENT = sa.Table(
    "instrument",
    schema.METADATA,
    sa.Column("ref", schema.REF, primary_key=True),
    sa.Column("code", schema.CODE, nullable=False, unique=True),
    sa.Column("route", ROUTE, nullable=False),
    sa.Column("product", PRODUCT, nullable=False),
    sa.Column("state", STATE, nullable=False, server_default=model.State.LISTED.value),
    sa.Column("tick_size", schema.AMOUNT, nullable=False),
    sa.Column("lot_size", schema.AMOUNT, nullable=False),
    sa.Column("price_max", schema.TICKS, nullable=False),
    sa.Column("cap_lots", schema.LOTS, nullable=False),
    sa.Column("opens_at", schema.MOMENT, nullable=False),
    sa.Column("closes_at", schema.MOMENT, nullable=False),
    sa.Column("document", schema.HASH32, nullable=False),
    sa.Column("reference_ticks", schema.TICKS),
    sa.Column("listed_at", schema.MOMENT, nullable=False, server_default=sa.text("now()")),
)

BAND = sa.Table(
    "instrument_band",
    schema.METADATA,
    sa.Column("instrument", schema.REF, primary_key=True),
    sa.Column("from_ticks", schema.TICKS, primary_key=True, autoincrement=False),
    sa.Column("step_ticks", schema.TICKS, nullable=False),
    sa.ForeignKeyConstraint(["instrument"], ["instrument.ref"]),
)
