"""What was lost today, as reality checks tell it."""

from datetime import timedelta
from uuid import UUID

from customer_stack.compliance import model
from customer_stack.compliance.service import spending
from customer_stack.ledger.service import posting
from tests.customer.compliance import house

K = model.OperationKind


async def spent(room: house.Room) -> dict[UUID, str]:
    telling = spending.Spent(house.law, house.Rates())
    return await room.db.read("t", lambda tx: telling(tx, [room.one, room.two], room.now))


async def test_stakes_less_what_came_back_since_midnight_in_the_jurisdictions_money(room: house.Room) -> None:
    await room.fund(100_000)
    await room.fund(10**9, house.USD)
    exchange = room.cash[UUID(int=2), 1].id
    await room.does(room.operation(K.STAKE, 5_000), room.operation(K.WITHDRAWAL, 7_000))
    await room.does(room.operation(K.STAKE, 10**6, house.USD))
    won = room.transfer(room.operation(K.DEPOSIT, 2_000), None, to=exchange)
    await room.worker.run("t", lambda tx: posting.post_all(tx, [won], room.now))
    assert await spent(room) == {room.one: "330.00 LKR", room.two: "0.00 LKR"}
    room.now += timedelta(days=1)
    assert (await spent(room))[room.one] == "0.00 LKR"


async def test_what_cannot_be_told_is_left_out(room: house.Room) -> None:
    room.neighbours.risks[room.one] = "HIGH"
    telling = spending.Spent(house.law, Nowhere())
    await room.fund(10**9, house.USD)
    room.neighbours.knows(room.one)
    await room.does(room.operation(K.STAKE, 10**6, house.USD))
    found = await room.db.read("t", lambda tx: telling(tx, [room.one, room.two], room.now))
    assert found == {room.two: "0.00 LKR"}


class Nowhere(house.Rates):
    """A day without rates."""

    async def rates(self, *_: object) -> dict[int, model.Rate]:
        return {}
