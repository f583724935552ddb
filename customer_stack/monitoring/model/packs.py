"""A jurisdiction's monitoring rules as data: expressions, rules, lists, calendar, deadlines, reports.

An expression is a small tree of tagged objects, decoded strictly and bounded in depth and size. Conditions are built of
comparisons; numbers are amounts (in the smallest unit of the jurisdiction's currency), counts or days.

    {"op": "all", "of": [
        {"op": "compare", "is": "ge", "left": {"op": "fact", "name": "amount"}, "right": {"op": "money", "amount": "1000000.00"}},
        {"op": "compare", "is": "ge", "left": {"op": "window", "measure": "count", "direction": "in", "hours": 24},
            "right": {"op": "number", "value": 3}}]}
"""

import enum
from datetime import date
from typing import Annotated, TypeAlias, Union

import msgspec
from msgspec import Meta

from customer_stack.monitoring import model

DEPTH_MAX = 8
NODES_MAX = 64
RULES_MAX = 64
HOURS_MAX = 24 * 366

Code = Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{2,39}$")]
Country = Annotated[str, Meta(pattern="^[A-Z]{2}$")]
Decimal = Annotated[str, Meta(pattern=r"^(0|[1-9][0-9]*)(\.[0-9]+)?$", max_length=20)]
Text = Annotated[str, Meta(min_length=1, max_length=500)]
Hours = Annotated[int, Meta(ge=1, le=HOURS_MAX)]
Days = Annotated[int, Meta(ge=1, le=3660)]


class Closed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The base of whatever stands in a rule file: nothing that is not named here may."""


class Node(Closed, frozen=True, kw_only=True, tag_field="op"):
    """The base of every expression."""


class FactName(enum.StrEnum):
    """Facts of the operation itself and of its account."""

    AMOUNT = "amount"
    DORMANT_DAYS = "dormant_days"
    """Whole days since money last moved in any of the account's cash accounts; none if it never did."""
    KNOWN_DAYS = "known_days"
    """Whole days since money first moved there."""


class Measure(enum.StrEnum):
    SUM = "sum"
    COUNT = "count"
    AVERAGE = "average"
    LARGEST = "largest"


class Number(Node, frozen=True, kw_only=True, tag="number"):
    value: Annotated[int, Meta(ge=0, le=10**12)]


class Money(Node, frozen=True, kw_only=True, tag="money"):
    """In the jurisdiction's currency."""

    amount: Decimal


class Fact(Node, frozen=True, kw_only=True, tag="fact"):
    name: FactName


class Window(Node, frozen=True, kw_only=True, tag="window"):
    """What moved in the cash accounts of the account in the last `hours`, this operation included.

    `direction` chooses one side. `external` leaves out what moved inside the house. `skip_hours` leaves out the newest
    part and with it this operation, for comparing somebody with their own past. `below` and `at_least` choose movements
    by their own size, `round_to` those that are a multiple of so many whole units of their asset; `linked` adds the
    accounts that are known to act together with this one.
    """

    measure: Measure
    hours: Hours
    direction: model.Direction | None = None
    external: bool = False
    skip_hours: Annotated[int, Meta(ge=0, le=HOURS_MAX)] = 0
    below: Decimal | None = None
    at_least: Decimal | None = None
    round_to: Annotated[int, Meta(ge=1, le=10**9)] | None = None
    linked: bool = False


class Percent(Node, frozen=True, kw_only=True, tag="percent"):
    """So many hundredths of a number, rounded down."""

    percent: Annotated[int, Meta(ge=1, le=10_000)]
    of: "Numeric"


class Compare(Node, frozen=True, kw_only=True, tag="compare"):
    is_: "Comparison" = msgspec.field(name="is")
    left: "Numeric"
    right: "Numeric"


class Comparison(enum.StrEnum):
    GE = "ge"
    GT = "gt"
    LE = "le"
    LT = "lt"


class RoundAmount(Node, frozen=True, kw_only=True, tag="round"):
    """The amount is a multiple of so many whole units of its own asset."""

    to: Annotated[int, Meta(ge=1, le=10**9)]


class Listed(Node, frozen=True, kw_only=True, tag="listed"):
    """The other side's country stands in a list of this pack."""

    list: Code


