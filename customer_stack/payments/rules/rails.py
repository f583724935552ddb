"""Which rail a payment takes. Pure: the same question at the same moment has the same answer, and it says why."""

import functools
from collections.abc import Collection, Sequence
from datetime import date, datetime

import msgspec

from boundary.kernel import canonical, primitives
from customer_stack.payments.model import rails
from customer_stack.payments.model.rails import Priority, Rail, Reason, Row
from customer_stack.payments.rules import calendars, rail_table

ANYWHERE = "*"


class _Table(msgspec.Struct, frozen=True, array_like=True, tag="payments.rail_table.v1"):
    """What the digest in an answer is over, as JSON of the lines."""

    lines: bytes


@functools.lru_cache(maxsize=8)
def digest(table: tuple[Row, ...] = rail_table.TABLE) -> str:
    """Which table a decision was made by: lines, groups of countries and prices."""
    lines = msgspec.json.encode((table, rail_table.ZONES, rail_table.PRICES), order="deterministic")
    return primitives.sha256(canonical.pack(_Table(lines))).hex()


def in_zone(zone: str, country: str, day: date) -> bool:
    """Whether a country is a zone, or belongs to a group on a day."""
    return zone == country or any(
        (zone, country) == (group, member) and since <= day for group, member, since in rail_table.ZONES
    )


def price(rail: Rail, currency: str, day: date) -> rails.Price | None:
    """What a rail costs in a currency on a day: the youngest line that has begun."""
    begun = [
        (since, cost) for each, of, cost, since in rail_table.PRICES if (each, of) == (rail, currency) and since <= day
    ]
    return max(begun, key=lambda line: line[0])[1] if begun else None


def detect_rail(
    currency: str,
    sender_country: str,
    recipient_country: str,
    *,
    at: datetime,
    amount: int | None = None,
    priority: Priority = Priority.STANDARD,
    offered: Collection[Rail] | None = None,
    table: tuple[Row, ...] = rail_table.TABLE,
) -> rails.Answer:
    """The rail, with reasons, cut-off, value date, fee and fallbacks. `amount` is in the currency's minor unit; without
    one no limit is looked at. `offered` are the rails that somebody here can send on.
    """
    day = at.date()
    why = _relation(currency, sender_country, recipient_country, day, table)
    fit: list[Row] = []
    passed: list[rails.Passed] = []
    for row in sorted(table, key=lambda each: each.order):
        if row.currency not in {currency, ANYWHERE} or not _covers(row, sender_country, recipient_country, day):
            continue
        refusal = _refusal(row, day, amount, priority, offered)
        if refusal is None:
            fit.append(row)
        elif refusal is not Reason.PRIORITY:
            passed.append(rails.Passed(row.rail, refusal))
    if not fit:
        raise rails.NoRail("no rail carries this currency and amount between these countries", currency=currency)
    return _answer(fit, passed, why, currency, at, priority, table)


def _relation(currency: str, sender: str, recipient: str, day: date, table: Sequence[Row]) -> Reason:
    if not sender or not recipient:
        return Reason.COUNTRY_UNKNOWN
    zones = {row.zone for row in table if row.currency == currency and row.zone != ANYWHERE}
    if not zones:
        return Reason.CURRENCY_HAS_NO_LOCAL_RAIL
    if any(in_zone(zone, sender, day) and in_zone(zone, recipient, day) for zone in zones):
        return Reason.DOMESTIC if sender == recipient else Reason.SAME_ZONE
    return Reason.INTERNATIONAL


def _covers(row: Row, sender: str, recipient: str, day: date) -> bool:
    """Both ends in the zone. An unknown country is in no zone, so it goes the way that goes anywhere."""
    return row.zone == ANYWHERE or (in_zone(row.zone, sender, day) and in_zone(row.zone, recipient, day))


def _refusal(
    row: Row, day: date, amount: int | None, priority: Priority, offered: Collection[Rail] | None
) -> Reason | None:
    if not row.since <= day < (row.until or date.max):
        return Reason.NOT_IN_FORCE
    if row.priority is not Priority.STANDARD and priority is not row.priority:
        return Reason.PRIORITY
    if offered is not None and row.rail not in offered:
        return Reason.NO_PROVIDER
    if amount is not None and row.amount_max is not None and amount > row.amount_max:
        return Reason.ABOVE_LIMIT
    if amount is not None and amount < row.amount_min:
        return Reason.BELOW_LIMIT
    return None


def _answer(
    fit: list[Row],
    passed: list[rails.Passed],
    why: Reason,
    currency: str,
    at: datetime,
    priority: Priority,
    table: tuple[Row, ...],
) -> rails.Answer:
    chosen = fit[0]
    reasons = [why]
    if chosen.priority is not Priority.STANDARD and chosen.priority is priority:
        reasons.append(Reason.PRIORITY)
    cut_off, value_date = None, at.date()
    if chosen.calendar:
        when = calendars.dated(chosen.calendar, at, chosen.cut_off, chosen.days)
        cut_off, value_date = when.cut_off.astimezone(at.tzinfo), when.value_date
        reasons += [Reason.AFTER_CUT_OFF] * when.after_cut_off + [Reason.HOLIDAY] * when.holiday
        reasons += [Reason.CALENDAR_UNKNOWN] * (not when.known)
    return rails.Answer(
        rail=chosen.rail,
        reasons=tuple(reasons),
        passed=tuple(dict.fromkeys(passed)),
        fallbacks=tuple(dict.fromkeys(row.rail for row in fit[1:] if row.rail is not chosen.rail)),
        cut_off=cut_off,
        value_date=value_date,
        fee=price(chosen.rail, currency, at.date()),
        needs=chosen.needs,
        table=digest(table),
    )


def row_of(rail: Rail, currency: str, day: date, table: Sequence[Row] = rail_table.TABLE) -> Row | None:
    """What the table asks of a beneficiary who is paid on this rail in this currency."""
    fit = [
        row
        for row in sorted(table, key=lambda each: each.currency != currency)
        if row.rail is rail and row.currency in {currency, ANYWHERE} and row.since <= day < (row.until or date.max)
    ]
    return fit[0] if fit else None
