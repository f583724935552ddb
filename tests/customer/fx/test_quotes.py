"""What a quote promises, for how long by whose clock, within which limits, and what ends it."""

import asyncio
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from boundary.kernel import errors, money
from boundary.kernel import states as kernel_states
from customer_stack.fx import model
from customer_stack.fx.model import policy, refusals
from customer_stack.fx.repo import quotes as repo
from customer_stack.fx.rules import states
from customer_stack.fx.rules import terms as terms_rules
from customer_stack.fx.service import quotes
from tests import stacks
from tests.customer.fx import conftest as house

AT = "(SELECT {} FROM fx_quote LIMIT 1)"
LAST = AT.format("expires_at - interval '1 microsecond'")
END = AT.format("expires_at")


def with_terms(exchange: house.Exchange, **terms: object) -> None:
    changed = msgspec.structs.replace(house.TERMS, **terms)
    exchange.desk = exchange.desk._replace(policy=msgspec.structs.replace(house.POLICY, pairs=(changed,)))


def test_what_the_tables_of_states_do_not_allow_is_refused() -> None:
    for state, event in states.QUOTE.illegal_pairs():
        with pytest.raises(kernel_states.IllegalTransition):
            states.QUOTE.advance(state, event)
    for order, done in states.HEDGE.illegal_pairs():
        with pytest.raises(kernel_states.IllegalTransition):
            states.HEDGE.advance(order, done)
    assert (len(states.QUOTE.illegal_pairs()), len(states.HEDGE.illegal_pairs())) == (9, 16)


async def test_a_quote_lives_five_minutes_or_what_its_pair_says(exchange: house.Exchange) -> None:
    quote = await exchange.quote()
    assert quote.expires_at - quote.created_at == timedelta(minutes=5)
    with_terms(exchange, lifetime_seconds=15)
    quote = await exchange.quote()
    assert quote.expires_at - quote.created_at == timedelta(seconds=15)


async def test_a_quote_is_used_in_its_last_microsecond(exchange: house.Exchange) -> None:
    quote = await exchange.quote()
    await exchange.time(LAST)
    with_clock_behind = await exchange.done(quote)
    assert with_clock_behind.at == quote.expires_at - timedelta(microseconds=1)


async def test_at_five_minutes_sharp_it_is_over_and_a_clock_set_back_revives_nothing(exchange: house.Exchange) -> None:
    """The database's clock says that four minutes are left: the time that was written down says otherwise."""
    quote = await exchange.quote()
    await exchange.time(END)
    assert isinstance(await exchange.refused(quote), refusals.QuoteExpired)
    assert await exchange.worker.run("t", quotes.expire) == 1
    assert isinstance(await exchange.refused(quote), refusals.QuoteExpired)
    superuser = await exchange.schema.superuser()
    await superuser.execute("UPDATE fx_clock SET high = high - interval '1 hour'")  # as if it had never been written
    await superuser.close()
    assert isinstance(await exchange.refused(quote), refusals.QuoteExpired)
    found = await exchange.run(lambda tx: quotes.one(tx, quote.account, quote.id))
    assert (found.state, found.ended_at) == (model.QuoteState.EXPIRED, quote.expires_at)


async def test_a_clock_set_forward_and_back_lets_a_quote_be_used_once(exchange: house.Exchange) -> None:
    quote = await exchange.quote()
    await exchange.time(AT.format("created_at + interval '4 minutes'"))
    await exchange.done(quote)
    await exchange.time(AT.format("created_at"))
    assert isinstance(await exchange.refused(quote, key=bytes(32)), refusals.QuoteUsed)


async def test_a_new_quote_begins_where_time_has_been(exchange: house.Exchange) -> None:
    await exchange.time("now() + interval '3 minutes'")
    first = await exchange.quote()
    await exchange.time("now() - interval '1 day'")
    second = await exchange.quote()
    assert first.created_at - second.created_at > timedelta(minutes=2)
    await exchange.done(second)
    assert (await exchange.quote()).created_at >= second.created_at


async def test_time_is_written_down_by_whatever_is_decided(exchange: house.Exchange) -> None:
    superuser = await exchange.schema.superuser()
    assert await superuser.fetchval("SELECT high FROM fx_clock") is None
    made = await exchange.done(await exchange.quote())
    assert await superuser.fetchval("SELECT high FROM fx_clock") == made.at
    await exchange.worker.run("t", quotes.expire)
    assert await superuser.fetchval("SELECT high FROM fx_clock") > made.at
    await superuser.close()


