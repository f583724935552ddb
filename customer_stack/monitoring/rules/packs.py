"""Which rules hold at a moment, which of them look at an operation, and what makes a pack fit to use."""

import zoneinfo
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, time

from boundary.kernel import errors, primitives
from customer_stack.monitoring import model
from customer_stack.monitoring.model import packs
from customer_stack.monitoring.rules import expressions


def begins(pack: packs.Pack) -> datetime:
    """The local midnight at which it begins."""
    return datetime.combine(pack.effective_from, time.min, zoneinfo.ZoneInfo(pack.time_zone)).astimezone(UTC)


def concerned(pack: packs.Pack, operation: model.Operation) -> list[packs.Rule]:
    """The rules that look at such an operation."""
    return [
        rule for rule in pack.rules if operation.kind in rule.kinds and rule.direction in {None, operation.direction}
    ]


def windows(rules: Iterable[packs.Rule]) -> list[packs.Window]:
    """Every window that these rules look through, each once, in the order of the rules."""
    return list(dict.fromkeys(window for rule in rules for window in expressions.windows(rule.when)))


def rule_of(pack: packs.Pack, code: str) -> packs.Rule:
    for rule in pack.rules:
        if rule.code == code:
            return rule
    raise model.RulesUnknown("these rules have none of that name")


def alert_key(rule: packs.Rule, account: bytes, operation: bytes, at: datetime) -> bytes:
    """What makes an alert the same: the operation, or with `once_per_hours` the account and the stretch of time."""
    if rule.once_per_hours is None:
        place = b"operation\0" + operation
    else:
        stretch = int(at.timestamp()) // (rule.once_per_hours * 3600)
        place = b"account\0" + account + stretch.to_bytes(8, "big")
    return primitives.sha256(b"monitoring.alert/1\0" + rule.code.encode() + b"\0" + place)


def problems(pack: packs.Pack) -> Iterator[tuple[str, str]]:
    """What is wrong with a pack that decodes: JSON pointers, each with why."""
    try:
        zoneinfo.ZoneInfo(pack.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        yield "/time_zone", "is not a time zone that this machine knows"
    if pack.risk.medium >= pack.risk.high:
        yield "/risk", "medium begins below high"
    if pack.threshold_report is not None:
        yield from _amount("/threshold_report/amount", pack.threshold_report.amount, pack.currency)
    codes = [rule.code for rule in pack.rules]
    for position, rule in enumerate(pack.rules):
        if codes.index(rule.code) != position:
            yield f"/rules/{position}/code", "stands there twice"
        for pointer, detail in _of_rule(rule, pack.currency, pack.lists):
            yield f"/rules/{position}{pointer}", detail
    for name in ("calendar", "deadlines", "threshold_report", "risk"):
        if name not in pack.sources:
            yield f"/sources/{name}", "is missing: every figure says where it comes from"


def _of_rule(rule: packs.Rule, currency: str, lists: Mapping[str, packs.CountryList]) -> Iterator[tuple[str, str]]:
    found = list(expressions.nodes(rule.when))
    if len(found) > packs.NODES_MAX or max(depth for _, depth in found) > packs.DEPTH_MAX:
        yield "/when", f"is larger than {packs.NODES_MAX} parts or deeper than {packs.DEPTH_MAX}"
        return
    for node, _ in found:
        match node:
            case packs.Listed(list=name) if name not in lists:
                yield "/when", f"names the list {name}, which is not there"
            case packs.Money(amount=amount):
                yield from _amount("/when", amount, currency)
            case packs.Compare(left=left, right=right) if _unit(left) is not _unit(right):
                yield "/when", "compares money with a number"
            case packs.Window():
                yield from _of_window(node, currency)


def _of_window(window: packs.Window, currency: str) -> Iterator[tuple[str, str]]:
    if window.skip_hours >= window.hours:
        yield "/when", "a window that skips all of itself is empty"
    for amount in (window.below, window.at_least):
        if amount is not None:
            yield from _amount("/when", amount, currency)


def _unit(node: packs.Numeric) -> bool:
    """Whether it is money."""
    match node:
        case packs.Money() | packs.Fact(name=packs.FactName.AMOUNT):
            return True
        case packs.Window(measure=measure):
            return measure is not packs.Measure.COUNT
        case packs.Percent(of=of):
            return _unit(of)
    return False


def _amount(pointer: str, amount: str, currency: str) -> Iterator[tuple[str, str]]:
    try:
        if expressions.minor(amount, currency) <= 0:
            yield pointer, "is not above zero"
    except errors.Invalid as refusal:
        yield pointer, f"is not an amount of {currency}: {refusal.detail}"
