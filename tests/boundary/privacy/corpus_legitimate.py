"""What may cross or be logged: values and whole messages as the two stacks write them, free of any person."""

import base64
import random  # noqa: TID251 -- a corpus is drawn from a printed seed
import string
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.boundary.privacy import corpus_people as people

Rng = random.Random

TICKERS = people.words(
    "AAPL MSFT GOOGL AMZN NVDA TSLA META JPM V KO BRK.B BF.B SPY QQQ IBM GE F T C JKH.N0000 COMB.N0000 SAMP.N0000 LOLC.N0000 "
    "DIAL.N0000 HNB.X0000 2222.SR 1120.SR EMAAR FAB DEWA ADIB ALDAR VOD.L BARC.L SAP.DE MC.PA 7203.T 0700.HK ES NQ CL GC"
)
CODES = people.words(
    "KXBTCD-25DEC3117-T99999.99 FED-27MAR-T4.75 KXHIGHNY-26NOV20-B52.5 CPI-26JAN-T3.1 INXD-26DEC29-B4900 KXFED-27JAN-C25 "
    "BTC-27DEC26-100000-C ETH-27MAR26-3000-P BTC-PERP BTCUSDT ETH-USD EURUSD USD/LKR USDJPY=X XAUUSD ESZ6 ESH2027 CLF27 ZN-2026-12 "
    "AAPL270115C00150000 SPX270319P05000000 US0378331005 GB0002634946 LU0323578657 BBG000B9XRY4 XNAS XNYS XCOL "
    "REIT-A-2031 TBOND-10Y-2036 SLGOV-31 GOLD-26JUN OIL-BRENT-27MAR INFLATION-27Q1-GT5 ELECTION-2028-DEM RAIN-27JUL-YES "
    "TKN-0001 STO-AE-2027-01 PRES-2028-DEM SENATE-26-R USDC USDT WBTC ERC-3643 ISO-20022"
)
CURRENCIES = people.words("USD EUR GBP LKR AED SAR JPY INR CHF SGD QAR KWD BHD OMR AUD CAD CNY HKD NZD SEK NOK DKK")
ENUMS = people.words(
    "limit market stop stop_limit good_til_cancelled immediate_or_cancel fill_or_kill day good_til_date buy sell bid ask yes no "
    "pending open working filled partially_filled cancelled rejected expired accepted amended replaced suspended triggered "
    "PARTIALLY_FILLED GOOD_TIL_CANCELLED NEW_ORDER_SINGLE ImmediateOrCancel GoodTilCancelled FillOrKill PlaceIntent IntentAccepted "
    "post_only reduce_only self_trade_prevention cancel_newest cancel_oldest cancel_both decrement_and_cancel pro_rata price_time "
    "not_enabled unknown_ref out_of_grid over_cap outside_window hash_mismatch unregistered_symbol insufficient_funds rate_limited "
    "eligible frozen closed active dormant pending_activation verify_only retired revoked halted resumed auction continuous "
    "pre_open opening_auction closing-auction trading-halt circuit_breaker volatility_interruption listed delisted settled resolved "
    "voided trade_settled batch_settled payout allocation fill_allocated residue_rule largest_remainder four_eyes equivocation "
    "signed_head checkpoint heartbeat nack ack duplicate replay early_frame wrong_head wrong_epoch bad_tag bad_length "
    "restricted retail professional institutional accredited level_1 level_2 category_a event_contract binary scalar "
    "call put american european physical cash margin collateral haircut maintenance_margin initial-margin position_limit "
    "deposit withdrawal reserve release reversal chargeback settlement_fee maker taker rebate commission spread "
    "mint burn transfer force_transfer freeze unfreeze pause unpause whitelist custody_wallet self_custody proof_of_possession "
    "queued running succeeded failed retrying dead_letter backlog lag timeout connection_reset too_many_requests service_unavailable "
    "created updated deleted archived draft published approved declined escalated reviewed INFO WARNING ERROR DEBUG CRITICAL "
    "customer_to_execution execution_to_customer omnibus clob broker twap vwap iceberg peg midpoint"
)
EVENTS = people.words(
    "frame.accepted order.placed fill.allocated channel.halted keys.rotated batch.sealed intent.refused http.request job.done"
)
START = datetime(2024, 1, 1, tzinfo=UTC)


def _moment(rng: Rng) -> datetime:
    return START + timedelta(microseconds=rng.randrange(6 * 365 * 86_400 * 1_000_000))