async def test_cancelling_ends_a_quote_once_and_for_its_owner_alone(exchange: house.Exchange) -> None:
    quote, used = await exchange.quote(), await exchange.quote()
    await exchange.done(used)

    async def cancel(who: UUID, which: UUID) -> model.Quote | errors.Refusal:
        return await exchange.run(lambda tx: quotes.cancel(tx, who, which))

    with pytest.raises(refusals.QuoteUnknown):
        await cancel(exchange.customers[1], quote.id)
    first = await cancel(quote.account, quote.id)
    assert isinstance(first, model.Quote)
    assert first.state is model.QuoteState.CANCELLED
    assert await cancel(quote.account, quote.id) == first
    assert isinstance(await exchange.refused(quote), refusals.QuoteCancelled)
    assert isinstance(await cancel(quote.account, used.id), refusals.QuoteUsed)


async def test_a_late_refusal_cancels_every_active_quote_and_again_is_no_change(exchange: house.Exchange) -> None:
    mine = [await exchange.quote() for _ in range(3)]
    other = await exchange.quote(account=exchange.customers[1])
    await exchange.done(mine[0])
    step, saga = quotes.CancelQuotes(), UUID(int=9)
    assert step.name == "fx.cancel_quotes"
    for _ in range(2):
        await exchange.worker.run("t", lambda tx: step.apply(tx, exchange.customers[0], saga))
    found = await exchange.run(lambda tx: quotes.listed(tx, exchange.customers[0], None, None, 9))
    assert [each.state.value for each in found] == ["cancelled", "cancelled", "used"]
    assert isinstance(await exchange.refused(mine[1]), refusals.QuoteCancelled)
    await exchange.done(other)


async def test_what_is_open_counts_against_limits_until_it_ends(exchange: house.Exchange) -> None:
    with_terms(exchange, customer_open_max=250_00, pair_open_max=400_00)
    dollars = {"side": model.Side.BUY}
    first, second = await exchange.quote("120.00", **dollars), await exchange.quote("130.00", **dollars)
    with pytest.raises(refusals.CustomerExposed):
        await exchange.quote("0.01", **dollars)
    other = exchange.customers[1]
    await exchange.quote("150.00", account=other, **dollars)
    with pytest.raises(refusals.PairExposed):
        await exchange.quote("0.01", account=other, **dollars)
    await exchange.done(first)
    await exchange.quote("100.00", account=other, **dollars)
    await exchange.run(lambda tx: quotes.cancel(tx, second.account, second.id))
    await exchange.quote("150.00", **dollars)
    assert await exchange.worker.read("t", repo.exposures) == [model.Exposure(house.DOLLAR, 400_000_000)]
    await exchange.time("now() + interval '6 minutes'")  # what is over makes room at once, swept or not
    with_terms(exchange, customer_open_max=250_00, pair_open_max=250_00, feeds=_patient())
    await exchange.quote("250.00", **dollars)


def _patient() -> tuple[policy.Feed, ...]:
    return tuple(policy.Feed(feed.adapter, 900_000, 900_000) for feed in house.TERMS.feeds)


async def test_of_a_hundred_quotes_at_once_no_more_are_given_than_the_limit_lets(exchange: house.Exchange) -> None:
    with_terms(exchange, customer_open_max=100_00)

    async def ask() -> bool:
        try:
            await exchange.quote("100.00", side=model.Side.BUY)
        except refusals.CustomerExposed:
            return False
        return True

    assert sum(await asyncio.gather(*(ask() for _ in range(100)))) == 1


