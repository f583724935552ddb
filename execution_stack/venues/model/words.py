"""Closed lists of words. One that is not here is never taken for one that is."""

import enum


class Side(enum.StrEnum):
    """Of the one book there is, that of YES: an ask of YES at p is a bid for NO at one dollar less p."""

    BID = "bid"
    ASK = "ask"


class TimeInForce(enum.StrEnum):
    FILL_OR_KILL = "fill_or_kill"
    GOOD_TILL_CANCELED = "good_till_canceled"
    IMMEDIATE_OR_CANCEL = "immediate_or_cancel"


class SelfTrade(enum.StrEnum):
    """Which of two own orders gives way when they meet."""

    TAKER_AT_CROSS = "taker_at_cross"
    MAKER = "maker"


class OrderStatus(enum.StrEnum):
    RESTING = "resting"
    CANCELED = "canceled"
    EXECUTED = "executed"


class MarketStatus(enum.StrEnum):
    INITIALIZED = "initialized"
    INACTIVE = "inactive"
    ACTIVE = "active"
    CLOSED = "closed"
    DETERMINED = "determined"
    DISPUTED = "disputed"
    AMENDED = "amended"
    FINALIZED = "finalized"


class Result(enum.StrEnum):
    """What a market came to. VOID gives everyone their cost back, SCALAR pays a stated value per YES contract."""

    YES = "yes"
    NO = "no"
    SCALAR = "scalar"
    VOID = "void"


class LifecycleEvent(enum.StrEnum):
    CREATED = "created"
    ACTIVATED = "activated"
    DEACTIVATED = "deactivated"
    CLOSE_DATE_UPDATED = "close_date_updated"
    DETERMINED = "determined"
    SETTLED = "settled"
    PRICE_LEVEL_STRUCTURE_UPDATED = "price_level_structure_updated"
    METADATA_UPDATED = "metadata_updated"


class FeeType(enum.StrEnum):
    QUADRATIC = "quadratic"
    QUADRATIC_WITH_MAKER_FEES = "quadratic_with_maker_fees"
    QUADRATIC_WITH_COMBO_MAKER_FEES = "quadratic_with_combo_maker_fees"
    FLAT = "flat"


class Code(enum.StrEnum):
    """Why an order, or what was asked about one, was refused. UNRECOGNISED is a refusal for a reason we do not know."""

    INVALID = "invalid"
    PRICE = "price"
    COUNT = "count"
    FUNDS = "funds"
    MARKET_UNKNOWN = "market_unknown"
    MARKET_CLOSED = "market_closed"
    MARKET_PAUSED = "market_paused"
    EXCHANGE_PAUSED = "exchange_paused"
    POST_ONLY_CROSSES = "post_only_crosses"
    SELF_TRADE = "self_trade"
    NOT_FILLABLE = "not_fillable"
    ORDER_UNKNOWN = "order_unknown"
    ORDER_OVER = "order_over"
    TOO_MANY_ORDERS = "too_many_orders"
    GROUP = "group"
    FORBIDDEN = "forbidden"
    UNRECOGNISED = "unrecognised"


class Loss(enum.StrEnum):
    """Why there is no stream."""

    LOST = "lost"
    UNREACHABLE = "unreachable"
    UNAUTHORISED = "unauthorised"
    LIMITED = "limited"
    UNREADABLE = "unreadable"
    OUT_OF_STEP = "out_of_step"
