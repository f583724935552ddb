"""What payments need from outside: clearance, screening, a word about a payee's name, and providers that move money."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from boundary.kernel.runtime import transaction
from customer_stack.payments.model import beneficiaries, hooks, payouts
from customer_stack.payments.model import travel as travelling
from customer_stack.payments.model.rails import Rail


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of clearance. `kind` is `deposit` or `withdrawal`; amounts are the ledger's."""

    id: UUID
    kind: str
    account: UUID
    ledger_account: UUID
    amount: int
    asset: int
    counterparty: UUID | None = None
    destination: str = ""
    travel: travelling.Travel | None = None


class Reason(Protocol):
    @property
    def code(self) -> str: ...


class Verdict(Protocol):
    """`answer` has the value `allow`, `review` or `refuse`; only the first lets money move."""

    @property
    def id(self) -> UUID: ...
    @property
    def operation(self) -> UUID: ...
    @property
    def answer(self) -> str: ...
    @property
    def reasons(self) -> Sequence[Reason]: ...
    @property
    def told(self) -> Sequence[str]:
        """What a customer may hear of the reasons; the others would tell somebody that they are looked at."""
        ...


ALLOW, REVIEW = "allow", "review"


class Clearance(Protocol):
    """One verdict for each operation, in their order, written in the same transaction."""

    async def evaluate(
        self, tx: transaction.Tx, operations: Sequence[Operation], now: datetime, /
    ) -> Sequence[Verdict]: ...


class Screener(Protocol):
    """Whether somebody may be paid, as far as lists say. `owner` is the account that pays: what is kept of its payee
    is sealed under its key, and goes when it is erased.
    """

    async def screen(
        self, tx: transaction.Tx, subject: UUID, owner: UUID, name: str, countries: tuple[str, ...], trigger: str
    ) -> beneficiaries.Screened: ...

    async def standing(
        self, tx: transaction.Tx, subjects: Sequence[UUID], now: datetime
    ) -> Mapping[UUID, beneficiaries.Screened]:
        """What holds now: officers decide after the fact, and lists change."""
        ...


class Customers(Protocol):
    """Who customers are, as onboarding verified it, and whether they may do anything."""

    async def originator(self, tx: transaction.Tx, account: UUID) -> travelling.Party:
        """Name and address; empty where nobody knows them."""
        ...

    async def frozen(self, tx: transaction.Tx, account: UUID, now: datetime) -> bool: ...


class Reviews(Protocol):
    """What became of operations that clearance wanted somebody to look at: `open`, `released`, `refused`, `lapsed` or
    `used`, the newest word of each.
    """

    async def of(self, tx: transaction.Tx, operations: Sequence[UUID]) -> Mapping[UUID, str]: ...


class PayeeCheck(Protocol):
    """Verification of payee: what the bank at the other end says of a name. Never raises; silence is `UNAVAILABLE`."""

    async def check(self, name: str, details: beneficiaries.Details, country: str) -> beneficiaries.Payee: ...

    async def close(self) -> None: ...


class Provider(Protocol):
    """Somebody who moves money for us.

    `send` may be called again with the same payout and pays it once: its `key` is the provider's idempotency key. No
    method raises for what a provider does or does not do.
    """

    @property
    def name(self) -> str: ...

    @property
    def rails(self) -> Mapping[Rail, frozenset[str]]:
        """The rails that it sends on, with their currencies."""
        ...

    async def send(self, payout: payouts.Payout) -> payouts.Sent: ...

    async def find(self, payout: payouts.Payout) -> payouts.Found:
        """Ask where a payment stands: by the provider's own number if we know it, else by our key."""
        ...

    def event(self, headers: Mapping[str, str], body: bytes, now: datetime) -> hooks.Incoming:
        """Read an event, or raise `hooks.BadEvent`: forged, stale or malformed."""
        ...

    async def open_account(self, reference: UUID, currency: str) -> str:
        """The provider's number of a virtual account for a customer, who is an opaque reference; empty if it has none."""
        ...

    async def close(self) -> None: ...


class Teller(Protocol):
    """Hands one event of ours to an operator's system; what came of it as a code, empty when it was taken."""

    async def tell(self, url: str, headers: Mapping[str, str], body: bytes) -> str: ...
