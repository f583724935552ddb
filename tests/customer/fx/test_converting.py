"""A quote is used at most once, at exactly its price, and everything that belongs to its use happens or nothing does."""

import asyncio
from collections.abc import Collection
from typing import Any

import msgspec
import pytest

from boundary.kernel import errors, primitives, records
from customer_stack.fx import model
from customer_stack.fx.model import entries, refusals
from customer_stack.fx.repo import conversions
from customer_stack.fx.service import converting, quotes
from customer_stack.ledger import model as ledger
from customer_stack.ledger.service import proving
from tests.customer.fx import conftest as house

AGAIN = """
INSERT INTO fx_conversion (id, quote, account, key, input, verdict, at, receipt)
SELECT gen_random_uuid(), {}, account, sha256('a'), input, verdict, at, receipt FROM fx_conversion"""


async def told(exchange: house.Exchange, kind: type[records.Entry]) -> list[Any]:
    superuser = await exchange.schema.superuser()
    rows = await superuser.fetch("SELECT payload FROM audit_entry ORDER BY id")
    await superuser.close()
    every = [records.decode(row[0], records.Entry) for row in rows]
    return [entry for entry in every if isinstance(entry, kind)]


async def assert_in_step(exchange: house.Exchange) -> None:
    """The ledger's own proof, and our positions against its accounts."""
    report = await proving.verify(exchange.worker)
    assert report.fault == ""
    [position] = await exchange.worker.read("t", conversions.positions) or [model.Position(house.DOLLAR, 0, 0, 0)]
    books = await exchange.balances(ledger.HOUSE)
    assert (books["USD", "FX_POSITION"], books["LKR", "FX_POSITION"]) == (position.base_units, position.quote_units)


async def test_a_conversion_moves_exactly_what_was_quoted(exchange: house.Exchange) -> None:
    quote = await exchange.quote("30000.00")
    said = quotes.content(quote.document)
    made = await exchange.done(quote)
    mine = await exchange.balances(quote.account)
    books = await exchange.balances(ledger.HOUSE)
    # 301.20 and half a percent: 302.706; the fee of a thousandth is 30.00, and 29,970 rupees buy 99.00695...
    assert (said["client_rate"], said["fee"]["amount"], said["buy"]["amount"]) == ("302.706", "30.00", "99.00")
    assert mine == {
        ("LKR", "CUSTOMER_CASH"): house.GIVEN - 30_000_00,
        ("USD", "CUSTOMER_CASH"): 10_000_000_000 + 99_000_000,
    }
    assert said["rounding"] == {
        "favours": "house", "posted_units": "6957", "residue": "11700/16817", "rule": "down", "side": "buy"
    }  # fmt: skip
    assert books["LKR", "FEES"] == 30_00
    assert books["USD", "ROUNDING_RESIDUE"] == 6957
    assert books["LKR", "FX_POSITION"] == 29_970_00
    assert books["USD", "FX_POSITION"] == -99_006_957
    assert [(each.amount, each.ledger_account) for each in exchange.clearance.asked] == [
        (30_000_00, quote.sell_account)
    ]
    [entry] = await told(exchange, entries.Converted)
    assert entry.receipts == primitives.sha256(made.receipt)
    assert msgspec.json.decode(made.receipt)["quote_sha256"] == primitives.sha256(quote.document).hex()
    await assert_in_step(exchange)


@pytest.mark.parametrize(
    "sell, buy, side, amount",
    [
        ("LKR", "USD", model.Side.BUY, "99.99"),
        ("USD", "LKR", model.Side.SELL, "123.45"),
        ("USD", "LKR", model.Side.BUY, "30000.01"),
        ("LKR", "USD", model.Side.SELL, "777.77"),
    ],
)
async def test_either_side_is_fixed_in_either_direction(
    exchange: house.Exchange, sell: str, buy: str, side: model.Side, amount: str
) -> None:
    quote = await exchange.quote(amount, sell=sell, buy=buy, side=side)
    said = quotes.content(quote.document)
    assert said[side.value]["amount"] == amount
    await exchange.done(quote)
    mine = await exchange.balances(quote.account)
    start = {"LKR": house.GIVEN, "USD": 10_000_000_000}
    assert mine[sell, "CUSTOMER_CASH"] == start[sell] - quote.sell_units
    assert mine[buy, "CUSTOMER_CASH"] == start[buy] + quote.buy_units
    await assert_in_step(exchange)


