"""The adapter against what the exchange's documents show, and what is nobody's document at all."""

import json
import pathlib
import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundary.kernel import clock, ids
from execution_stack.venues import model
from execution_stack.venues.adapters.kalshi import client, errors, messages, pacing, parse, signing, stream_parse
from execution_stack.venues.simulators.kalshi import amounts, fees, server
from tests.execution.venues import kalshi

SAMPLES = pathlib.Path(__file__).with_name("samples")
ORDER = UUID("3b23c1c7-f4ef-4f0d-8b9a-9e53c61f1a0d")
CLIENT = UUID("8c35ecb3-328f-4f52-8c7c-0f4b9862f8d1")
WANTED = model.Wanted(CLIENT, "HIGHNY-24JAN01-T60", model.Side.BID, 560_000, 1_000)
START = datetime(2026, 11, 20, tzinfo=UTC)


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text())["payload"]


def raw(name: str) -> bytes:
    return json.dumps(sample(name)).encode()


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_every_sample_says_where_it_is_from(path: pathlib.Path) -> None:
    found = json.loads(path.read_text())
    assert found["address"].startswith("https://docs.kalshi.com/")
    assert datetime.fromisoformat(found["read_on"])


def test_an_order_is_written_as_the_document_shows() -> None:
    shown = sample("create_order_request")
    ours = json.loads(msgspec.json.encode(client._create(WANTED)))
    assert ours == {name: shown[name] for name in ours}
    assert set(shown) - set(ours) == {
        "post_only",
        "cancel_order_on_pause",
        "reduce_only",
        "subaccount",
        "exchange_index",
    }


def test_answers_about_orders_are_read() -> None:
    handle = model.Handle(ORDER, "HIGHNY-24JAN01-T60")
    at = datetime(2024, 5, 15, 17, 20, 0, 123_000, tzinfo=UTC)
    placed = parse.placed(parse.decode(raw("create_order"), messages.Placed), WANTED)
    assert placed == model.Placed(CLIENT, ORDER, 0, 1_000, at)
    assert parse.cancelled(parse.decode(raw("cancel_order"), messages.Cancelled), handle).reduced == 1_000
    assert parse.decreased(parse.decode(raw("decrease_order"), messages.Decreased), handle).remaining == 800
    batch = parse.decode(raw("batch_create"), messages.PlacedItems).orders
    assert parse.placed_item(batch[0], WANTED).remaining == 1_000
    gone = parse.decode(raw("batch_cancel"), messages.CancelledItems).orders
    assert parse.cancelled(gone[0], handle).reduced == 1_000


def test_an_answer_to_somebody_elses_order_is_none_to_ours() -> None:
    other = msgspec.structs.replace(WANTED, client=UUID(int=1))
    with pytest.raises(ValueError, match="somebody else"):
        parse.placed(parse.decode(raw("create_order"), messages.Placed), other)


@pytest.mark.parametrize(
    "status, body, reason",
    [
        (400, raw("order_error"), model.Code.POST_ONLY_CROSSES),
        (400, raw("unparsed_error"), model.Code.INVALID),
        (404, b"", model.Code.ORDER_UNKNOWN),
        (403, b"<html>", model.Code.FORBIDDEN),
        (410, b'{"error": {"code": "something new!"}}', model.Code.UNRECOGNISED),
        (400, b'{"error": "words"}', model.Code.UNRECOGNISED),
        (409, b'{"error": {"code": "MARKET_INACTIVE"}}', model.Code.MARKET_CLOSED),
    ],
)
def test_what_a_rejection_means(status: int, body: bytes, reason: model.Code) -> None:
    refused = errors.refusal(status, errors.read(body), places=True)
    assert isinstance(refused, model.Refused)
    assert refused.reason is reason
    assert "!" not in refused.said


def test_a_conflict_in_unknown_words_is_not_taken_for_a_no() -> None:
    told = errors.read(b'{"error": {"code": "client_order_id_in_use"}}')
    assert isinstance(errors.refusal(409, told, places=True), model.Unknown)
    assert isinstance(errors.refusal(409, errors.Told("order_already_exists"), places=True), model.Duplicate)