async def test_volume_lowers_the_spread_within_its_month(exchange: house.Exchange) -> None:
    superuser = await exchange.schema.superuser()

    async def tier(volume: int, kind: model.Kind = model.Kind.INDIVIDUAL) -> str:
        await superuser.execute(
            "INSERT INTO fx_volume VALUES ($1, date_trunc('month', now()), $2) ON CONFLICT (account, month)"
            " DO UPDATE SET volume = excluded.volume", exchange.customers[0], volume * 100,
        )  # fmt: skip
        return str(quotes.content((await exchange.quote(kind=kind)).document)["spread"]["bp"])

    assert [await tier(each) for each in (0, 100_000, 100_001, 500_001, 1_000_000, 1_000_001)] == [
        "50", "50", "45", "40", "40", "35"
    ]  # fmt: skip
    assert await tier(1_000_001, model.Kind.BUSINESS) == "15"
    await superuser.execute("UPDATE fx_volume SET month = month - interval '1 month'")
    assert str(quotes.content((await exchange.quote()).document)["spread"]["bp"]) == "50"
    await superuser.close()


async def test_a_conversion_counts_towards_the_month(exchange: house.Exchange) -> None:
    await exchange.done(await exchange.quote("100.00", side=model.Side.BUY))
    await exchange.done(await exchange.quote("100.50", sell="USD", buy="LKR"))
    superuser = await exchange.schema.superuser()
    assert await superuser.fetchval("SELECT volume FROM fx_volume") == 200_50
    await superuser.close()


@pytest.mark.parametrize(
    "more, refusal",
    [
        ({"amount": "0.00"}, refusals.AmountTooSmall),
        ({"amount": "1.00"}, refusals.AmountTooSmall),
        ({"amount": "-5.00"}, refusals.AmountTooSmall),
        ({"amount": "5.001"}, money.AmountTooFine),
        ({"amount": "1e5"}, money.AmountMalformed),
        ({"amount": "٥"}, money.AmountMalformed),
        ({"amount": "NaN"}, money.AmountMalformed),
        ({"amount": "9" * 30}, refusals.AmountTooLarge),
        ({"amount": "250000.01", "side": model.Side.BUY}, refusals.AmountTooLarge),
        ({"amount": "5.00", "sell": "USD", "buy": "USD"}, refusals.PairUnknown),
        ({"amount": "5.00", "sell": "EUR"}, refusals.PairUnknown),
        ({"amount": "5.00", "sell": "LKR", "buy": "XXX"}, refusals.PairUnknown),
    ],
)
async def test_bad_input_is_refused_by_name_and_leaves_nothing(
    exchange: house.Exchange, more: dict[str, object], refusal: type[errors.Refusal]
) -> None:
    with pytest.raises(refusal):
        await exchange.quote(**more)  # type: ignore[arg-type]  # the table's words
    assert await exchange.run(lambda tx: quotes.listed(tx, None, None, None, 1)) == []


async def test_without_a_key_there_is_no_quote(exchange: house.Exchange) -> None:
    exchange.desk = exchange.desk._replace(seed=None)
    with pytest.raises(refusals.NotOffered):
        await exchange.quote()


async def test_before_the_house_has_its_accounts_there_is_no_quote(customer_schema: stacks.StackDatabase) -> None:
    made = await house.opened(customer_schema, customers=1)
    await made.both()
    euro = msgspec.structs.replace(house.TERMS, base="EUR")
    made.desk = made.desk._replace(policy=msgspec.structs.replace(house.POLICY, pairs=(euro,)))
    await made.hear(house.PROVIDER, "330", "331", pair=euro.pair)
    await made.hear(house.CENTRAL_BANK, "330", "331", pair=euro.pair)
    with pytest.raises(refusals.NotReady):
        await made.quote(buy="EUR")
    await made.db.close()
    await made.worker.close()


@pytest.mark.parametrize(
    "change, words",
    [
        ({"base": "LKR"}, "two currencies"),
        ({"base": "XAU"}, "no currency"),
        ({"base": "ABC"}, "no currency"),
        ({"feeds": (policy.PROVIDER, policy.PROVIDER)}, "named twice"),
        ({"volume_rate": "0"}, "volume_rate"),
        ({"volume_rate": "many"}, "volume_rate"),
        ({"fee_bp": 5001}, "half"),
    ],
)
def test_terms_that_cannot_be_kept_are_refused(change: dict[str, object], words: str) -> None:
    terms = msgspec.structs.replace(house.TERMS, **change)
    with pytest.raises(terms_rules.PolicyUnfit, match=words):
        terms_rules.check(policy.Policy(policy.DEFAULT.tiers, (terms,)))


def test_terms_without_an_operators_file_can_be_kept() -> None:
    assert terms_rules.check(policy.DEFAULT) is policy.DEFAULT
