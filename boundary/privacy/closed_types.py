"""The closed list: every type that a column of the execution database may have, as PostgreSQL domains.

No name, phone number, address or document fits into any of them by accident, and none but `code` and `coded` takes
bytes that somebody chose. This page is the norm on both sides: the execution stack makes its domains from it, and the
catalogue lint compares a live database with it.
"""

from typing import NamedTuple


class ClosedType(NamedTuple):
    """A domain: the type below it and the check that every value passes."""

    base: str
    check: str
    purpose: str


_AMOUNT_MAX = 10**18
_TICKS_MAX = 10**9
_LOTS_MAX = 10**12

CLOSED_TYPES: dict[str, ClosedType] = {
    "ref": ClosedType(
        "uuid",
        "uuid_extract_version(VALUE) IS NOT DISTINCT FROM 4 OR VALUE IS NULL",
        "an opaque reference, minted at random",
    ),
    "counter": ClosedType("bigint", "VALUE >= 0", "a number that counts or orders rows"),
    "amount": ClosedType("bigint", f"VALUE BETWEEN 0 AND {_AMOUNT_MAX}", "micro-units of USD"),
    "ticks": ClosedType("bigint", f"VALUE BETWEEN 0 AND {_TICKS_MAX}", "a price in the instrument's ticks"),
    "lots": ClosedType("bigint", f"VALUE BETWEEN 0 AND {_LOTS_MAX}", "a quantity in the instrument's lots"),
    "moment": ClosedType(
        "timestamp with time zone",
        "VALUE >= '2020-01-01 00:00:00+00' AND VALUE < '2200-01-01 00:00:00+00'",
        "a time within the life of the system",
    ),
    "hash32": ClosedType("bytea", "octet_length(VALUE) = 32", "a SHA-256 hash or an Ed25519 public key"),
    "signature64": ClosedType(
        "bytea", "octet_length(VALUE) = 64", "an Ed25519 signature, verified before it is stored"
    ),
    "signature65": ClosedType(
        "bytea", "octet_length(VALUE) = 65", "a recoverable ECDSA signature, verified before it is stored"
    ),
    "address20": ClosedType("bytea", "octet_length(VALUE) = 20", "an address on chain"),
    "venue_id": ClosedType(
        "uuid",
        "VALUE <> '00000000-0000-0000-0000-000000000000'",
        "an order or a fill, as the venue that made it names it",
    ),
    "code": ClosedType(
        "text", "VALUE ~ '^[A-Z0-9.-]{1,32}$'", "an instrument's or venue's symbol, compared with a signed catalogue"
    ),
    "coded": ClosedType(
        "bytea", "octet_length(VALUE) BETWEEN 1 AND 262144", "bytes that decode strictly to a registered record"
    ),
}

PLAIN_TYPES = frozenset({"boolean", "xid8"})
"""Base types that need no domain: they cannot hold anything but what they are."""

CODED_COLUMNS: dict[tuple[str, str], str] = {
    ("audit_entry", "payload"): "audit",
    ("outbox", "payload"): "outbox",
    ("channel_outbox", "payload"): "messages",
    ("channel_sent", "body"): "messages",
    ("job", "payload"): "job",
}
"""The only columns that may have the type `coded`, and the kind of record that each holds. `docs/WALL.md` names them."""

VERSION_TABLE = ("alembic_version", "version_num")
"""The one named exception: Alembic's own column, whose value is checked against the migration files."""
