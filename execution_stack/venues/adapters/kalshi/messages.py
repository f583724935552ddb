"""The exchange's JSON as structs: further fields are let through, a missing or differently typed one is not.

Amounts stay text here and words stay words; `parse` turns both into what they stand for, or refuses.
"""

from decimal import Decimal
from uuid import UUID

import msgspec


class Wire(msgspec.Struct, frozen=True):
    """Further fields are ignored: the exchange adds some without notice."""


class CreateOrder(msgspec.Struct, frozen=True, omit_defaults=True):
    ticker: str
    client_order_id: str
    side: str
    count: str
    price: str
    time_in_force: str
    self_trade_prevention_type: str
    post_only: bool = False
    reduce_only: bool = False
    cancel_order_on_pause: bool = False
    expiration_time: int | None = None
    order_group_id: str | None = None


class CreateOrders(msgspec.Struct, frozen=True):
    orders: tuple[CreateOrder, ...]


class CancelOne(msgspec.Struct, frozen=True):
    order_id: str
    market_ticker: str


class CancelOrders(msgspec.Struct, frozen=True):
    orders: tuple[CancelOne, ...]


class DecreaseOrder(msgspec.Struct, frozen=True):
    reduce_to: str
    market_ticker: str


class AmendOrder(msgspec.Struct, frozen=True):
    ticker: str
    side: str
    price: str
    count: str
    client_order_id: str
    updated_client_order_id: str


class ItemError(Wire, frozen=True):
    code: str = ""
    message: str = ""
    details: str = ""


class Placed(Wire, frozen=True):
    order_id: UUID
    fill_count: str
    remaining_count: str
    ts_ms: int
    client_order_id: str | None = None


class PlacedItem(Wire, frozen=True):
    order_id: UUID | None = None
    client_order_id: str | None = None
    fill_count: str | None = None
    remaining_count: str | None = None
    ts_ms: int | None = None
    error: ItemError | None = None


class PlacedItems(Wire, frozen=True):
    orders: tuple[PlacedItem, ...]


class Cancelled(Wire, frozen=True):
    order_id: UUID
    reduced_by: str
    ts_ms: int
    client_order_id: str | None = None


class CancelledItem(Wire, frozen=True):
    order_id: UUID
    reduced_by: str | None = None
    ts_ms: int | None = None
    client_order_id: str | None = None
    error: ItemError | None = None


class CancelledItems(Wire, frozen=True):
    orders: tuple[CancelledItem, ...]


class Decreased(Wire, frozen=True):
    order_id: UUID
    remaining_count: str
    ts_ms: int
    client_order_id: str | None = None


class Amended(Wire, frozen=True):
    order_id: UUID
    ts_ms: int
    remaining_count: str | None = None
    fill_count: str | None = None
    client_order_id: str | None = None


class Order(Wire, frozen=True):
    order_id: UUID
    client_order_id: str
    ticker: str
    outcome_side: str
    book_side: str
    status: str
    yes_price_dollars: str
    fill_count_fp: str
    remaining_count_fp: str
    initial_count_fp: str
    taker_fees_dollars: str
    maker_fees_dollars: str
    taker_fill_cost_dollars: str
    maker_fill_cost_dollars: str
    created_time: str | None = None
    last_update_time: str | None = None
    expiration_time: str | None = None
    order_group_id: str | None = None


class OneOrder(Wire, frozen=True):
    order: Order


class Orders(Wire, frozen=True):
    orders: tuple[Order, ...]
    cursor: str


class Fill(Wire, frozen=True):
    fill_id: UUID
    order_id: UUID
    ticker: str
    outcome_side: str
    book_side: str
    count_fp: str
    yes_price_dollars: str
    no_price_dollars: str
    is_taker: bool
    fee_cost: str
    created_time: str
    client_order_id: str | None = None


class Fills(Wire, frozen=True):
    fills: tuple[Fill, ...]
    cursor: str


class Position(Wire, frozen=True):
    ticker: str
    position_fp: str
    total_traded_dollars: str
    market_exposure_dollars: str
    realized_pnl_dollars: str
    fees_paid_dollars: str
    last_updated_ts: str | None = None


class Positions(Wire, frozen=True):
    market_positions: tuple[Position, ...]
    cursor: str = ""


class Balance(Wire, frozen=True):
    balance: int
    portfolio_value: int
    updated_ts: int
    balance_dollars: str | None = None


class Settlement(Wire, frozen=True):
    ticker: str
    event_ticker: str
    market_result: str
    yes_count_fp: str
    yes_total_cost_dollars: str
    no_count_fp: str
    no_total_cost_dollars: str
    revenue: int
    fee_cost: str
    settled_time: str
    value: int | None = None


class Settlements(Wire, frozen=True):
    settlements: tuple[Settlement, ...]
    cursor: str = ""


class Source(Wire, frozen=True):
    name: str = ""
    url: str = ""


class Series(Wire, frozen=True):
    ticker: str
    title: str
    category: str
    frequency: str
    contract_url: str
    contract_terms_url: str
    fee_type: str
    fee_multiplier: Decimal
    settlement_sources: tuple[Source, ...] | None = None
    additional_prohibitions: tuple[str, ...] | None = None


class AllSeries(Wire, frozen=True):
    series: tuple[msgspec.Raw, ...]


class Event(Wire, frozen=True):
    event_ticker: str
    series_ticker: str
    title: str
    sub_title: str
    mutually_exclusive: bool
    collateral_return_type: str


class Events(Wire, frozen=True):
    events: tuple[msgspec.Raw, ...]
    cursor: str


class PriceRange(Wire, frozen=True):
    start: str
    end: str
    step: str


class Market(Wire, frozen=True):
    ticker: str
    event_ticker: str
    status: str
    yes_sub_title: str
    no_sub_title: str
    rules_primary: str
    rules_secondary: str
    open_time: str
    close_time: str
    latest_expiration_time: str
    can_close_early: bool
    notional_value_dollars: str
    yes_bid_dollars: str
    yes_ask_dollars: str
    last_price_dollars: str
    volume_fp: str
    open_interest_fp: str
    result: str
    price_ranges: tuple[PriceRange, ...]
    title: str = ""
    settlement_value_dollars: str | None = None
    settlement_ts: str | None = None


class OneMarket(Wire, frozen=True):
    market: Market


class Markets(Wire, frozen=True):
    markets: tuple[msgspec.Raw, ...]
    cursor: str


class Levels(Wire, frozen=True):
    yes_dollars: tuple[tuple[str, str], ...]
    no_dollars: tuple[tuple[str, str], ...]


class OneBook(Wire, frozen=True):
    orderbook_fp: Levels


class Status(Wire, frozen=True):
    exchange_active: bool
    trading_active: bool
    exchange_estimated_resume_time: str | None = None


class AsOf(Wire, frozen=True):
    as_of_time: str


class Bucket(Wire, frozen=True):
    refill_rate: int
    bucket_capacity: int


class Limits(Wire, frozen=True):
    usage_tier: str
    read: Bucket
    write: Bucket


class Cost(Wire, frozen=True):
    method: str
    path: str
    cost: int


class Costs(Wire, frozen=True):
    default_cost: int
    endpoint_costs: tuple[Cost, ...]
