"""`customer-stack ledger …` as an operator runs it."""

import asyncio
import json
import pathlib
from datetime import timedelta
from typing import Any
from uuid import UUID

from click.testing import CliRunner, Result

from customer_stack import cli
from customer_stack.ledger.model import acts
from tests import stacks
from tests.customer import signing
from tests.customer.ledger import conftest, plants
from tests.customer.ledger.test_posting import audited


async def run(schema: stacks.StackDatabase, *arguments: str, role: str = "customer_auditor") -> Result:
    env = {"CUSTOMER_DATABASE_URL": schema.url(role)}
    return await asyncio.to_thread(CliRunner().invoke, cli.main, ["ledger", *arguments], env=env)


async def test_verify_says_good_or_names_the_place(book: conftest.Book, customer_schema: stacks.StackDatabase) -> None:
    await book.fund(book.a, 10)
    t = book.transfer(book.a, book.b, 3)
    await book.done(t)
    good = await run(customer_schema, "verify")
    assert (good.exit_code, good.output.split(";")[0]) == (0, "good: 2 transfers, 5 accounts")
    assert (await run(customer_schema, "verify", "--audit")).output.split(";")[0] == "good: 2 transfers, 5 accounts"
    superuser = await customer_schema.superuser()
    await superuser.execute(plants.SETTING)
    await superuser.execute("UPDATE ledger_transfer SET code = code + 1 WHERE id = $1", t.id)
    assert (await run(customer_schema, "verify")).exit_code == 0
    bad = await run(customer_schema, "verify", "--audit")
    assert bad.exit_code == 1
    assert str(t.id) in bad.output
    await superuser.execute("UPDATE ledger_transfer SET code = code - 1, amount = amount + 1 WHERE id = $1", t.id)
    await superuser.close()
    bad = await run(customer_schema, "verify")
    assert bad.exit_code == 1
    assert bad.output.startswith("BAD: the balances of its ")
    assert str(t.id) in bad.output
    found = json.loads((await run(customer_schema, "verify", "--json")).output)
    assert (found["seq"], found["transfer"]) == (2, str(t.id))


async def test_show_tells_an_account_or_a_transfer(book: conftest.Book, customer_schema: stacks.StackDatabase) -> None:
    await book.fund(book.a, 2_500_000)
    t = book.transfer(book.a, book.b, 1_000_000)
    await book.done(t)
    account = json.loads((await run(customer_schema, "show", str(book.a), "--count", "1")).output)
    assert account["account"]["total"] == "1.500000"
    assert [each["transfer"] for each in account["movements"]] == [str(t.id)]
    transfer = json.loads((await run(customer_schema, "show", str(t.id))).output)
    assert transfer["transfer"]["debit"] == str(book.a)
    assert (await run(customer_schema, "show", str(UUID(int=5)))).exit_code == 2


async def test_the_trial_balance_of_now_and_of_a_day(
    book: conftest.Book, customer_schema: stacks.StackDatabase
) -> None:
    await book.fund(book.a, 10)
    now = await run(customer_schema, "trial-balance")
    assert now.output.splitlines()[0].split() == ["USD", "accounts", "3", "debits", "0.000010", "credits", "0.000010"]
    day = str(conftest.NOW.date())
    drawn = await run(customer_schema, "trial-balance", "--day", day, "--check", role="customer_operator")
    assert drawn.exit_code == 0, drawn.output
    assert drawn.output.startswith(f"{day}  2 accounts  digest ")
    future = str((conftest.NOW + timedelta(days=36500)).date())
    refused = await run(customer_schema, "trial-balance", "--day", future, role="customer_operator")
    assert (refused.exit_code, refused.output.strip()) == (2, "the day is not over yet")


def posting(book: conftest.Book, folder: pathlib.Path, **more: Any) -> str:
    line = {"id": str(UUID(int=900)), "debit": str(book.house), "credit": str(book.a), "asset": "USD",
            "amount": "5.000000", "code": 3} | more  # fmt: skip
    file = folder / "posting.json"
    file.write_text(json.dumps({"transfers": [line]}))
    return str(file)


async def test_two_operators_post_by_hand_what_they_signed_and_once(
    book: conftest.Book, customer_schema: stacks.StackDatabase, tmp_path: pathlib.Path
) -> None:
    refs = await signing.operators(customer_schema)
    file = posting(book, tmp_path)
    statement = (await run(customer_schema, "statement", file)).output
    alone = signing.signed(tmp_path, statement, refs[:1])
    assert (await run(customer_schema, "post", file, *alone, role="customer_operator")).exit_code == 2
    both = signing.signed(tmp_path, statement, refs)
    posting(book, tmp_path, amount="5.000001")
    assert (await run(customer_schema, "post", file, *both, role="customer_operator")).exit_code == 2
    assert (await book.account(book.a)).total == 0
    posting(book, tmp_path)
    done = await run(customer_schema, "post", file, *both, role="customer_operator")
    assert (done.exit_code, done.output.strip()) == (0, f"posted {UUID(int=900)}")
    again = await run(customer_schema, "post", file, *both, role="customer_operator")
    assert again.exit_code == 2
    assert (await book.account(book.a)).total == 5_000_000
    told = [each for each in await audited(customer_schema) if isinstance(each, acts.PostedByHand)]
    assert [{each.first, each.second} for each in told] == [set(refs)]


async def test_a_bad_file_is_refused_in_one_line(
    book: conftest.Book, customer_schema: stacks.StackDatabase, tmp_path: pathlib.Path
) -> None:
    for more in ({"amount": "5.0000001"}, {"asset": "nothing"}, {"amount": "-1"}, {"unknown": 1}):
        result = await run(customer_schema, "statement", posting(book, tmp_path, **more))
        assert (result.exit_code, len(result.output.strip().splitlines())) == (2, 1), result.output
    (tmp_path / "posting.json").write_bytes(b"\xff{")
    assert (await run(customer_schema, "statement", str(tmp_path / "posting.json"))).exit_code == 2
