"""Changes of e-mail and phone that wait."""

from datetime import datetime
from typing import Any
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.identity.model import accounts, notices

_COLUMNS = "id, account, channel, state, value, value_index, requested_at, effective_at"
_INSERT = f"""
INSERT INTO contact_change ({_COLUMNS}) VALUES ($1, $2, $3, 'requested', $4, $5, $6, $7)
ON CONFLICT DO NOTHING"""  # noqa: S608 -- the columns are named above
_LOCK = f"SELECT {_COLUMNS} FROM contact_change WHERE id = $1 FOR UPDATE"  # noqa: S608 -- the columns are named above
_OPEN = f"""
SELECT {_COLUMNS} FROM contact_change WHERE account = $1 AND state IN ('requested', 'waiting')
ORDER BY requested_at, id FOR UPDATE"""  # noqa: S608 -- the columns are named above
_STATE = "UPDATE contact_change SET state = $2, ended_at = $3 WHERE id = $1"


def _change(row: transaction.Record) -> notices.Change:
    values: dict[str, Any] = dict(row.items())
    values |= {"channel": accounts.Channel(row["channel"]), "state": notices.ChangeState(row["state"])}
    return notices.Change(**values)


async def insert(tx: transaction.Tx, change: notices.Change) -> bool:
    """Unless one of the same channel is on its way already."""
    return (
        await tx.execute(
            _INSERT, change.id, change.account, change.channel.value, change.value, change.value_index,
            change.requested_at, change.effective_at,
        ) == 1
    )  # fmt: skip


async def lock(tx: transaction.Tx, number: UUID) -> notices.Change | None:
    row = await tx.row(_LOCK, number)
    return _change(row) if row else None


async def pending(tx: transaction.Tx, account: UUID) -> list[notices.Change]:
    return [_change(row) for row in await tx.fetch(_OPEN, account)]


async def set_state(tx: transaction.Tx, number: UUID, state: notices.ChangeState, ended_at: datetime | None) -> None:
    await tx.execute(_STATE, number, state.value, ended_at)
