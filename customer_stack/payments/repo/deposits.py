"""References, deposits and statements as rows. What many lines need is one statement."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.payments.model import deposits as model

_REFERENCE = "reference, account, asset, provider, external"
_BY_TEXT = f"SELECT {_REFERENCE} FROM deposit_reference WHERE reference = ANY($1::text[])"  # noqa: S608 -- names are the program's own
_BY_EXTERNAL = f"SELECT {_REFERENCE} FROM deposit_reference WHERE provider = $1 AND external = ANY($2::text[])"  # noqa: S608 -- likewise
_OF_ACCOUNT = f"SELECT {_REFERENCE} FROM deposit_reference WHERE account = $1 ORDER BY reference"  # noqa: S608 -- likewise
_ADD_REFERENCE = """
INSERT INTO deposit_reference (reference, account, asset, provider, external, created_at)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account, asset, provider) DO NOTHING"""
_COLUMNS = """id, provider, account, asset, amount::text, value_date, state::text, why, transfer, created_at, resolved_at,
  resolution, intended"""
_ADD = """
INSERT INTO deposit (id, provider, line, account, asset, amount, value_date, state, why, transfer, remitter, intended,
  created_at)
SELECT u.id, $2, u.line, u.account, u.asset, u.amount::numeric, u.day, u.state::deposit_state, u.why, u.transfer, u.remitter,
  u.intended, $3