def test_messages_of_the_stream_are_read() -> None:
    def msg(name: str) -> msgspec.Raw:
        return stream_parse.envelope(json.dumps(sample(name))).msg

    snapshot = stream_parse.snapshot(2, msg("ws_orderbook_snapshot"))
    assert snapshot.book.bids[0] == model.Level(220_000, 33_300)
    assert snapshot.book.asks == (model.Level(540_000, 2_000), model.Level(560_000, 14_600))
    delta = stream_parse.delta(3, msg("ws_orderbook_delta"))
    assert (delta.side, delta.price, delta.change) == (model.Side.BID, 960_000, -5_400)
    ticker = stream_parse.ticker(msg("ws_ticker"))
    assert (ticker.bid, ticker.ask, ticker.last, ticker.volume) == (450_000, 530_000, 480_000, 3_389_600)
    fill = stream_parse.fill(msg("ws_fill")).fill
    assert (fill.fee, fill.count, fill.price, fill.client) == (10_000, 27_800, 750_000, None)
    order = stream_parse.user_order(msg("ws_user_order")).order
    assert (order.status, order.remaining, order.group) == (model.OrderStatus.RESTING, 1_000, "og_123")
    assert stream_parse.lifecycle(msg("ws_lifecycle_created")).event is model.LifecycleEvent.CREATED
    changed = stream_parse.lifecycle(msg("ws_lifecycle_structure")).event
    assert changed is model.LifecycleEvent.PRICE_LEVEL_STRUCTURE_UPDATED
    assert msgspec.json.decode(msg("ws_error"), type=stream_parse.Failed).code == 7


@given(st.binary(max_size=200))
def test_rubbish_is_refused_and_nothing_else_happens(data: bytes) -> None:
    for kind in (messages.Orders, messages.Fills, messages.Placed, stream_parse.Envelope):
        try:
            parse.decode(data, kind)
        except parse.Unread:
            continue


@given(
    st.sampled_from(["outcome_side", "book_side", "status", "yes_price_dollars", "fill_count_fp"]), st.text(max_size=8)
)
def test_a_word_that_no_document_has_is_never_taken_for_one_that_it_has(name: str, word: str) -> None:
    row = {**_order_row(), name: word}
    try:
        found = parse.order(parse.decode(json.dumps(row).encode(), messages.Order))
    except parse.Unread:
        return
    known = {"outcome_side": {"yes"}, "book_side": {"bid"}, "status": {each.value for each in model.OrderStatus}}
    assert word in known.get(name, {word})
    assert found.order == ORDER


def _order_row() -> dict[str, str]:
    money = ("taker_fees_dollars", "maker_fees_dollars", "taker_fill_cost_dollars", "maker_fill_cost_dollars")
    counts = {"fill_count_fp": "0.00", "remaining_count_fp": "1.00", "initial_count_fp": "1.00"}
    words = {"outcome_side": "yes", "book_side": "bid", "status": "resting", "yes_price_dollars": "0.5600"}
    named = {"order_id": str(ORDER), "client_order_id": str(CLIENT), "ticker": "T"}
    return {**named, **words, **counts, **dict.fromkeys(money, "0.000000")}


