"""Where accounts stand: for many at once, in one statement."""

from typing import Any

import pytest

from boundary.kernel.runtime import transaction
from customer_stack.kyc import model
from customer_stack.kyc.service import standing
from tests.customer.kyc import house as houses


async def test_everybody_who_was_asked_for_is_answered_in_one_statement(
    house: houses.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = await house.officer()
    customers = [await house.customer() for _ in range(3)]
    approved = await house.in_review(customers[0])
    await house.decided(officer, approved)
    await customers[1].draft()
    accounts = [each.account for each in customers] + [house.api.ids.ref() for _ in range(200)]
    asked: list[str] = []
    fetch = transaction.Tx.fetch

    async def counted(self: transaction.Tx, statement: Any, *args: Any, **values: Any) -> Any:
        asked.append(str(statement))
        return await fetch(self, statement, *args, **values)

    monkeypatch.setattr(transaction.Tx, "fetch", counted)
    found = await house.run(lambda tx: standing.of(tx, accounts, house.time.now()))
    assert len(asked) == 1
    assert found.keys() == set(accounts)
    none = model.StandingState.NONE
    states = [found[each.account].state for each in customers]
    assert states == [model.StandingState.APPROVED, none, none]
    assert found[accounts[-1]] == model.Standing(0, none, 0, "", frozen=False)
    assert await house.run(lambda tx: standing.of(tx, [], house.time.now())) == {}
