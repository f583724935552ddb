"""What clearance asks of its neighbours. Modules of `kyc`, `screening` and `monitoring` have these shapes; the
composition roots put them together. An account that an answer leaves out counts as not cleared.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.branding import model as branding
from customer_stack.compliance import model


class Known(Protocol):
    """How far somebody is known: level 0 to 3, a state that may be `approved`, and whether they are frozen."""

    @property
    def level(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def frozen(self) -> bool: ...


class Asked(Protocol):
    """An operation as another capability names it: `model.Operation` by its shape, with kinds of the same words."""

    @property
    def id(self) -> UUID: ...
    @property
    def kind(self) -> str: ...
    @property
    def account(self) -> UUID: ...
    @property
    def ledger_account(self) -> UUID: ...
    @property
    def amount(self) -> int: ...
    @property
    def asset(self) -> int: ...
    @property
    def counterparty(self) -> UUID | None: ...
    @property
    def destination(self) -> str: ...
    @property
    def travel(self) -> Any: ...


class Standing(Protocol):
    """`kyc.service.standing`."""

    async def of(self, tx: transaction.Tx, accounts: Collection[UUID], now: datetime) -> Mapping[UUID, Known]: ...


class Screening(Protocol):
    """`screening.service.standing`: clear, review, blocked, pending or error."""

    async def of(self, tx: transaction.Tx, subjects: Collection[UUID], now: datetime) -> Mapping[UUID, str]: ...


class Risk(Protocol):
    """`monitoring.service.risk`: low, medium, high or prohibited."""

    async def of(self, tx: transaction.Tx, accounts: Collection[UUID], now: datetime) -> Mapping[UUID, str]: ...


class Alert(Protocol):
    """A rule that an operation meets."""

    @property
    def operation(self) -> UUID: ...
    @property
    def rule(self) -> str: ...


class Watching(Protocol):
    """`monitoring.service.watching`: looks at operations before they happen, in their own transaction."""

    async def observe(
        self, tx: transaction.Tx, operations: Sequence[model.Operation], now: datetime
    ) -> Sequence[Alert]: ...


class Rates(Protocol):
    """What assets are worth in a currency at this moment; an asset without a rate is left out."""

    async def rates(
        self, tx: transaction.Tx, assets: Collection[int], currency: str, now: datetime
    ) -> Mapping[int, model.Rate]: ...


class Law(NamedTuple):
    """The figures of the jurisdiction's pack that hold at a moment."""

    currency: str
    zone: str
    limits: branding.Limits


class Jurisdiction(Protocol):
    def __call__(self, now: datetime, /) -> Law: ...


class Records(Protocol):
    """What a capability keeps about one customer, for the file on demand: plain JSON, no number that is no integer.

    `by` is the officer who takes it; what is behind a wall is shown as far as that officer may look. An operator's command
    has nobody behind it who could.
    """

    name: str

    async def records(self, tx: transaction.Tx, account: UUID, now: datetime, by: UUID | None) -> Any: ...
