"""What the ledger writes into the audit log: hashes of transfers, never their amounts or owners."""

from typing import Annotated
from uuid import UUID

import msgspec

from boundary.kernel import canonical, clock, primitives, records
from customer_stack.ledger import model

HASHES_MAX = 500
"""Items of one entry: more would pass the bound of an audit payload, so a larger batch writes several entries."""
_SIZE = primitives.DIGEST_SIZE

Hashes = Annotated[bytes, msgspec.Meta(min_length=_SIZE, max_length=_SIZE * HASHES_MAX)]


class TransfersPosted(records.Entry, frozen=True, tag="ledger.transfers_posted.v1"):
    """Transfers were written, in this order; one hash of 32 bytes for each, made by `item`."""

    at: records.Count
    count: records.Count
    hashes: Hashes


class TransfersFailed(records.Entry, frozen=True, tag="ledger.transfers_failed.v1"):
    """Transfers failed for a passing reason, and their ids are spent; the hash is over id and reason."""

    at: records.Count
    count: records.Count
    hashes: Hashes


class AccountsOpened(records.Entry, frozen=True, tag="ledger.accounts_opened.v1"):
    """Accounts were opened; the digest is over id, asset, code and flags of each in order."""

    count: records.Count
    digest: records.Hash32


class AssetAdded(records.Entry, frozen=True, tag="ledger.asset_added.v1"):
    """An asset can be counted from now on."""

    number: records.Count
    scale: records.Count


class BoundBroken(records.Entry, frozen=True, tag="ledger.bound_broken.v1"):
    """A recorded transfer took an account beyond its bound: somebody has to look."""

    transfer: UUID
    account: UUID


class TrialBalanceDrawn(records.Entry, frozen=True, tag="ledger.trial_balance_drawn.v1"):
    """The balances of all accounts at the end of a day (counted from 1970); the digest is over every line in order."""

    day: records.Count
    accounts: records.Count
    digest: records.Hash32


class _Item(msgspec.Struct, frozen=True, array_like=True, tag="ledger.item.v1"):
    """The bytes under a transfer's hash. Amounts may pass 64 bits, so they stand as text."""

    at: int
    id: UUID
    debit: UUID
    credit: UUID
    asset: int
    amount: str
    released: str
    code: int
    flags: int
    pending_id: UUID
    timeout: int
    reference: UUID
    tag64: int
    tag32: int
    effective_at: int
    reverses: UUID


class _ClearedItem(msgspec.Struct, frozen=True, array_like=True, tag="ledger.item.v2"):
    """Of a transfer that names a verdict or a cause: what `ledger.item.v1` hashes, and these."""

    item: bytes
    verdict: UUID
    cause: int


def item(transfer: model.Transfer, released: int, at: int) -> bytes:
    """The hash that stands for a transfer in the audit log, posted at that microsecond since 1970."""
    t = transfer
    effective = 0 if t.effective_at is None else clock.to_micros(t.effective_at)
    packed = canonical.pack(
        _Item(
            at, t.id, t.debit, t.credit, t.asset, str(t.amount), str(released), t.code, t.flags,
            t.pending_id, t.timeout, t.reference, t.tag64, t.tag32, effective, t.reverses,
        )
    )  # fmt: skip
    hashed = primitives.sha256(packed)
    if t.verdict is None and not t.cause:
        return hashed
    return primitives.sha256(canonical.pack(_ClearedItem(hashed, t.verdict or model.NIL, int(t.cause))))
