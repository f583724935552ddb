"""Stand where compliance is wired in, and say no until it is: money that nobody cleared does not move."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from boundary.kernel import ids
from boundary.kernel.runtime import transaction
from customer_stack.payments import ports
from customer_stack.payments.model import beneficiaries as model


class Why(NamedTuple):
    code: str


class Refused(NamedTuple):
    id: UUID
    operation: UUID
    answer: str
    reasons: tuple[Why, ...]


class NobodyClears:
    """`ports.Clearance`: everything is refused, by a reason that names the cause."""

    def __init__(self, random: ids.Ids) -> None:
        self._ids = random

    async def evaluate(
        self, _tx: transaction.Tx, operations: Sequence[ports.Operation], _now: datetime
    ) -> Sequence[Refused]:
        return [Refused(self._ids.ref(), each.id, "refuse", (Why("clearance_not_configured"),)) for each in operations]


class NobodyScreens:
    """`ports.Screener`: everybody waits to be screened."""

    async def screen(
        self, _tx: transaction.Tx, _subject: UUID, _owner: UUID, _name: str, _countries: tuple[str, ...], _trigger: str
    ) -> model.Screened:
        return model.Screened.PENDING
