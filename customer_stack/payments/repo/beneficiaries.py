"""Beneficiaries as rows. What is personal stays sealed here."""

from datetime import datetime
from typing import Any
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.payments import tables
from customer_stack.payments.model import beneficiaries as model

_COLUMNS = """id, account, state::text, currency, country, name, details, payee::text, screened::text, usable_at, revision,
  created_at, changed_at"""
_ONE = f"SELECT {_COLUMNS} FROM beneficiary WHERE id = $1"  # noqa: S608 -- names are the program's own
_LOCK = f"SELECT {_COLUMNS} FROM beneficiary WHERE id = $1 FOR NO KEY UPDATE"  # noqa: S608 -- likewise
_LIST = f"""
SELECT {_COLUMNS} FROM beneficiary WHERE account = $1 AND state = 'active' AND ($2::uuid IS NULL OR id > $2)
ORDER BY id LIMIT $3"""  # noqa: S608 -- likewise
_CHANGE = """
UPDATE beneficiary SET name = $2, details = $3, details_index = $4, payee = $5::beneficiary_payee,
  screened = $6::beneficiary_screened, usable_at = $7, revision = revision + 1, changed_at = $8 WHERE id = $1"""
_ROWS = f"SELECT {_COLUMNS} FROM beneficiary WHERE account = $1 ORDER BY id DESC"  # noqa: S608 -- likewise
_IN_REVIEW = f"""
SELECT {_COLUMNS} FROM beneficiary WHERE screened = 'review' AND state = 'active' ORDER BY random() LIMIT $1
FOR NO KEY UPDATE SKIP LOCKED"""  # noqa: S608 -- likewise
_UNSCREENED = f"""
SELECT {_COLUMNS} FROM beneficiary WHERE screened IN ('pending', 'error') AND state = 'active' ORDER BY id LIMIT $1
FOR NO KEY UPDATE SKIP LOCKED"""  # noqa: S608 -- likewise


def _made(row: transaction.Record) -> model.Beneficiary:
    values: dict[str, Any] = dict(row)
    return model.Beneficiary(
        **values
        | {
            "state": model.State(row["state"]),
            "payee": model.Payee(row["payee"]),
            "screened": model.Screened(row["screened"]),
        }
    )


async def one(tx: transaction.Tx, id_: UUID, *, hold: bool = False) -> model.Beneficiary | None:
    row = await tx.row(_LOCK if hold else _ONE, id_)
    return _made(row) if row else None


async def listed(tx: transaction.Tx, account: UUID, after: UUID | None, limit: int) -> list[model.Beneficiary]:
    return [_made(row) for row in await tx.fetch(_LIST, account, after, limit)]


async def count(tx: transaction.Tx, account: UUID) -> int:
    found: int = await tx.value("SELECT count(*) FROM beneficiary WHERE account = $1 AND state = 'active'", account)
    return found


async def known(tx: transaction.Tx, account: UUID, currency: str, index: bytes, but: UUID | None) -> bool:
    found: bool = await tx.value(
        """SELECT EXISTS (SELECT FROM beneficiary WHERE account = $1 AND currency = $2 AND details_index = $3
             AND state = 'active' AND id IS DISTINCT FROM $4)""",
        account, currency, index, but,
    )  # fmt: skip
    return found


async def alone(tx: transaction.Tx, account: UUID) -> None:
    """One at a time adds a beneficiary to an account: what is counted stays counted."""
    await tx.value("SELECT pg_advisory_xact_lock(hashtextextended('beneficiary/' || $1::uuid, 0))::text", account)


async def add(tx: transaction.Tx, made: model.Beneficiary, index: bytes) -> None:
    await tx.insert(
        tables.BENEFICIARY,
        id=made.id,
        account=made.account,
        currency=made.currency,
        country=made.country,
        name=made.name,
        details=made.details,
        details_index=index,
        payee=made.payee.value,
        screened=made.screened.value,
        usable_at=made.usable_at,
        created_at=made.created_at,
        changed_at=made.changed_at,
    )


async def change(tx: transaction.Tx, made: model.Beneficiary, index: bytes) -> None:
    await tx.execute(
        _CHANGE, made.id, made.name, made.details, index, made.payee.value, made.screened.value, made.usable_at,
        made.changed_at,
    )  # fmt: skip


async def remove(tx: transaction.Tx, id_: UUID, now: datetime) -> None:
    await tx.execute(
        "UPDATE beneficiary SET state = 'removed', revision = revision + 1, changed_at = $2 WHERE id = $1", id_, now
    )


async def screened(tx: transaction.Tx, id_: UUID, found: model.Screened, now: datetime) -> None:
    await tx.execute(
        """UPDATE beneficiary SET screened = $2::beneficiary_screened, revision = revision + 1, changed_at = $3
           WHERE id = $1""",
        id_, found.value, now,
    )  # fmt: skip


async def unscreened(tx: transaction.Tx, limit: int) -> list[model.Beneficiary]:
    """Of whom screening has not said anything final, held."""
    return [_made(row) for row in await tx.fetch(_UNSCREENED, limit)]


async def in_review(tx: transaction.Tx, limit: int) -> list[model.Beneficiary]:
    """Of whom officers have to decide, any so many of them; held."""
    rows_ = await tx.fetch(_IN_REVIEW, limit)
    return [_made(row) for row in rows_]


async def rows(tx: transaction.Tx, account: UUID) -> list[model.Beneficiary]:
    return [_made(row) for row in await tx.fetch(_ROWS, account)]
