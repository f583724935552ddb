"""`customer-stack kyc …` as an operator runs it, and what the worker makes of it."""

import asyncio
import json

from click.testing import CliRunner, Result

from boundary.kernel import records
from customer_stack import cli
from customer_stack.kyc import jobs
from tests.customer.kyc import house as houses


async def run(house: houses.House, *arguments: str, role: str = "customer_operator") -> Result:
    env = {"CUSTOMER_DATABASE_URL": house.access.schema.url(role)}
    return await asyncio.to_thread(CliRunner().invoke, cli.main, ["kyc", *arguments], env=env)


async def test_the_queue_is_counted_for_operators_and_auditors(house: houses.House) -> None:
    await house.in_review(await house.customer())
    await (await house.customer()).draft(2)
    for role in ("customer_operator", "customer_auditor"):
        found = json.loads((await run(house, "queue", "--json", role=role)).output)
        assert found == [
            {"state": "draft", "level": 2, "waiting": "", "count": 1},
            {"state": "in_review", "level": 1, "waiting": "officer", "count": 1},
        ]
    assert "in_review  level 1       1  officer" in (await run(house, "queue")).output


async def test_reopening_is_promised_to_the_worker_and_an_auditor_cannot(house: houses.House) -> None:
    assert (await run(house, "reopen")).exit_code == 0
    [[payload]] = await house.rows("SELECT payload FROM job")
    job = records.decode(payload, records.Job)
    assert job == jobs.Reopen()
    await house.handlers.reopen(house.worker, jobs.Reopen())
    assert (await run(house, "reopen", role="customer_auditor")).exit_code != 0