class All(Node, frozen=True, kw_only=True, tag="all"):
    of: Annotated[tuple["Condition", ...], Meta(min_length=1, max_length=16)]


class Some(Node, frozen=True, kw_only=True, tag="any"):
    of: Annotated[tuple["Condition", ...], Meta(min_length=1, max_length=16)]


class Not(Node, frozen=True, kw_only=True, tag="not"):
    of: "Condition"


Numeric: TypeAlias = Union[Number, Money, Fact, Window, Percent]  # noqa: UP007 -- a name that stands inside itself
Condition: TypeAlias = Union[Compare, RoundAmount, Listed, All, Some, Not]  # noqa: UP007 -- likewise


class Rule(Closed, frozen=True, kw_only=True):
    """When it holds for an operation of one of these kinds and directions, an alert is raised.

    Once for each operation, or with `once_per_hours` once for an account in that time.
    """

    code: Code
    title: Text
    mode: model.Mode = model.Mode.LIVE
    kinds: Annotated[tuple[model.Kind, ...], Meta(min_length=1)]
    direction: model.Direction | None = None
    when: Condition
    severity: model.Severity
    answer: model.Answer = model.Answer.NOTE
    once_per_hours: Annotated[int, Meta(ge=1, le=HOURS_MAX)] | None = None
    score: Annotated[int, Meta(ge=0, le=100)]
    half_life_days: Days
    source: Text


class CountryList(Closed, frozen=True, kw_only=True):
    countries: Annotated[tuple[Country, ...], Meta(min_length=1, max_length=250)]
    as_of: date
    source: Text


class Calendar(Closed, frozen=True, kw_only=True):
    """Weekdays that are no working days (ISO: Monday is 1), and holidays by day or by day of the year (`--MM-DD`)."""

    weekend: Annotated[tuple[Annotated[int, Meta(ge=1, le=7)], ...], Meta(max_length=6)]
    holidays: Annotated[tuple[Annotated[str, Meta(pattern=r"^(\d{4}|-)-\d{2}-\d{2}$")], ...], Meta(max_length=400)]
    source: Text


class Unit(enum.StrEnum):
    HOURS = "hours"
    DAYS = "days"
    WORKING_DAYS = "working_days"


class Deadline(Closed, frozen=True, kw_only=True):
    count: Annotated[int, Meta(ge=1, le=1000)]
    unit: Unit


class Deadlines(Closed, frozen=True, kw_only=True):
    """From the opening of a case to a decision about it; from suspicion, and from a transaction, to the report."""

    case: Deadline
    suspicious_report: Deadline
    threshold_report: Deadline


class Threshold(enum.StrEnum):
    ABOVE = "above"
    AT_LEAST = "at_least"


class ThresholdReport(Closed, frozen=True, kw_only=True):
    """Which transactions across the border of the house are reported one by one, and under which code of the authority."""

    amount: Decimal
    reported: Threshold
    code: Annotated[str, Meta(pattern="^[A-Z]{2,10}$")]


class RiskLevels(Closed, frozen=True, kw_only=True):
    """From how many points on a customer's risk is medium, and high."""

    medium: Annotated[int, Meta(ge=1, le=10_000)]
    high: Annotated[int, Meta(ge=1, le=10_000)]


class Pack(Closed, frozen=True, kw_only=True):
    """The whole of a jurisdiction's monitoring from one day of its own calendar on."""

    jurisdiction: Annotated[str, Meta(pattern="^[A-Z]{2}(-[A-Z]{2,8})?$")]
    effective_from: date
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]
    time_zone: Text
    calendar: Calendar
    deadlines: Deadlines
    threshold_report: ThresholdReport | None
    """None where the law knows no report by amount alone."""
    risk: RiskLevels
    lists: dict[Code, CountryList]
    rules: Annotated[tuple[Rule, ...], Meta(min_length=1, max_length=RULES_MAX)]
    sources: dict[str, Text]


class Version(msgspec.Struct, frozen=True):
    """Rules as they are kept: their number, the hash of their text, since when they hold, and what they say."""

    number: int
    hash: bytes
    pack: Pack