@pytest.mark.parametrize("example", sample("fee_rounding"), ids=lambda example: example["title"])
def test_the_stand_in_rounds_fees_as_the_published_examples_do(example: dict[str, Any]) -> None:
    """The trade fees of the examples are taken as they stand: only the last one is what the formula gives."""
    price, count, overpaid = amounts.dollars(example["price"]), amounts.count(example["count"]), 0
    for shown in example["fills"]:
        done = fees.charge(-price * count // 100, amounts.dollars(shown["trade_fee"]), fees.CENT, overpaid)
        overpaid = done.overpaid
        assert done.fee == amounts.dollars(shown["net_fee"])
        assert done.change == -price * count // 100 - done.fee


@pytest.mark.parametrize(
    "price, count, kind, taker, fee",
    [
        (500_000, 10_000, fees.Type.QUADRATIC, True, 1_750_000),
        (500_000, 100, fees.Type.QUADRATIC, True, 17_500),
        (330_100, 3, fees.Type.QUADRATIC, True, 500),
        (50_000, 10_000, fees.Type.QUADRATIC, True, 332_500),
        (500_000, 10_000, fees.Type.QUADRATIC, False, 0),
        (500_000, 10_000, fees.Type.QUADRATIC_WITH_MAKER_FEES, False, 437_500),
        (500_000, 10_000, fees.Type.QUADRATIC_WITH_COMBO_MAKER_FEES, False, 875_000),
    ],
)
def test_the_stand_in_charges_by_the_published_formula(
    price: int, count: int, kind: fees.Type, *, taker: bool, fee: int
) -> None:
    assert fees.trade_fee(fees.Schedule(kind), price, count, taker=taker) == fee


def _bucket(time: clock.Clock, refill: int = 100, capacity: int = 200) -> pacing.Bucket:
    return pacing.Bucket(time, model.Bucket(refill, capacity))


def test_a_bucket_gives_what_it_has_and_says_how_long_the_rest_takes() -> None:
    time = clock.ManualClock(START)
    bucket = _bucket(time)
    assert bucket.take(200, 0) == timedelta()
    assert bucket.take(10, 0) == timedelta(milliseconds=100)
    time.advance(timedelta(milliseconds=100))
    assert bucket.take(10, 0) == timedelta()


def test_new_orders_leave_a_reserve_for_cancels() -> None:
    bucket = _bucket(clock.ManualClock(START))
    while bucket.take(10, 50) == timedelta():
        pass
    cancels = 0
    while bucket.take(2, 0) == timedelta():
        cancels += 1
    assert cancels >= 25


async def test_who_would_wait_too_long_is_told_how_long() -> None:
    pacer = pacing.Pacer(clock.ManualClock(START), ids.SeededIds(1), patience=timedelta(milliseconds=50))
    pacer.learn(model.Limits("basic", model.Bucket(200, 200), model.Bucket(10, 20)))
    await pacer.turn(10, reads=False, cancels=False)
    with pytest.raises(model.Limited) as limited:
        await pacer.turn(20, reads=False, cancels=False)
    assert limited.value.retry_after > timedelta(milliseconds=50)


async def test_too_many_questions_hold_no_cancel_up() -> None:
    pacer = pacing.Pacer(clock.ManualClock(START), ids.SeededIds(1))
    pacer.refused(timedelta(hours=1), reads=True)
    await pacer.turn(2, reads=False, cancels=True)
    with pytest.raises(model.Limited) as limited:
        await pacer.turn(10, reads=True, cancels=False)
    assert limited.value.retry_after == timedelta(hours=1)


def test_each_refusal_doubles_the_wait_and_what_the_exchange_says_goes_first() -> None:
    pacer = pacing.Pacer(clock.ManualClock(START), ids.SeededIds(1))
    for number in range(8):
        least = min(pacing.BACKOFF_MAX, pacing.BACKOFF_FIRST * 2**number)
        assert least <= pacer.refused(None, reads=False) <= 2 * least
    assert pacer.refused(timedelta(seconds=3), reads=False) == timedelta(seconds=3)


@pytest.fixture
def certificate(tmp_path: pathlib.Path) -> pathlib.Path:
    """Of this machine, signed by itself, with its key beside it."""
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "1"]
    made += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{tmp_path}/tls.key", "-out", f"{tmp_path}/tls.pem"]
    subprocess.run(made, check=True, capture_output=True)
    return tmp_path / "tls.pem"


async def test_a_certificate_that_nobody_vouches_for_ends_before_anything_is_sent(
    tmp_path: pathlib.Path, certificate: pathlib.Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    exchange = server.Server()
    exchange.members.admit("k1", kalshi.make_key(tmp_path, "k1"))
    await exchange.start(context=context)
    ring = signing.Ring(signing.FileKey("k1", tmp_path / "k1.pem"))
    stranger = client.Client(exchange.origin, ring, clock.SystemClock(), ids.SystemIds())
    with pytest.raises(model.Unreachable):
        await stranger.place(WANTED)
    assert exchange.seen == {}
    await stranger.close()
    known = ssl.create_default_context(cafile=certificate)
    friend = client.Client(exchange.origin, ring, clock.SystemClock(), ids.SystemIds(), context=known)
    assert (await friend.status()).trading_active
    await friend.close()
    await exchange.stop()


async def test_nobody_there_is_known_not_to_have_happened(keys: pathlib.Path) -> None:
    kalshi.make_key(keys, "k1")
    ring = signing.Ring(signing.FileKey("k1", keys / "k1.pem"))
    venue = client.Client(f"http://127.0.0.1:{kalshi._free()}", ring, clock.SystemClock(), ids.SystemIds())
    with pytest.raises(model.Unreachable):
        await venue.place(WANTED)
    await venue.close()


async def test_a_wrong_key_is_refused_by_name(clean: kalshi.Exchange, keys: pathlib.Path) -> None:
    kalshi.make_key(keys, "k1", of="a stranger")
    ring = signing.Ring(signing.FileKey("k1", keys / "k1.pem"))
    venue = client.Client(clean.url, ring, clock.SystemClock(), ids.SystemIds())
    with pytest.raises(model.Unauthorised) as refused:
        await venue.balance()
    assert not isinstance(refused.value, model.ClockSkew)
    await venue.close()
