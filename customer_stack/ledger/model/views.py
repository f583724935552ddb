"""What the ledger tells: balances at a time, movements of an account, statements, and what a check of the books found."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from customer_stack.ledger import model


class Balances(msgspec.Struct, frozen=True):
    """The four sums of an account at some moment."""

    debits_pending: int = 0
    debits_posted: int = 0
    credits_pending: int = 0
    credits_posted: int = 0

    @property
    def total(self) -> int:
        return self.credits_posted - self.debits_posted


class Written(NamedTuple):
    """A row of the books as far as the audit log knows it: all but the balances, which follow."""

    seq: int
    transfer: model.Transfer
    released: int
    posted_at: datetime


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which movements are meant. Nothing set means all; `after` and `before` are exclusive places in the books."""

    debits: bool = True
    credits: bool = True
    code: int | None = None
    reference: UUID | None = None
    tag64: int | None = None
    tag32: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    after: int | None = None
    before: int | None = None
    newest_first: bool = False
    limit: int = 100


class Movement(msgspec.Struct, frozen=True):
    """A transfer as one of its accounts sees it, and that account's balances behind it."""

    stored: model.Stored
    balances: Balances


class Change(msgspec.Struct, frozen=True):
    """A transfer as both its accounts see it."""

    stored: model.Stored
    debit: Balances
    debit_closed: bool
    credit: Balances
    credit_closed: bool


class Statement(msgspec.Struct, frozen=True):
    """A day of an account: opening balances plus movements are closing balances."""

    account: UUID
    day: date
    opening: Balances
    movements: tuple[model.Stored, ...]
    closing: Balances


class Report(msgspec.Struct, frozen=True):
    """What a check of all books found. `fault` is empty when all is well; the rest names the first difference."""

    transfers: int
    accounts: int
    fault: str = ""
    seq: int = 0
    transfer: UUID | None = None
    account: UUID | None = None


class Trial(msgspec.Struct, frozen=True):
    """The trial balance of a day: its lines are stored beside it, and the digest is over all of them."""

    day: date
    accounts: int
    last_seq: int
    digest: bytes


class Total(msgspec.Struct, frozen=True):
    """An asset's sums over all accounts. Debits equal credits, pending and posted."""

    asset: int
    accounts: int
    debits_pending: int
    debits_posted: int
    credits_pending: int
    credits_posted: int
