"""A desk on a real database: participants and instruments as registered, orders judged as the gate's role does."""

import dataclasses
import itertools
import uuid
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from boundary.kernel import ids, records
from boundary.kernel.runtime import transaction
from execution_stack.instruments import model as instruments
from execution_stack.instruments import service as instruments_service
from execution_stack.participants import model as participants
from execution_stack.risk import model
from execution_stack.risk.service import judging, setting

T = TypeVar("T")
NOW = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)
STANDING = participants.Standing(participants.Status.ELIGIBLE, 1, participants.Category.RETAIL)
_numbers = itertools.count(1)


class Silence:
    """Nobody to tell: these tests are not about customer stacks."""

    async def listed(self, tx: transaction.Tx, instrument: instruments.Instrument) -> None: ...

    async def changed(self, tx: transaction.Tx, instrument: instruments.Instrument) -> None: ...

    async def state_changed(self, tx: transaction.Tx, instrument: instruments.Instrument) -> None: ...


@dataclasses.dataclass
class Desk:
    """`channel` is one for all tests: they keep apart by participants of their own."""

    gate: transaction.Database
    operator: transaction.Database
    superuser: Any
    channel: uuid.UUID = dataclasses.field(default_factory=ids.SystemIds().ref)

    async def as_operator(self, work: Callable[[transaction.Tx], Awaitable[T]]) -> T:
        return await self.operator.run("test.operator", work)

    async def participant(self, **limits: int | None) -> uuid.UUID:
        """An eligible one, with limits of its own."""
        ref = ids.SystemIds().ref()
        await self.superuser.execute(
            "INSERT INTO participant (ref, channel, status, level) VALUES ($1, $2, 'eligible', 1)", ref, self.channel
        )
        if limits:
            await self.as_operator(lambda tx: setting.set_of_participant(tx, ref, limits))
        return ref

    async def instrument(self, **changes: Any) -> uuid.UUID:
        fields: dict[str, Any] = {
            "ref": ids.SystemIds().ref(),
            "code": f"R{next(_numbers)}",
            "route": instruments.Route.CLOB,
            "product": instruments.Product.SECURITY_TOKEN,
            "state": instruments.State.LISTED,
            "tick_size": 1,
            "lot_size": 1,
            "price_max": 1000,
            "cap_lots": 1000,
            "opens_at": NOW - timedelta(days=1),
            "closes_at": NOW + timedelta(days=30),
            "document": bytes(32),
        }
        made = instruments.Instrument(**fields | changes)
        await self.as_operator(lambda tx: instruments_service.add(tx, made, Silence()))
        return made.ref

    async def judge(self, *orders: model.Order, now: datetime = NOW, **more: Any) -> list[tuple[model.Finding, ...]]:
        """One core, in one transaction."""
        wanted = [model.Wanted(each, STANDING, **more) for each in orders]
        return await self.judge_all(wanted, now)

    async def judge_all(self, wanted: Sequence[model.Wanted], now: datetime = NOW) -> list[tuple[model.Finding, ...]]:
        async def work(tx: transaction.Tx) -> list[tuple[model.Finding, ...]]:
            await instruments_service.hold(tx)
            return await judging.judge(tx, self.channel, wanted, now)

        return await self.gate.run("test.judge", work)

    async def settle(self, *said: model.Ended | model.Filled, now: datetime = NOW) -> None:
        await self.gate.run("test.settle", lambda tx: judging.settle(tx, said, now))

    async def account(self, ref: uuid.UUID) -> tuple[int, int, int]:
        """Orders and value that are open, and what has traded today."""
        row = await self.superuser.fetchrow(
            "SELECT open_orders, open_value, traded FROM risk_account WHERE participant = $1", ref
        )
        return tuple(row)

    async def entries(self) -> list[records.Entry]:
        rows = await self.superuser.fetch("SELECT payload FROM audit_entry ORDER BY id")
        return [records.decode(row[0], records.Entry) for row in rows]


def order(
    who: uuid.UUID, what: uuid.UUID, value: int = 100, side: model.Side = model.Side.BUY, lots: int = 10
) -> model.Order:
    return model.Order(who, what, side, lots, value)


def refusals(findings: Sequence[model.Finding]) -> list[model.Cause]:
    return [each.cause for each in findings if each.refuses]