async def test_of_a_hundred_uses_at_once_exactly_one_happens(exchange: house.Exchange) -> None:
    quote = await exchange.quote()
    groups = [converting.Converter(exchange.db, exchange.desk) for _ in range(4)]  # as four processes would

    async def use(number: int) -> model.Conversion | errors.Refusal:
        command = exchange.command(quote, primitives.sha256(bytes([number])))
        try:
            return await groups[number % 4].submit(command)
        except errors.Refusal as refusal:
            return refusal

    answers = await asyncio.gather(*(use(number) for number in range(100)))
    done = [each for each in answers if isinstance(each, model.Conversion)]
    assert len(done) == 1
    assert {type(each) for each in answers if each is not done[0]} == {refusals.QuoteUsed}
    assert (await exchange.balances(quote.account))["LKR", "CUSTOMER_CASH"] == house.GIVEN - quote.sell_units
    await assert_in_step(exchange)


async def test_of_a_hundred_repetitions_under_one_key_all_get_the_same_conversion(exchange: house.Exchange) -> None:
    quote = await exchange.quote()
    groups = [converting.Converter(exchange.db, exchange.desk) for _ in range(4)]
    answers = await asyncio.gather(*(groups[n % 4].submit(exchange.command(quote)) for n in range(100)))
    assert len({answer.id for answer in answers}) == 1
    await assert_in_step(exchange)


async def test_a_key_names_one_conversion(exchange: house.Exchange) -> None:
    one, other = await exchange.quote(), await exchange.quote()
    first = await exchange.done(one)
    assert await exchange.done(one) == first
    assert isinstance(await exchange.refused(other, key=primitives.sha256(one.id.bytes)), refusals.KeyReused)
    assert isinstance(await exchange.refused(one, input=bytes(32)), refusals.KeyReused)
    assert isinstance(await exchange.refused(one, key=bytes(32)), refusals.QuoteUsed)


async def test_a_batch_answers_each_and_one_refusal_sinks_nobody(exchange: house.Exchange) -> None:
    one, two, poor = exchange.customers
    good, frozen = await exchange.quote(account=one), await exchange.quote(account=two)
    too_much = await exchange.quote("999999.00", account=poor)
    first_of_poor = await exchange.quote("500000.00", account=poor)
    exchange.clearance.refused.add(two)
    await exchange.done(first_of_poor)
    answers = await exchange.convert(
        exchange.command(good),
        exchange.command(frozen),
        exchange.command(too_much),
        exchange.command(good, key=bytes(32)),
        exchange.command(good, account=two, key=b"\1" * 32),
        exchange.command(good),
    )
    assert isinstance(answers[0], model.Conversion)
    assert [type(each) for each in answers[1:5]] == [
        house.Frozen, refusals.NotPosted, refusals.QuoteUsed, refusals.QuoteUnknown
    ]  # fmt: skip
    assert answers[5] == answers[0]
    assert dict(answers[2].facts) == {"reason": "exceeds_credits"}  # type: ignore[union-attr]  # it is a refusal
    await assert_in_step(exchange)
    found = await exchange.run(lambda tx: quotes.one(tx, two, frozen.id))
    assert found.state is model.QuoteState.ACTIVE
    exchange.clearance.refused.clear()
    await exchange.done(frozen)
    assert [each.id for each in exchange.clearance.asked if each.account == two] == [frozen.id] * 2


async def test_a_verdict_that_is_missing_allows_nothing(exchange: house.Exchange) -> None:
    quote = await exchange.quote()
    exchange.clearance.silent.add(quote.account)
    assert isinstance(await exchange.refused(quote), refusals.NotCleared)


async def test_without_clearance_nothing_is_converted(exchange: house.Exchange) -> None:
    quote = await exchange.quote()
    exchange.desk = exchange.desk._replace(clearance=None)
    with pytest.raises(refusals.ClearanceMissing):
        await exchange.convert(exchange.command(quote))
    converter = converting.Converter(exchange.db, exchange.desk)
    with pytest.raises(refusals.ClearanceMissing):
        await converter.submit(exchange.command(quote))
    await converter.submit(exchange.command(quote), exchange.clearance)


async def test_the_database_itself_lets_a_quote_be_used_once(exchange: house.Exchange) -> None:
    """Even for somebody with all its privileges, and whatever our code may think."""
    quote, other = await exchange.quote(), await exchange.quote()
    made = await exchange.done(quote)
    superuser = await exchange.schema.superuser()
    attempts: Collection[str] = (
        f"UPDATE fx_quote SET state = 'active', ended_at = NULL WHERE id = '{quote.id}'",
        f"UPDATE fx_quote SET state = 'cancelled' WHERE id = '{quote.id}'",
        f"UPDATE fx_quote SET state = 'used', ended_at = expires_at WHERE id = '{other.id}'",
        f"DELETE FROM fx_conversion WHERE id = '{made.id}'",
        f"DELETE FROM fx_quote WHERE id = '{quote.id}'",
        AGAIN.format("quote"),
        AGAIN.format(f"'{other.id}'"),
    )
    for attempt in attempts:
        with pytest.raises(Exception, match=r"violates|append_only"):
            await superuser.execute(attempt)
    await superuser.close()
