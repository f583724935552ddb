"""The audit log of a stack: what is written, in which tables, and the function that writes it.

An entry is written in the business transaction, so there is no change without its entry and no entry without its
change. The application may only insert the payload: number, time and transaction id come from the database. A sealer
(`sealing`) chains and Merkle-hashes entries behind the business, in a table of its own, so that no writer waits.

    audit_entry  what happened, as the bytes that are hashed
    audit_seal   the place of each entry in the chain and the tree
    audit_node   interior nodes of the tree (levels 4, 8, 12, …), so that a proof reads a handful of rows
    audit_head   signed statements of size, root and chain
    audit_era    which database cluster numbered the transactions: a restore into another one opens a new era
"""

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from boundary.kernel import records
from boundary.kernel.runtime import columns, transaction

NODE_LEVELS = 4  # every fourth level is stored: a proof hashes at most 15 rows per stored level
PAYLOAD_BYTES_MAX = 16 * 1024

_INSERT = "INSERT INTO audit_entry (payload) VALUES ($1)"
_INSERT_MANY = "INSERT INTO audit_entry (payload) SELECT unnest($1::bytea[])"


class Tables(NamedTuple):
    entry: sa.Table
    seal: sa.Table
    node: sa.Table
    head: sa.Table
    era: sa.Table


async def write(tx: transaction.Tx, entry: records.Entry) -> None:
    await tx.connection.execute(_INSERT, _payload(entry))


async def write_many(tx: transaction.Tx, entries: Sequence[records.Entry]) -> None:
    """All of one statement; in order."""
    await tx.connection.execute(_INSERT_MANY, [_payload(entry) for entry in entries])


def _payload(entry: records.Entry) -> bytes:
    payload = records.encode(entry)
    if len(payload) > PAYLOAD_BYTES_MAX:
        raise ValueError("an audit payload holds hashes of large things, not the things")
    return payload


def tables(metadata: sa.MetaData, types: columns.Types) -> Tables:
    """The five tables for a stack's metadata. Grants and triggers make them append-only; see `append_only`."""
    entry = sa.Table(
        "audit_entry",
        metadata,
        columns.numbered("audit_entry", metadata, types),
        sa.Column("xid", columns.Xid8(), nullable=False, server_default=sa.text("pg_current_xact_id()")),
        sa.Column("at", types.moment, nullable=False, server_default=sa.text("now()")),
        sa.Column("payload", types.coded, nullable=False),
        sa.Index("audit_entry_commit_order", "xid", "id"),
    )
    seal = sa.Table(
        "audit_seal",
        metadata,
        sa.Column("seq", types.counter, primary_key=True, autoincrement=False),
        sa.Column("entry_id", types.counter, nullable=False, unique=True),
        sa.Column("leaf", types.hash32, nullable=False),
        sa.Column("chain", types.hash32, nullable=False),
    )
    node = sa.Table(
        "audit_node",
        metadata,
        sa.Column("level", types.counter, primary_key=True, autoincrement=False),
        sa.Column("index", types.counter, primary_key=True, autoincrement=False),
        sa.Column("hash", types.hash32, nullable=False),
    )
    head = sa.Table(
        "audit_head",
        metadata,
        sa.Column("size", types.counter, primary_key=True, autoincrement=False),
        sa.Column("root", types.hash32, nullable=False),
        sa.Column("chain", types.hash32, nullable=False),
        sa.Column("at", types.moment, nullable=False),
        sa.Column("public_key", types.hash32, nullable=False),
        sa.Column("signature", types.signature64, nullable=False),
    )
    era = sa.Table(
        "audit_era",
        metadata,
        sa.Column("number", types.counter, primary_key=True, autoincrement=False),
        sa.Column("cluster", types.counter, nullable=False),
        sa.Column("first_entry", types.counter, nullable=False),
        sa.Column("opened_at", types.moment, nullable=False, server_default=sa.text("now()")),
    )
    return Tables(entry, seal, node, head, era)


APPEND_ONLY_FUNCTION = """\
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'append_only' USING ERRCODE = 'integrity_constraint_violation'; END $$"""


def append_only(table: str) -> str:
    """DDL of the trigger that refuses whatever the grants might one day let through."""
    return (
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
