"""Reads and writes of keys and erasures, and of the columns of other capabilities that the vault answers for.

Those columns are named by their declarations (`schema.sealed`, `schema.blind`), never by anybody's input.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.vault import model
from customer_stack.vault.formats import sealed

RETIRED_KEPT = timedelta(minutes=10)
"""Longer than any transaction lasts: whoever read a value under an older key can still read that key."""

_CREATE = """
INSERT INTO subject_key (subject, version, kek, wrapped)
SELECT subject, 1, $2, wrapped FROM unnest($1::uuid[], $3::bytea[]) AS n(subject, wrapped)
WHERE NOT EXISTS (SELECT FROM erasure e WHERE e.subject = n.subject)
ORDER BY subject ON CONFLICT DO NOTHING"""
_ERASED = "SELECT subject FROM erasure WHERE subject = ANY($1::uuid[])"
# The lock lets the row be re-wrapped but not deleted before this transaction ends; one that waits for a deletion to be
# committed finds the row gone.
_HOLD = """
SELECT subject, version, kek, wrapped FROM subject_key WHERE subject = ANY($1::uuid[])
ORDER BY subject, version FOR KEY SHARE"""
_READ = """
SELECT k.subject, k.version, k.kek, k.wrapped FROM unnest($1::uuid[], $2::bigint[]) AS n(subject, version)
JOIN subject_key k ON k.subject = n.subject AND k.version = n.version"""
_DESTROY = "DELETE FROM subject_key WHERE subject = ANY($1::uuid[]) RETURNING wrapped"
_ERASE = """
INSERT INTO erasure (subject, at, reason)
SELECT subject, coalesce(at, now()), reason::erasure_reason
FROM unnest($1::uuid[], $2::timestamptz[], $3::text[]) AS n(subject, at, reason)
ORDER BY subject ON CONFLICT DO NOTHING"""
# Whoever destroys holds every key first: a rotation is then committed and seen by what follows, or finds nothing left.
_TAKE = "SELECT subject FROM subject_key WHERE subject = ANY($1::uuid[]) ORDER BY subject, version FOR UPDATE"
_ERASURES = "SELECT subject, at, reason::text FROM erasure ORDER BY at, subject"
_STALE = """
SELECT subject, version, kek, wrapped FROM subject_key WHERE kek < $1 ORDER BY kek, subject, version LIMIT $2"""
_REWRAP = """
UPDATE subject_key k SET kek = n.kek, wrapped = n.wrapped
FROM unnest($1::uuid[], $2::bigint[], $3::bytea[], $4::bigint[], $5::bytea[])
  AS n(subject, version, was, kek, wrapped)
WHERE k.subject = n.subject AND k.version = n.version AND k.wrapped = n.was"""
_TO_ROTATE = """
SELECT subject, version FROM subject_key
WHERE ($1::uuid IS NULL OR subject = $1) AND subject > $2 AND replaced_at IS NULL AND created_at < $3
ORDER BY subject LIMIT $4"""
_ROTATE = """
WITH next AS (SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bytea[]) AS n(subject, version, wrapped)),
  replaced AS (
    UPDATE subject_key k SET replaced_at = now() FROM next n
    WHERE k.subject = n.subject AND k.version = n.version - 1 AND k.replaced_at IS NULL RETURNING k.subject)
INSERT INTO subject_key (subject, version, kek, wrapped)
SELECT n.subject, n.version, $4, n.wrapped FROM next n JOIN replaced r ON r.subject = n.subject"""
_ROTATING = """
SELECT r.subject, max(k.version) AS version FROM (
  SELECT DISTINCT subject FROM subject_key WHERE replaced_at IS NOT NULL AND subject > $1 ORDER BY subject LIMIT $2) r