def _uuid4(rng: Rng) -> str:
    return str(uuid.UUID(bytes=rng.randbytes(16), version=4))


def _uuid7(rng: Rng) -> str:
    millis = int(_moment(rng).timestamp() * 1000)
    bits = (millis << 80) | (7 << 76) | (rng.getrandbits(12) << 64) | (2 << 62) | rng.getrandbits(62)
    return str(uuid.UUID(int=bits))


def _integer(rng: Rng) -> int:
    return rng.randint(0, 10 ** rng.randint(1, 15)) * rng.choice([1, 1, 1, 1, 1, 10_000, -1])


def _decimal(rng: Rng) -> str:
    places = rng.choice([1, 2, 2, 2, 3, 4, 6, 8, 18])
    return f"{Decimal(rng.randint(0, 10 ** rng.randint(1, 12))) / 10**places:.{places}f}"


def _time(rng: Rng) -> str:
    moment = _moment(rng)
    return rng.choice([
        moment.isoformat(), moment.strftime("%Y-%m-%dT%H:%M:%SZ"), moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), moment.date().isoformat(),
        moment.strftime("%Y-%m-%d %H:%M:%S"), moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{rng.randrange(10**9):09}Z", moment.strftime("%H:%M:%S"),
        moment.strftime("%Y-%m-%dT%H:%M:%S+05:30"), moment.strftime("%Y-%m"), f"{moment.year}-Q{rng.randint(1, 4)}",
    ])  # fmt: skip


def _epoch(rng: Rng) -> Any:
    value = int(_moment(rng).timestamp() * 10**6) * 1000 + rng.randrange(1000)
    number = value // 10 ** rng.choice([9, 6, 3, 0])
    return rng.choice([number, number, number, str(number)])


def _eip55_like(rng: Rng) -> str:
    return "0x" + "".join(rng.choice([c, c.upper()]) for c in rng.randbytes(20).hex())


def _ulid(rng: Rng) -> str:
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    number = (int(_moment(rng).timestamp() * 1000) << 80) | rng.getrandbits(80)
    return "".join(alphabet[number >> shift & 31] for shift in range(125, -1, -5))


def _base64(rng: Rng) -> str:
    raw = rng.randbytes(rng.choice([16, 32, 32, 32, 48, 64, 64, 65, 71, 96]))
    return rng.choice(
        [
            base64.b64encode(raw).decode(),
            base64.b64encode(raw).decode(),
            base64.urlsafe_b64encode(raw).decode().rstrip("="),
        ]
    )


def _key_id(rng: Rng) -> str:
    return rng.choice([
        f"k{rng.randint(1, 99)}", f"key-{rng.randint(2024, 2029)}-{rng.randint(1, 12):02}", f"exec-ed25519-{rng.randint(1, 20)}", f"hmac-sha256-{rng.randint(1, 9)}",
        f"kid_{rng.randbytes(4).hex()}", f"chan-{rng.randint(1, 30):02}/c2e/{rng.randint(1, 255)}", f"ed25519:{rng.randbytes(8).hex()}", f"customer-channel-key-v{rng.randint(1, 9)}",
        "k_" + "".join(rng.choices(string.ascii_lowercase + string.digits, k=10)),
    ])  # fmt: skip


def _version(rng: Rng) -> str:
    a, b, c = rng.randint(0, 30), rng.randint(0, 40), rng.randint(0, 99)
    return rng.choice(
        [
            f"{a}.{b}.{c}",
            f"v{a}.{b}",
            f"v{a}",
            f"{a}.{b}.{c}-rc.{b}",
            f"{a}.{b}.{c}+build.{c}",
            f"2026.{b}.{c}",
            f"{a}.{b}.{c}a1",
            f"{a}.{b}",
        ]
    )


def _hex(rng: Rng) -> str:
    text = rng.randbytes(rng.choice([4, 8, 12, 16, 20, 32, 32, 32, 64])).hex()
    return rng.choice([text, text, text.upper(), "0x" + text])


def _instrument(rng: Rng) -> str:
    month = rng.choice(people.words("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"))
    letters = "".join(rng.choices(string.ascii_uppercase, k=rng.randint(2, 4)))
    return rng.choice([
        rng.choice(TICKERS), rng.choice(CODES), letters, f"{letters}-{rng.randint(26, 31)}{month}-T{rng.randint(1, 500)}",
        f"{letters}.N0000", f"{letters}-{rng.randint(26, 31)}{month}{rng.randint(1, 28):02}", f"{letters}/USD",
    ])  # fmt: skip


