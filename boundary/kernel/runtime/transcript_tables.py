"""The tables in which a stack keeps both directions of its channels.

channel_outbox     what business transactions want to say, not sequenced yet; a row holds one or many messages
channel_outbound   how far sending has come: the next sequence, the last head, what was acknowledged
channel_sent       cores as they were made: immutable, sent until acknowledged, kept for the other side's restore
channel_inbound    how far receiving has come, and whether and why the channel is halted
channel_received   the hash of every core that was applied: what a repetition is compared with
channel_refused    cores that were genuine and had no effect, once each: the evidence, and what a void must name
channel_void       sequences that were given up, written before the other side is told
channel_nonce      nonces of verified data frames inside the time window, for a side that spends them

`messages` counts those of every core of the epoch up to and including the row's own.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from boundary.kernel.runtime import columns

KEPT_DAYS = 35
"""How long cores and hashes are kept at least: as long as the oldest backup that the other side may go on from."""
KEPT = ("channel_sent", "channel_received", "channel_void")
HALTS = ("equivocation", "other_side", "lost", "heads", "other_epoch", "operator")
"""Why a channel is halted: two histories; the other side says that it is; it lacks what it acknowledged; its signed
heads contradict our transcript; it stands in another epoch; somebody decided so.
"""
KEPT_FUNCTION = f"""\
CREATE FUNCTION refuse_early() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
IF OLD.at > now() - interval '{KEPT_DAYS} days' THEN
RAISE EXCEPTION 'kept' USING ERRCODE = 'integrity_constraint_violation';
END IF;
RETURN OLD;
END $$"""


def kept(table: str) -> list[str]:
    """DDL of the triggers that refuse every change but the removal of what is old."""
    whole = f"CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON {table} "
    return [
        whole + "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        f"CREATE TRIGGER kept BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_early()",
    ]


def tables(
    metadata: sa.MetaData, types: columns.Types, *, named: bool = False, nonces: bool = False
) -> tuple[sa.Table, ...]:
    """For a stack's metadata; `named` where rows remember what they are about, `nonces` where they are spent."""
    make = _Maker(metadata, types)
    return (*_sending(make, named=named), *_receiving(make), *((_nonces(make),) if nonces else ()))


class _Maker:
    """Columns of the few kinds that these tables are made of."""

    def __init__(self, metadata: sa.MetaData, types: columns.Types) -> None:
        self.metadata = metadata
        self.types = types

    def table(self, name: str, *items: Any) -> sa.Table:
        """Every one of them is keyed by its channel first."""
        return sa.Table(name, self.metadata, sa.Column("channel", self.types.ref, primary_key=True), *items)

    def number(self, name: str, default: str | None = None, *, key: bool = False) -> sa.Column[int]:
        return sa.Column(
            name, self.types.counter, nullable=False, primary_key=key, server_default=default, autoincrement=False
        )

    def place(self) -> tuple[sa.Column[int], ...]:
        return self.number("epoch", key=True), self.number("sequence", key=True)

    def hash32(self, name: str) -> sa.Column[bytes]:
        return sa.Column(name, self.types.hash32, nullable=False)

    def coded(self, name: str) -> sa.Column[bytes]:
        return sa.Column(name, self.types.coded, nullable=False)

    def at(self) -> sa.Column[datetime]:
        return sa.Column("at", self.types.moment, nullable=False, server_default=sa.text("now()"))


def _sending(make: _Maker, *, named: bool) -> tuple[sa.Table, ...]:
    number = columns.numbered("channel_outbox", make.metadata, make.types)
    naming = _naming(make.types) if named else ()
    return (
        make.table("channel_outbox", number, make.number("count"), make.coded("payload"), *naming, make.at()),
        make.table(
            "channel_outbound",
            make.number("epoch", "1"),
            make.number("due", "1"),
            make.hash32("head"),
            make.number("acked", "0"),
            make.number("messages", "0"),
        ),
        make.table(
            "channel_sent",
            *make.place(),
            make.number("count"),
            make.number("messages"),
            make.hash32("previous"),
            make.hash32("core"),
            make.coded("body"),
            make.at(),
        ),
        make.table("channel_void", *make.place(), make.at()),
    )


def _receiving(make: _Maker) -> tuple[sa.Table, ...]:
    reason = postgresql.ENUM(*HALTS, name="channel_halt", metadata=make.metadata)
    return (
        make.table(
            "channel_inbound",
            make.number("epoch", "1"),
            make.number("due", "1"),
            make.hash32("head"),
            make.number("messages", "0"),
            sa.Column("halted", sa.Boolean(), nullable=False, server_default=sa.false()),
            sa.Column("reason", reason),
        ),
        make.table("channel_received", *make.place(), make.hash32("core"), make.number("messages"), make.at()),
        make.table(
            "channel_refused",
            *make.place(),
            sa.Column("core", make.types.hash32, primary_key=True),
            make.number("code", key=True),
            make.number("count"),
            make.at(),
        ),
    )


def _nonces(make: _Maker) -> sa.Table:
    return make.table(
        "channel_nonce",
        sa.Column("nonce", make.types.ref, primary_key=True),
        make.at(),
        sa.Index("channel_nonce_age", "at"),
    )


def _naming(types: columns.Types) -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("subjects", postgresql.ARRAY(types.ref), nullable=False),
        sa.Column("about", types.ref),
    )