JOIN subject_key k ON k.subject = r.subject GROUP BY r.subject ORDER BY r.subject"""
_OLD_KEYS = """
SELECT subject, version FROM subject_key WHERE subject = ANY($1::uuid[]) AND replaced_at IS NOT NULL
ORDER BY subject, version FOR UPDATE"""
_RETIRE = """
UPDATE subject_key k SET retired_at = now() FROM unnest($1::uuid[], $2::bigint[]) AS n(subject, version)
WHERE k.subject = n.subject AND k.version = n.version AND k.retired_at IS NULL"""
_FORGET = """
DELETE FROM subject_key k USING unnest($1::uuid[], $2::bigint[]) AS n(subject, version)
WHERE k.subject = n.subject AND k.version = n.version AND k.retired_at < now() - $3::interval"""
_STATE = """
SELECT (SELECT count(*) FROM subject_key WHERE replaced_at IS NULL) AS subjects, (SELECT count(*) FROM erasure) AS erased,
  (SELECT count(DISTINCT subject) FROM subject_key WHERE replaced_at IS NOT NULL AND retired_at IS NULL) AS rotating"""
_BY_KEK = "SELECT kek, count(*) FROM subject_key GROUP BY kek ORDER BY kek"


class Value(NamedTuple):
    """A sealed value where it stands."""

    subject: UUID
    data: bytes


async def create(tx: transaction.Tx, subjects: Sequence[UUID], kek: int, wrapped: Sequence[bytes]) -> int:
    """How many had no key before and have one now. One that was erased gets none."""
    return await tx.execute(_CREATE, list(subjects), kek, list(wrapped))


async def erased(tx: transaction.Tx, subjects: Collection[UUID]) -> set[UUID]:
    return {row["subject"] for row in await tx.fetch(_ERASED, list(subjects))}


async def hold(tx: transaction.Tx, subjects: Collection[UUID]) -> dict[UUID, model.SubjectKey]:
    """The newest key of each subject, kept from being deleted until the transaction ends."""
    rows = await tx.fetch(_HOLD, list(subjects))
    return {row["subject"]: _key(row) for row in rows}  # in order of version: the last one stays


async def read(tx: transaction.Tx, wanted: Collection[tuple[UUID, int]]) -> list[model.SubjectKey]:
    subjects, versions = zip(*wanted, strict=True) if wanted else ((), ())
    return [_key(row) for row in await tx.fetch(_READ, list(subjects), list(versions))]


async def take(tx: transaction.Tx, subjects: Collection[UUID]) -> set[UUID]:
    """Which of them have keys; these are ours until the transaction ends."""
    return {row["subject"] for row in await tx.fetch(_TAKE, list(subjects))}


async def destroy(tx: transaction.Tx, subjects: Collection[UUID]) -> list[bytes]:
    """The wrapped keys that are gone. The caller has taken them."""
    return [row["wrapped"] for row in await tx.fetch(_DESTROY, sorted(subjects))]


async def note(tx: transaction.Tx, erasures: Sequence[tuple[UUID, datetime | None, model.Reason]]) -> int:
    """Write the ledger; how many were not in it. Without a time, it is this transaction's."""
    subjects, times, reasons = zip(*erasures, strict=True) if erasures else ((), (), ())
    return await tx.execute(_ERASE, list(subjects), list(times), [reason.value for reason in reasons])


async def erasures(tx: transaction.Tx) -> list[model.Erasure]:
    return [model.Erasure(row["subject"], row["at"], model.Reason(row["reason"])) for row in await tx.fetch(_ERASURES)]


async def overwrite(tx: transaction.Tx, columns: Iterable[model.BlindColumn], subjects: Collection[UUID]) -> None:
    """Put chance in the place of blind indexes: a column that may not be empty or hold doubles stays as it must be."""
    for each in columns:
        await tx.execute(
            f'UPDATE "{each.table}" SET "{each.column}" = uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) '  # noqa: S608 -- names are the program's own
            f'WHERE "{each.subject}" = ANY($1::uuid[]) AND "{each.column}" IS NOT NULL',
            list(subjects),
        )


async def stale(tx: transaction.Tx, newest: int, limit: int) -> list[model.SubjectKey]:
    """Keys under an older key-encryption key."""
    return [_key(row) for row in await tx.fetch(_STALE, newest, limit)]


async def rewrap(tx: transaction.Tx, keys: Sequence[model.SubjectKey], fresh: Sequence[model.Wrapped]) -> int:
    """Put the fresh form in the place of the one that was read, if that is still there; of how many it was."""
    return await tx.execute(
        _REWRAP,
        [key.subject for key in keys],
        [key.version for key in keys],
        [key.wrapped.data for key in keys],
        [each.kek for each in fresh],
        [each.data for each in fresh],
    )


