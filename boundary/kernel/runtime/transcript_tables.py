"""The tables in which a stack keeps both directions of its channels.

channel_outbox     what business transactions want to say, not sequenced yet; a row holds one or many messages
channel_outbound   how far sending has come: the next sequence, the last head, what was acknowledged
channel_sent       cores as they were made: immutable, sent until acknowledged, kept for the other side's restore
channel_inbound    how far receiving has come, and whether the channel is halted
channel_received   the hash of every core that was applied: what a repetition is compared with
channel_void       sequences that were given up, written before the other side is told
channel_nonce      nonces of verified data frames inside the time window
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from boundary.kernel.runtime import columns


def tables(metadata: sa.MetaData, types: columns.Types, *, named: bool = False) -> tuple[sa.Table, ...]:
    """The seven tables, for a stack's metadata; `named` where rows remember what they are about."""
    make = _Maker(metadata, types)
    return (*_sending(make, named=named), *_receiving(make))


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
        ),
        make.table(
            "channel_sent",
            *make.place(),
            make.number("count"),
            make.hash32("previous"),
            make.hash32("core"),
            make.coded("body"),
            make.at(),
        ),
        make.table("channel_void", *make.place(), make.at()),
    )


def _receiving(make: _Maker) -> tuple[sa.Table, ...]:
    return (
        make.table(
            "channel_inbound",
            make.number("epoch", "1"),
            make.number("due", "1"),
            make.hash32("head"),
            sa.Column("halted", sa.Boolean(), nullable=False, server_default=sa.false()),
        ),
        make.table("channel_received", *make.place(), make.hash32("core"), make.at()),
        make.table(
            "channel_nonce",
            sa.Column("nonce", make.types.ref, primary_key=True),
            make.at(),
            sa.Index("channel_nonce_age", "at"),
        ),
    )


def _naming(types: columns.Types) -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("subjects", postgresql.ARRAY(types.ref), nullable=False),
        sa.Column("about", types.ref),
    )
