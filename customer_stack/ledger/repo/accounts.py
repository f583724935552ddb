"""Assets and accounts as they are registered."""

from collections.abc import Sequence
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.ledger import model

_ADD_ASSET = """
INSERT INTO ledger_asset (number, code, scale, kind, instrument) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING"""
_ASSETS = "SELECT number, code, scale, kind::text, instrument FROM ledger_asset"
_BALANCES = """
SELECT a.id, a.asset, a.code, b.flags, a.owner, a.reference, a.tag64, a.tag32, b.debits_pending::text,
  b.debits_posted::text, b.credits_pending::text, b.credits_posted::text, b.version
FROM ledger_account a JOIN ledger_balance b ON b.account = a.id"""
_BY_ID = f"{_BALANCES} WHERE a.id = ANY($1)"
_BY_OWNER = f"{_BALANCES} WHERE a.owner = ANY($1) ORDER BY a.owner, a.code, a.asset"
_OPEN = "SELECT ledger_open($1, $2, $3, $4, $5, $6, $7, $8)"


async def add_asset(tx: transaction.Tx, asset: model.Asset) -> bool:
    """Whether there was none with this number, code or instrument."""
    return bool(await tx.execute(_ADD_ASSET, asset.number, asset.code, asset.scale, asset.kind.value, asset.instrument))


async def assets(tx: transaction.Tx) -> dict[int, model.Asset]:
    return {
        row[0]: model.Asset(row[0], row[1], row[2], model.AssetKind(row[3]), row[4])
        for row in map(tuple, await tx.fetch(_ASSETS))
    }


async def by_id(tx: transaction.Tx, ids: Sequence[UUID]) -> dict[UUID, model.Account]:
    return {row["id"]: _account(row) for row in await tx.fetch(_BY_ID, list(ids))}


async def by_owner(tx: transaction.Tx, owners: Sequence[UUID]) -> list[model.Account]:
    return [_account(row) for row in await tx.fetch(_BY_OWNER, list(owners))]


def _account(row: transaction.Record) -> model.Account:
    dp, dpo, cp, cpo = (int(row[index]) for index in range(8, 12))
    reference = row["reference"] or model.NIL
    return model.Account(
        row["id"], row["asset"], row["code"], row["flags"], row["owner"], reference, row["tag64"], row["tag32"],
        dp, dpo, cp, cpo, row["version"],
    )  # fmt: skip


async def open_all(tx: transaction.Tx, accounts: Sequence[model.Account]) -> None:
    """A row and an empty balance for each; an id or an owner's account that somebody else opened meanwhile runs again."""
    await tx.execute(
        _OPEN,
        [each.id for each in accounts],
        [each.asset for each in accounts],
        [each.code for each in accounts],
        [int(each.flags) for each in accounts],
        [each.owner for each in accounts],
        [None if each.reference == model.NIL else each.reference for each in accounts],
        [each.tag64 for each in accounts],
        [each.tag32 for each in accounts],
    )
