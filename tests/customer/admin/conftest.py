"""The API as it is composed, with accounts made over it, and staff who hold what a test gives them."""

import dataclasses
import uuid
from typing import Any

import pytest

from boundary.kernel import records
from customer_stack.access import model as access
from tests.boundary.kernel.runtime import loopback
from tests.customer.identity import conftest as identity
from tests.customer.identity import house as houses

composed = identity.composed
house = identity.house
ACCOUNTS = "/api/v1/admin/accounts"


@dataclasses.dataclass
class Desk:
    """The back office, as those who sit there use it."""

    house: houses.House

    async def staff(self, name: str, *items: access.Permission | access.Preset) -> houses.Visitor:
        """Somebody who works here, signed in with a fresh factor, who was given these items."""
        found = await self.house.person(name, visitor=self.house.visitor(bearer=True))
        await self.house.superuser.execute(
            "UPDATE access_standing SET role = 'staff' WHERE account = $1", found.account
        )
        for item in items:
            await self.house.superuser.execute(
                "INSERT INTO access_grant (account, item) VALUES ($1, $2)", found.account, item.value
            )
        assert (await found.sign_in()).status == 200
        await found.enrol()
        await self.refresh(found)
        return found

    async def refresh(self, visitor: houses.Visitor) -> None:
        """A factor proved just now."""
        assert (await visitor.step_up()).status == 200
        visitor.later(seconds=30)

    async def customer(self, name: str = "amara") -> houses.Visitor:
        return await self.house.member(name, bearer=True)

    async def tag(self, staff: houses.Visitor, account: uuid.UUID) -> str:
        answer = await staff.get(f"{ACCOUNTS}/{account}")
        assert answer.status == 200, answer
        return answer.header("etag") or ""

    async def act(
        self, staff: houses.Visitor, what: str, account: uuid.UUID, body: Any = None, **headers: str
    ) -> loopback.Answer:
        """Suspend, activate and the like, with the tag of this moment unless another is given."""
        tag = headers.pop("if_match", "") or await self.tag(staff, account)
        return await staff.post(f"{ACCOUNTS}/{account}/{what}", body, if_match=tag, **headers)

    async def entries(self, kind: type[records.Entry]) -> list[Any]:
        found = [records.decode(each, records.Entry) for each in await self.house.entries()]
        return [entry for entry in found if isinstance(entry, kind)]


@pytest.fixture
def desk(house: houses.House) -> Desk:
    return Desk(house)
