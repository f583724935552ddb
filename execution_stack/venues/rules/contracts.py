"""The public document of a market: what its contract says, in one canonical form, so that it has one hash.

What changes with the day (status, prices, times that the register holds) is no part of it. Whoever holds the document
knows under which code the market trades, on which tick table, by which rules and by whose word it is resolved.
"""

import re

from boundary.kernel import canonical
from execution_stack.venues import model
from execution_stack.venues.model import dealing

FORMAT = "bulkhead-market/1"
CAP_CONTRACTS = 25_000
"""What one customer stack may hold of a market at most, where the venue names no limit of its own."""
_CODE = re.compile(r"[A-Z0-9.-]{1,32}")


def is_code(ticker: str) -> bool:
    """Whether a venue's symbol can stand in the register: others cannot be traded here, and are counted as left out."""
    return _CODE.fullmatch(ticker) is not None


def document(venue: dealing.Name, series: model.Series, event: model.Event, market: model.Market) -> bytes:
    """RFC 8785 JSON. Amounts are micro-USD per contract, written as text."""
    grid = market.grid
    return canonical.json_bytes(
        {
            "format": FORMAT,
            "venue": venue.value,
            "code": market.ticker,
            "title": market.title,
            "yes": market.yes_means,
            "no": market.no_means,
            "rules": market.rules,
            "more_rules": market.rules_more,
            "can_close_early": market.can_close_early,
            "event": {
                "code": event.ticker,
                "title": event.title,
                "subtitle": event.subtitle,
                "mutually_exclusive": event.mutually_exclusive,
            },
            "series": {
                "code": series.ticker,
                "title": series.title,
                "category": series.category,
                "frequency": series.frequency,
                "sources": [{"name": each.name, "url": each.url} for each in series.sources],
                "contract_url": series.contract_url,
                "terms_url": series.terms_url,
                "prohibitions": list(series.prohibitions),
            },
            "payout": str(grid.payout),
            "tick": str(grid.tick),
            "lot_hundredths": str(grid.lot),
            "tick_table": [
                {"from": str(each.start), "to": str(each.end), "step": str(each.step)} for each in grid.ranges
            ],
            "cap_contracts": str(CAP_CONTRACTS),
        }
    )


def bands(grid: model.Grid) -> tuple[tuple[int, int], ...]:
    """From which tick on only every so manieth is a price; nothing where every tick is one."""
    found: list[tuple[int, int]] = []
    step = 1
    for each in grid.ranges:
        if each.step // grid.tick != step:
            step = each.step // grid.tick
            found.append((max(each.start // grid.tick, 1), step))
    return tuple(found)


def cap_lots(grid: model.Grid) -> int:
    return CAP_CONTRACTS * model.CONTRACT // grid.lot
