"""`customer-stack access found`: how a deployment gets its first super admins."""

import asyncio
import uuid

from click.testing import CliRunner

from customer_stack import cli
from customer_stack.access import model
from tests.customer.access import house as houses


async def run(house: houses.House, *arguments: str) -> tuple[int, str]:
    """Exit code and what was said, of a command that runs in a loop of its own."""
    env = {"CUSTOMER_DATABASE_URL": house.schema.url("customer_operator")}
    result = await asyncio.to_thread(CliRunner().invoke, cli.main, ["access", "found", *arguments], env=env)
    return result.exit_code, result.output.strip()


async def test_the_operator_makes_the_first_super_admins_once(house: houses.House) -> None:
    people = [await house.person(model.Role.INVESTOR) for _ in range(3)]
    accounts = [str(person.account) for person in people]
    assert await run(house, accounts[0]) == (2, "name two or more different accounts")
    assert await run(house, accounts[0], str(uuid.UUID(int=1))) == (2, "one of these accounts does not exist")
    assert await run(house, *accounts[:2]) == (0, "2 accounts are super admin")
    assert await run(house, *accounts[1:]) == (2, "there is a super admin already")
    assert await house.permissions(people[1].account) == frozenset(model.Permission)
    assert await house.permissions(people[2].account) == frozenset()