VALUES: dict[str, Callable[[Rng], Any]] = {
    "uuid4": _uuid4, "uuid7": _uuid7, "instrument": _instrument, "decimal": _decimal, "integer": _integer,
    "integer_text": lambda rng: str(_integer(rng)) if rng.random() < 0.3 else _integer(rng),
    "percent": lambda rng: f"{rng.choice(['', '-', '+'])}{rng.randint(0, 150)}.{rng.randint(0, 99):02}%", "time": _time, "epoch": _epoch,
    "currency": lambda rng: rng.choice(CURRENCIES), "hex": _hex, "address": lambda rng: "0x" + rng.randbytes(20).hex(), "eip55": _eip55_like,
    "base64": _base64, "key_id": _key_id, "version": _version, "ulid": _ulid, "enum": lambda rng: rng.choice(ENUMS),
    "trace_parent": lambda rng: f"00-{rng.randbytes(16).hex()}-{rng.randbytes(8).hex()}-0{rng.randint(0, 1)}",
    "flag": lambda rng: rng.choice([True, False, None, 0, 1, "", rng.random()]),
}  # fmt: skip

FIELDS: dict[str, Callable[[Rng], Any]] = {
    **dict.fromkeys(people.words("ref participant_ref intent_ref order_id correlation_id batchRef"), _uuid4),
    **dict.fromkeys(people.words("message_id event_id request_id"), _uuid7),
    **dict.fromkeys(
        people.words(
            "amount fee notional reserved amount_micros limitPrice quantity lots price_ticks seq count gas_used"
        ),
        _integer,
    ),
    **dict.fromkeys(people.words("price avg_price limit_price mark strike improvement rate"), _decimal),
    **dict.fromkeys(people.words("created_at executed_at ts valid_until trade_date"), _time),
    **dict.fromkeys(people.words("timestamp_us epoch_ms expires at"), _epoch),
    **dict.fromkeys(people.words("symbol instrument ticker"), _instrument),
    **dict.fromkeys(
        people.words("type status side time_in_force reason kind state event"), lambda rng: rng.choice(ENUMS)
    ),
    **dict.fromkeys(people.words("hash document_hash head prev_head tx_hash nonce"), _hex),
    **dict.fromkeys(people.words("wallet token_address"), _eip55_like),
    **dict.fromkeys(people.words("mac signature public_key"), _base64),
    **dict.fromkeys(people.words("kid key_id"), _key_id),
    **dict.fromkeys(people.words("version schema_version"), _version),
    "currency": lambda rng: rng.choice(CURRENCIES),
    "channel": lambda rng: rng.randint(1, 30),
    "epoch": lambda rng: rng.randint(1, 9),
    "traceparent": VALUES["trace_parent"],
    "enabled": lambda rng: rng.random() < 0.5,
    "fee_bps": lambda rng: rng.randint(0, 100),
    "final": lambda rng: None,
}


def message(rng: Rng) -> Any:
    fields = rng.sample(list(FIELDS), rng.randint(4, 14))
    made: dict[str, Any] = {field: FIELDS[field](rng) for field in fields}
    shape = rng.random()
    if shape < 0.15:
        made["fills"] = [
            {"price": _decimal(rng), "quantity": _integer(rng), "fill_id": _uuid4(rng)}
            for _ in range(rng.randint(1, 3))
        ]
    elif shape < 0.25:
        made["book"] = {
            "bids": [[_decimal(rng), _integer(rng)] for _ in range(3)],
            "asks": [[_decimal(rng), _integer(rng)] for _ in range(3)],
        }
    elif shape < 0.3:
        return [rng.randint(1, 9), _uuid4(rng), _integer(rng), _integer(rng), rng.choice(ENUMS), _hex(rng)]
    elif shape < 0.35:
        moment = _moment(rng).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        level = rng.choice(["info", "warning", "error"])
        return f"ts={moment} level={level} event={rng.choice(EVENTS)} seq={rng.randint(1, 10**6)} ref={_uuid4(rng)} duration_ms={rng.randint(1, 900)}.5"
    elif shape < 0.38:
        return f"{_time(rng)} INFO {rng.choice(EVENTS)} {rng.choice(ENUMS)} seq={rng.randint(1, 10**6)}"
    return made


def value(rng: Rng) -> tuple[str, Any]:
    label = rng.choice(list(VALUES))
    return label, VALUES[label](rng)
