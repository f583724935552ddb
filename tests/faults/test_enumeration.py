"""Whether the time of an answer tells who has an account: a statistical comparison over real HTTP at the real cost.

Known and unknown addresses alternate, so that whatever else the machine does falls on both alike; medians are compared,
because the mean of a busy machine is that of its interruptions. The structural side of it, the same computations and the
same writes, stands in `tests/customer/identity` and runs always.
"""

import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from customer_stack.identity.adapters import hashing
from tests.customer.identity import conftest as identity
from tests.customer.identity import house as houses

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

SAMPLES = 400
DIFFERENCE_MAX = 0.05

house = identity.house
Ask = Callable[[str], Awaitable[object]]


@pytest.fixture
async def dear(house: houses.House) -> AsyncIterator[houses.House]:
    """The same house at the product's own cost."""
    passwords = hashing.Argon2(house.random)
    door = house.identity.door._replace(passwords=passwords)
    house.app.state.identity = house.identity._replace(front=door)
    house.app.state.throttles._scale = 1_000_000
    yield house
    passwords.close()


async def compared(ask: Ask, known: str, *, least: float, samples: int = SAMPLES) -> float:
    """By how much the medians differ, as a share of the smaller one."""
    taken: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(samples * 2):
        is_known = (turn + turn // 2) % 2 == 0
        email = known if is_known else f"unheard{turn:04d}@people.example"
        started = time.perf_counter()
        await ask(email)
        taken[is_known].append(time.perf_counter() - started)
    first, second = (statistics.median(values) for values in taken.values())
    assert min(first, second) > least, "the measured work did not take place"
    return abs(first - second) / min(first, second)


async def test_the_time_of_a_refused_sign_in_tells_nothing(dear: houses.House) -> None:
    member, visitor = await dear.person("amara"), dear.visitor()

    async def ask(email: str) -> None:
        answer = await visitor.sign_in(email=email, password="not the password at all")
        assert answer.status == 401

    assert await compared(ask, member.email, least=0.005) < DIFFERENCE_MAX


async def test_the_time_of_asking_for_a_reset_tells_nothing(dear: houses.House) -> None:
    member, visitor = await dear.person("amara"), dear.visitor()

    async def ask(email: str) -> None:
        assert (await visitor.post("/api/v1/password-resets", {"email": email})).status == 202

    assert await compared(ask, member.email, least=0.19, samples=60) < DIFFERENCE_MAX


async def test_the_time_of_a_registration_tells_nothing(dear: houses.House) -> None:
    member, visitor = await dear.person("amara"), dear.visitor()

    async def ask(email: str) -> None:
        visitor.email, visitor.phone = email, "+94712345678"
        assert (await visitor.register()).status == 202

    assert await compared(ask, member.email, least=0.005) < DIFFERENCE_MAX
