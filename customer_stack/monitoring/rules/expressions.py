"""What an expression says of facts: true, false, or unknown where a fact is. Pure, bounded, no evaluation of text.

Unknown behaves as in Kleene's logic: `all` with one false is false whatever else is unknown, `any` with one true is
true. A rule that comes out unknown asks for review.
"""

import functools
from collections.abc import Iterator, Mapping

import msgspec

from boundary.kernel import money
from customer_stack.monitoring import model
from customer_stack.monitoring.model import packs


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one operation. Amounts are in the smallest unit of the jurisdiction's currency."""

    amount: int | None
    whole: int
    """How many smallest units make one whole of the operation's own asset."""
    own_amount: int
    """The amount in that asset."""
    country: str
    dormant_days: int
    known_days: int
    windows: Mapping[packs.Window, int | None]


@functools.lru_cache(maxsize=1024)
def minor(amount: str, currency: str) -> int:
    """An amount as it stands in a pack, in smallest units. The same few are asked for again and again."""
    return money.parse(amount, money.currency(currency)).to_minor()


def local(amount: int, rate: model.Rate) -> int:
    """Worth in the jurisdiction's currency, rounded up: nobody stays below a threshold by a fraction."""
    return -(-amount * rate.numerator // rate.denominator)


def largest_below(limit: int, rate: model.Rate) -> int:
    """The largest amount of an asset that is worth less than a limit."""
    return (limit - 1) * rate.denominator // rate.numerator


def nodes(node: packs.Node, depth: int = 1) -> Iterator[tuple[packs.Node, int]]:
    """Every part of an expression with its depth."""
    yield node, depth
    for child in _children(node):
        yield from nodes(child, depth + 1)


def _children(node: packs.Node) -> tuple[packs.Node, ...]:
    match node:
        case packs.All(of=several) | packs.Some(of=several):
            return several
        case packs.Not(of=one) | packs.Percent(of=one):
            return (one,)
        case packs.Compare(left=left, right=right):
            return (left, right)
    return ()


def windows(node: packs.Node) -> Iterator[packs.Window]:
    """Those that an expression looks through, as they stand in it."""
    if isinstance(node, packs.Window):
        yield node
    for child in _children(node):
        yield from windows(child)


def holds(condition: packs.Condition, facts: Facts, pack: packs.Pack) -> bool | None:
    """Whether it is so, or nothing when that cannot be known."""
    match condition:
        case packs.All(of=several):
            return _all([holds(each, facts, pack) for each in several])
        case packs.Some(of=several):
            return _negated(_all([_negated(holds(each, facts, pack)) for each in several]))
        case packs.Not(of=one):
            return _negated(holds(one, facts, pack))
        case packs.RoundAmount(to=units):
            return facts.own_amount > 0 and facts.own_amount % (units * facts.whole) == 0
        case packs.Listed(list=name):
            return facts.country in pack.lists[name].countries
        case packs.Compare():
            return _compared(condition, facts, pack)


def _compared(compare: packs.Compare, facts: Facts, pack: packs.Pack) -> bool | None:
    left, right = value(compare.left, facts, pack), value(compare.right, facts, pack)
    if left is None or right is None:
        return None
    match compare.is_:
        case packs.Comparison.GE:
            return left >= right
        case packs.Comparison.GT:
            return left > right
        case packs.Comparison.LE:
            return left <= right
        case packs.Comparison.LT:
            return left < right


def value(node: packs.Numeric, facts: Facts, pack: packs.Pack) -> int | None:
    match node:
        case packs.Number(value=number):
            return number
        case packs.Money(amount=amount):
            return minor(amount, pack.currency)
        case packs.Percent(percent=percent, of=of):
            whole = value(of, facts, pack)
            return None if whole is None else whole * percent // 100
        case packs.Window():
            return facts.windows[node]
        case packs.Fact(name=packs.FactName.AMOUNT):
            return facts.amount
        case packs.Fact(name=packs.FactName.DORMANT_DAYS):
            return facts.dormant_days
        case packs.Fact():
            return facts.known_days


def _all(values: list[bool | None]) -> bool | None:
    if False in values:
        return False
    return None if None in values else True


def _negated(value_: bool | None) -> bool | None:
    return None if value_ is None else not value_