async def to_rotate(
    tx: transaction.Tx, subject: UUID | None, after: UUID, before: datetime, limit: int
) -> dict[UUID, int]:
    """Subjects whose newest key was made before, with its version; in the order of their numbers."""
    rows = await tx.fetch(_TO_ROTATE, subject, after, before, limit)
    return {row["subject"]: row["version"] for row in rows}


async def rotate(
    tx: transaction.Tx, subjects: Sequence[UUID], versions: Sequence[int], kek: int, wrapped: Sequence[bytes]
) -> int:
    """Give each a key of that version, if it still has the one before it; how many got one."""
    return await tx.execute(_ROTATE, list(subjects), list(versions), list(wrapped), kek)


async def rotating(tx: transaction.Tx, after: UUID, limit: int) -> dict[UUID, int]:
    """Subjects with more than one key, and the newest version of each."""
    return {row["subject"]: row["version"] for row in await tx.fetch(_ROTATING, after, limit)}


async def older(tx: transaction.Tx, column: model.SealedColumn, newest: dict[UUID, int], limit: int) -> list[Value]:
    """Values of one column that are not under their subject's newest key."""
    text = (
        f'SELECT t."{column.subject}" AS subject, t."{column.column}" AS data FROM "{column.table}" t '  # noqa: S608 -- names are the program's own
        f'JOIN unnest($1::uuid[], $2::bytea[]) AS n(subject, version) ON t."{column.subject}" = n.subject '
        f'WHERE substring(t."{column.column}" FROM {sealed.VERSION_AT} FOR {sealed.VERSION_SIZE}) <> n.version LIMIT $3'
    )
    versions = [version.to_bytes(sealed.VERSION_SIZE, "big") for version in newest.values()]
    return [Value(row["subject"], row["data"]) for row in await tx.fetch(text, list(newest), versions, limit)]


async def replace(tx: transaction.Tx, column: model.SealedColumn, was: Sequence[Value], fresh: Sequence[bytes]) -> int:
    """Put the fresh form in the place of a value that nobody has changed meanwhile; of how many it was. No two sealed
    values are the same bytes, so the value itself names its row.
    """
    text = (
        f'UPDATE "{column.table}" t SET "{column.column}" = n.fresh '  # noqa: S608 -- names are the program's own
        f"FROM unnest($1::uuid[], $2::bytea[], $3::bytea[]) AS n(subject, was, fresh) "
        f'WHERE t."{column.subject}" = n.subject AND t."{column.column}" = n.was'
    )
    return await tx.execute(text, [each.subject for each in was], [each.data for each in was], list(fresh))


async def old_keys(tx: transaction.Tx, subjects: Collection[UUID]) -> list[tuple[UUID, int]]:
    """Keys of these subjects that are not the newest, once nobody is sealing with them any more."""
    return [(row["subject"], row["version"]) for row in await tx.fetch(_OLD_KEYS, sorted(subjects))]


async def retire(tx: transaction.Tx, keys: Sequence[tuple[UUID, int]]) -> int:
    subjects, versions = zip(*keys, strict=True) if keys else ((), ())
    return await tx.execute(_RETIRE, list(subjects), list(versions))


async def forget(tx: transaction.Tx, keys: Sequence[tuple[UUID, int]]) -> int:
    """Delete those that have been retired for longer than anybody reads."""
    subjects, versions = zip(*keys, strict=True) if keys else ((), ())
    return await tx.execute(_FORGET, list(subjects), list(versions), RETIRED_KEPT)


async def state(tx: transaction.Tx, newest: int) -> model.State:
    row = await tx.row(_STATE)
    assert row is not None, "an aggregate has a row"
    keys = {each["kek"]: each["count"] for each in await tx.fetch(_BY_KEK)}
    return model.State(row["subjects"], row["erased"], newest, keys, row["rotating"])


def _key(row: transaction.Record) -> model.SubjectKey:
    return model.SubjectKey(row["subject"], row["version"], model.Wrapped(row["kek"], row["wrapped"]))
