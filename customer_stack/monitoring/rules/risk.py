"""A customer's risk: points for reasons, each of which halves in its own time. Integers throughout.

Between two halvings the points fall in a straight line: exact to the unit, and the same on every machine.
"""

from collections.abc import Iterable
from datetime import datetime

from customer_stack.monitoring import model
from customer_stack.monitoring.model import packs

SCALE = 1000
"""Points are counted in thousandths while they fade."""
_HALVINGS_MAX = 20


def faded(reason: model.Reason, now: datetime) -> int:
    """What is left of a reason's points, in thousandths."""
    seconds = max(0, int((now - reason.at).total_seconds()))
    halvings, rest = divmod(seconds, reason.half_life_days * 86_400)
    if halvings > _HALVINGS_MAX:
        return 0
    whole = reason.points * SCALE >> halvings
    return whole - whole * rest // (2 * reason.half_life_days * 86_400)


def score(reasons: Iterable[model.Reason], now: datetime) -> int:
    return sum(faded(each, now) for each in reasons) // SCALE


def level(points: int, levels: packs.RiskLevels) -> model.RiskLevel:
    if points >= levels.high:
        return model.RiskLevel.HIGH
    return model.RiskLevel.MEDIUM if points >= levels.medium else model.RiskLevel.LOW
