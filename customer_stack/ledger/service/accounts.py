"""Registers assets, opens accounts, and finds those of an owner."""

from collections.abc import Sequence
from uuid import UUID

from boundary.kernel import errors, ids, primitives
from boundary.kernel.runtime import audit, transaction
from customer_stack.ledger import model
from customer_stack.ledger.model import entries, status
from customer_stack.ledger.repo import accounts as repo
from customer_stack.ledger.rules import chart, reference


class AssetExists(errors.Conflict):
    """There is an asset with this number, code or instrument, and it is another one."""

    code = "ledger_asset_exists"


class UnknownAsset(errors.NotFound):
    """No such asset is counted here."""

    code = "ledger_asset_unknown"


class OwnerRequired(errors.Invalid):
    """An account of a customer's kind belongs to somebody, who is not the house."""

    code = "ledger_owner_required"


async def add_asset(tx: transaction.Tx, asset: model.Asset) -> None:
    """Register it; the same one again is no change."""
    if await repo.add_asset(tx, asset):
        await audit.write(tx, entries.AssetAdded(asset.number, asset.scale))
    elif (await repo.assets(tx)).get(asset.number) != asset:
        raise AssetExists("the number, code or instrument is taken by another asset")


async def assets(tx: transaction.Tx) -> dict[int, model.Asset]:
    return await repo.assets(tx)


async def open_all(tx: transaction.Tx, wanted: Sequence[model.Account]) -> list[status.Status]:
    """Open accounts as a batch, with an answer for each: linked ones together or not at all."""
    books = reference.Books(accounts=await repo.by_id(tx, [each.id for each in wanted]))
    counted = await repo.assets(tx)
    before = set(books.accounts)
    answers = books.create_accounts(wanted)
    for index, (each, answer) in enumerate(zip(wanted, answers, strict=True)):
        if answer is status.Status.CREATED and each.asset not in counted:
            raise UnknownAsset("the account's asset is not registered", index=index)
        if answer is status.Status.CREATED and each.code < model.CUSTOMERS_BELOW and each.owner in {None, model.HOUSE}:
            raise OwnerRequired("an account of this kind has an owner", index=index)
    made = [account for id_, account in books.accounts.items() if id_ not in before]
    if made:
        await repo.open_all(tx, made)
        packed = b"".join(
            each.id.bytes + b"".join(part.to_bytes(4, "big") for part in (each.asset, each.code, each.flags))
            for each in made
        )
        await audit.write(tx, entries.AccountsOpened(len(made), primitives.sha256(packed)))
    return answers


async def ensure(tx: transaction.Tx, owner: UUID, kind: model.Kind, asset: int, random: ids.Ids) -> model.Account:
    """The owner's account of this kind and asset, opened now if there is none."""
    for each in await repo.by_owner(tx, [owner]):
        if (each.code, each.asset) == (kind, asset):
            return each
    account = model.Account(random.ref(), asset, int(kind), int(chart.flags(kind)), owner)
    await open_all(tx, [account])
    return account


async def of_owner(tx: transaction.Tx, owner: UUID) -> list[model.Account]:
    """With their balances, in the order of kind and asset."""
    return await repo.by_owner(tx, [owner])


async def of_owners(tx: transaction.Tx, owners: Sequence[UUID]) -> list[model.Account]:
    """Those of several owners, with one read."""
    return await repo.by_owner(tx, list(owners)) if owners else []


async def some(tx: transaction.Tx, ids_: Sequence[UUID]) -> dict[UUID, model.Account]:
    return await repo.by_id(tx, ids_)
