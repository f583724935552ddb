"""Stand where compliance is wired in, and say no until it is: money that nobody cleared does not move."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from boundary.kernel import ids
from boundary.kernel.runtime import transaction
from customer_stack.payments import ports
from customer_stack.payments.model import beneficiaries as model
from customer_stack.payments.model import travel

_MISSING = "clearance_not_configured"


class Why(NamedTuple):
    code: str


class Refused(NamedTuple):
    id: UUID
    operation: UUID
    answer: str
    reasons: tuple[Why, ...]
    told: tuple[str, ...] = ()


class NobodyClears:
    """`ports.Clearance`: everything is refused, by a reason that names the cause."""

    def __init__(self, random: ids.Ids) -> None:
        self._ids = random

    async def evaluate(
        self, _tx: transaction.Tx, operations: Sequence[ports.Operation], _now: datetime
    ) -> Sequence[Refused]:
        return [Refused(self._ids.ref(), each.id, "refuse", (Why(_MISSING),), (_MISSING,)) for each in operations]


class NobodyScreens:
    """`ports.Screener`: everybody waits to be screened."""

    async def screen(
        self, _tx: transaction.Tx, _subject: UUID, _owner: UUID, _name: str, _countries: tuple[str, ...], _trigger: str
    ) -> model.Screened:
        return model.Screened.PENDING

    async def standing(
        self, _tx: transaction.Tx, subjects: Sequence[UUID], _now: datetime
    ) -> Mapping[UUID, model.Screened]:
        return dict.fromkeys(subjects, model.Screened.PENDING)


class NobodyKnows:
    """`ports.Customers`: nothing is known of anybody, so nothing can travel with a payment."""

    async def originator(self, _tx: transaction.Tx, _account: UUID) -> travel.Party:
        return travel.Party()

    async def frozen(self, _tx: transaction.Tx, _account: UUID, _now: datetime) -> bool:
        return False


class NobodyReviews:
    """`ports.Reviews`: whatever waits goes on waiting."""

    async def of(self, _tx: transaction.Tx, _operations: Sequence[UUID]) -> Mapping[UUID, str]:
        return {}
