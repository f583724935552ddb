"""Versions of lists, their chunks, and which of them is in use. Rows are added here and never changed."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from boundary.kernel.runtime import transaction
from customer_stack.screening import model
from customer_stack.screening.model import people

LOCK = 0x73637265656E  # "screen": who decides by lists shares it, who changes which are in use holds it alone

_SHARED = "SELECT pg_advisory_xact_lock_shared($1)"
_ALONE = "SELECT pg_advisory_xact_lock($1)"
_VERSION = """
SELECT id FROM screening_version WHERE publisher = $1::screening_publisher AND hash = $2 AND digest = $3"""
_ADD = """
INSERT INTO screening_version (publisher, hash, digest, entities, names, published)
VALUES ($1::screening_publisher, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING"""
_PUT = """
INSERT INTO screening_chunk (version, part, number, data)
SELECT $1, $2::screening_part, number, data FROM unnest($3::bigint[], $4::bytea[]) AS n(number, data)
ON CONFLICT DO NOTHING"""
_CHUNKS = """
SELECT data FROM screening_chunk WHERE version = $1 AND part = $2::screening_part ORDER BY number"""
_ADOPT = "INSERT INTO screening_adoption (publisher, version, at) VALUES ($1::screening_publisher, $2, $3)"
_IN_USE = """
SELECT v.id, v.publisher::text, v.hash, v.digest, v.entities, v.names, v.published, a.at AS checked_at,
  (SELECT min(f.at) FROM screening_adoption f WHERE f.publisher = a.publisher AND f.version = a.version) AS adopted_at
FROM unnest(enum_range(NULL::screening_publisher)) AS p(publisher)
JOIN LATERAL (SELECT * FROM screening_adoption a WHERE a.publisher = p.publisher ORDER BY a.id DESC LIMIT 1) a ON true
JOIN screening_version v ON v.id = a.version"""
_SOME = """
SELECT id, publisher::text, hash, digest, entities, names, published FROM screening_version WHERE id = ANY($1::bigint[])"""
_HISTORY = """
SELECT a.id AS adoption, a.at, v.id, v.publisher::text, v.hash, v.digest, v.entities, v.names, v.published
FROM screening_adoption a JOIN screening_version v ON v.id = a.version
WHERE a.publisher = $1::screening_publisher AND a.id < $2 ORDER BY a.id DESC LIMIT $3"""
_REFUSE = """
INSERT INTO screening_refusal (publisher, reason, hash, at)
VALUES ($1::screening_publisher, $2::screening_refusal_reason, $3, $4)"""
_REFUSALS = """
SELECT r.publisher::text, r.reason::text, r.at FROM unnest(enum_range(NULL::screening_publisher)) AS p(publisher)
JOIN LATERAL (SELECT * FROM screening_refusal r WHERE r.publisher = p.publisher ORDER BY r.id DESC LIMIT 1) r ON true"""
_LAST = (1 << 63) - 1


class Stored(NamedTuple):
    """A version as it lies here: its number, what it is, and the digest of its entries."""

    id: int
    version: model.Version
    digest: bytes


class Adopted(NamedTuple):
    """A line of a list's history."""

    number: int
    at: datetime
    stored: Stored


async def share(tx: transaction.Tx) -> None:
    """Until this transaction ends, what is in use does not change."""
    await tx.value(_SHARED, LOCK)


async def alone(tx: transaction.Tx) -> None:
    """Until this transaction ends, nobody decides by what is in use."""
    await tx.value(_ALONE, LOCK)


async def add(tx: transaction.Tx, version: model.Version, digest: bytes) -> int:
    """The number of this version, which may have been here before."""
    publisher, sha256 = version.publisher.value, bytes.fromhex(version.sha256)
    await tx.execute(_ADD, publisher, sha256, digest, version.entities, version.names, version.published)
    found: int = await tx.value(_VERSION, publisher, sha256, digest)
    return found


async def put(tx: transaction.Tx, version: int, part: str, first: int, chunks: Sequence[bytes]) -> None:
    """Chunks from this number on. One that is here already stays: it is the same."""
    await tx.execute(_PUT, version, part, list(range(first, first + len(chunks))), list(chunks))


async def chunks(tx: transaction.Tx, version: int, part: str) -> list[bytes]:
    return [row["data"] for row in await tx.fetch(_CHUNKS, version, part)]


async def adopt(tx: transaction.Tx, publisher: model.Publisher, version: int, now: datetime) -> None:
    await tx.execute(_ADOPT, publisher.value, version, now)


async def in_use(tx: transaction.Tx) -> dict[model.Publisher, people.InUse]:
    """The newest version of each list that there is."""
    rows = await tx.fetch(_IN_USE)
    found = [people.InUse(row["id"], _version(row), row["adopted_at"], row["checked_at"]) for row in rows]
    return {each.version.publisher: each for each in found}


async def some(tx: transaction.Tx, ids: Collection[int]) -> Mapping[int, Stored]:
    return {row["id"]: Stored(row["id"], _version(row), row["digest"]) for row in await tx.fetch(_SOME, list(ids))}


async def history(tx: transaction.Tx, publisher: model.Publisher, before: int | None, limit: int) -> list[Adopted]:
    """What was adopted or confirmed, newest first."""
    rows = await tx.fetch(_HISTORY, publisher.value, _LAST if before is None else before, limit)
    return [Adopted(row["adoption"], row["at"], Stored(row["id"], _version(row), row["digest"])) for row in rows]


async def refuse(
    tx: transaction.Tx, publisher: model.Publisher, reason: model.Reason, sha256: bytes, now: datetime
) -> None:
    await tx.execute(_REFUSE, publisher.value, reason.value, sha256, now)


async def refusals(tx: transaction.Tx) -> dict[model.Publisher, tuple[model.Reason, datetime]]:
    """The newest refusal of each list."""
    rows = await tx.fetch(_REFUSALS)
    return {model.Publisher(row["publisher"]): (model.Reason(row["reason"]), row["at"]) for row in rows}


def _version(row: transaction.Record) -> model.Version:
    return model.Version(
        publisher=model.Publisher(row["publisher"]),
        sha256=row["hash"].hex(),
        entities=row["entities"],
        names=row["names"],
        published=row["published"],
    )
