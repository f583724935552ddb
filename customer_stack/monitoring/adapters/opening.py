"""What monitoring is wired with, until `fx` and `kyc` bring what they know."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from customer_stack.monitoring import ports
from customer_stack.monitoring.adapters import files, people, rates
from customer_stack.monitoring.model import reports


class Wiring(NamedTuple):
    """Whom monitoring asks."""

    rates: ports.Rates
    people: ports.People


def wiring() -> Wiring:
    return Wiring(rates.OwnCurrency(), people.Unknown())


def reporting(path: Path | None) -> Callable[[], reports.Reporter | None]:
    """Reads the file each time that something is reported, so that a wrong one stops nothing else."""
    return lambda: files.reporter(path) if path is not None else None