FROM unnest($1::uuid[], $4::bytea[], $5::uuid[], $6::integer[], $7::text[], $8::date[], $9::text[], $10::text[],
  $11::uuid[], $12::bytea[], $13::uuid[])
  AS u(id, line, account, asset, amount, day, state, why, transfer, remitter, intended)"""
_LIST = f"""
SELECT {_COLUMNS} FROM deposit WHERE account = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3"""  # noqa: S608 -- likewise
_SUSPENSE = f"""
SELECT {_COLUMNS} FROM deposit WHERE state = 'suspense' AND ($1::uuid IS NULL OR id > $1) ORDER BY id LIMIT $2"""  # noqa: S608 -- likewise
_RESOLVE = """
UPDATE deposit SET state = $2::deposit_state, account = $3, resolution = $4, resolved_at = $5 WHERE id = $1"""
_STATEMENT = (
    """id, provider, digest, size, parts, state::text, reason, lines, booked, suspense, passed, created_at, ended_at"""
)
_ADD_STATEMENT = """
INSERT INTO payment_statement (id, provider, digest, size, parts, taken_by, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (digest) DO NOTHING"""
_ADD_PARTS = """
INSERT INTO payment_statement_part (statement, number, content)
SELECT $1, n, content FROM unnest($2::bigint[], $3::bytea[]) AS u(n, content) ON CONFLICT DO NOTHING"""
_PROGRESS = """
UPDATE payment_statement SET state = $2::payment_statement_state, reason = $3, lines = lines + $4, booked = booked + $5,
  suspense = suspense + $6, passed = passed + $7, ended_at = $8 WHERE id = $1"""


def _reference(row: transaction.Record) -> model.Reference:
    return model.Reference(*row)


async def by_text(tx: transaction.Tx, texts: Sequence[str]) -> dict[str, model.Reference]:
    return {row["reference"]: _reference(row) for row in await tx.fetch(_BY_TEXT, list(texts))}


async def by_external(tx: transaction.Tx, provider: str, externals: Sequence[str]) -> dict[str, model.Reference]:
    return {row["external"]: _reference(row) for row in await tx.fetch(_BY_EXTERNAL, provider, list(externals))}


async def references(tx: transaction.Tx, account: UUID) -> list[model.Reference]:
    return [_reference(row) for row in await tx.fetch(_OF_ACCOUNT, account)]


async def add_reference(tx: transaction.Tx, made: model.Reference, now: datetime) -> bool:
    return bool(
        await tx.execute(_ADD_REFERENCE, made.reference, made.account, made.asset, made.provider, made.external, now)
    )


async def known(tx: transaction.Tx, provider: str, lines: Sequence[bytes]) -> set[bytes]:
    """Lines that were booked before. Whoever books lines of one provider does it alone."""
    await tx.value("SELECT pg_advisory_xact_lock(hashtextextended('deposit/' || $1::text, 0))::text", provider)
    rows = await tx.fetch(
        "SELECT line FROM deposit WHERE provider = $1 AND line = ANY($2::bytea[])", provider, list(lines)
    )
    return {row["line"] for row in rows}


async def add(
    tx: transaction.Tx,
    provider: str,
    now: datetime,
    rows: Sequence[tuple[model.Deposit, bytes, bytes | None]],
) -> None:
    """Deposits with the name of their line and who sent them, sealed."""
    await tx.execute(
        _ADD,
        [each.id for each, _, _ in rows],
        provider,
        now,
        [line for _, line, _ in rows],
        [each.account for each, _, _ in rows],
        [each.asset for each, _, _ in rows],
        [str(each.amount) for each, _, _ in rows],
        [each.value_date for each, _, _ in rows],
        [each.state.value for each, _, _ in rows],
        [each.why for each, _, _ in rows],
        [each.transfer for each, _, _ in rows],
        [remitter for _, _, remitter in rows],
        [each.intended for each, _, _ in rows],
    )


async def judged(tx: transaction.Tx, id_: UUID, why: model.Why, intended: UUID) -> None:
    await tx.execute("UPDATE deposit SET why = $2, intended = $3 WHERE id = $1", id_, why.value, intended)


async def has_key(tx: transaction.Tx, id_: UUID) -> bool:
    """Whether something of it is sealed, so that it has a key of its own."""
    found: bool = await tx.value("SELECT remitter IS NOT NULL FROM deposit WHERE id = $1", id_)
    return found


async def judged_again(tx: transaction.Tx, after: UUID | None, limit: int) -> list[UUID]:
    """Money that waits for a word of compliance."""
    rows = await tx.fetch(
        """SELECT id FROM deposit WHERE state = 'suspense' AND why = 'clearance' AND ($1::uuid IS NULL OR id > $1)
           ORDER BY id LIMIT $2""",
        after, limit,
    )  # fmt: skip
    return [row["id"] for row in rows]


def _made(row: transaction.Record) -> model.Deposit:
    values: dict[str, Any] = dict(row)
    return model.Deposit(**values | {"amount": int(row["amount"]), "state": model.State(row["state"])})


async def one(tx: transaction.Tx, id_: UUID, *, hold: bool = False) -> model.Deposit | None:
    lock = " FOR NO KEY UPDATE" if hold else ""
    row = await tx.row(f"SELECT {_COLUMNS} FROM deposit WHERE id = $1{lock}", id_)  # noqa: S608 -- names are the program's own
    return _made(row) if row else None


async def remitter(tx: transaction.Tx, id_: UUID) -> bytes | None:
    found: bytes | None = await tx.value("SELECT remitter FROM deposit WHERE id = $1", id_)
    return found


async def listed(tx: transaction.Tx, account: UUID, before: UUID | None, limit: int) -> list[model.Deposit]:
    return [_made(row) for row in await tx.fetch(_LIST, account, before, limit)]


async def suspense(tx: transaction.Tx, after: UUID | None, limit: int) -> list[model.Deposit]:
    return [_made(row) for row in await tx.fetch(_SUSPENSE, after, limit)]


async def resolve(
    tx: transaction.Tx, id_: UUID, state: model.State, account: UUID | None, resolution: UUID, now: datetime
) -> None:
    await tx.execute(_RESOLVE, id_, state.value, account, resolution, now)


# ---- statements


def _import(row: transaction.Record) -> model.Import:
    values: dict[str, Any] = dict(row)
    return model.Import(**values | {"state": model.ImportState(row["state"])})


async def add_statement(tx: transaction.Tx, made: model.Import, taken_by: UUID) -> model.Import:
    """The one given, or that of the same content which came before."""
    added = await tx.execute(
        _ADD_STATEMENT, made.id, made.provider, made.digest, made.size, made.parts, taken_by, made.created_at
    )
    if added:
        return made
    row = await tx.row(f"SELECT {_STATEMENT} FROM payment_statement WHERE digest = $1", made.digest)  # noqa: S608 -- names are the program's own
    assert row is not None, "the digest is taken"
    return _import(row)


async def add_parts(tx: transaction.Tx, statement: UUID, first: int, contents: Sequence[bytes]) -> None:
    await tx.execute(_ADD_PARTS, statement, list(range(first, first + len(contents))), list(contents))


async def parts(tx: transaction.Tx, statement: UUID, first: int, count: int) -> list[bytes]:
    rows = await tx.fetch(
        """SELECT content FROM payment_statement_part WHERE statement = $1 AND number >= $2 AND number < $3
           ORDER BY number""",
        statement, first, first + count,
    )  # fmt: skip
    return [row["content"] for row in rows]


async def parts_there(tx: transaction.Tx, statement: UUID) -> int:
    found: int = await tx.value("SELECT count(*) FROM payment_statement_part WHERE statement = $1", statement)
    return found


async def statement(tx: transaction.Tx, id_: UUID, *, hold: bool = False) -> model.Import | None:
    lock = " FOR NO KEY UPDATE" if hold else ""
    row = await tx.row(f"SELECT {_STATEMENT} FROM payment_statement WHERE id = $1{lock}", id_)  # noqa: S608 -- names are the program's own
    return _import(row) if row else None


async def statements(tx: transaction.Tx, before: UUID | None, limit: int) -> list[model.Import]:
    rows = await tx.fetch(
        f"SELECT {_STATEMENT} FROM payment_statement WHERE ($1::uuid IS NULL OR id < $1) ORDER BY id DESC LIMIT $2",  # noqa: S608 -- names are the program's own
        before, limit,
    )  # fmt: skip
    return [_import(row) for row in rows]


async def progress(
    tx: transaction.Tx,
    id_: UUID,
    state: model.ImportState,
    *,
    reason: str = "",
    lines: int = 0,
    booked: int = 0,
    suspense: int = 0,
    passed: int = 0,
    ended_at: datetime | None = None,
) -> None:
    await tx.execute(_PROGRESS, id_, state.value, reason, lines, booked, suspense, passed, ended_at)
