"""What monitoring is wired with, until `fx` and `kyc` bring what they know."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from boundary.kernel import clock, ids
from customer_stack.monitoring import jobs, ports
from customer_stack.monitoring.adapters import files, people, rates
from customer_stack.monitoring.model import reports
from customer_stack.monitoring.service import sweeping
from customer_stack.vault import service as vault_service


class Wiring(NamedTuple):
    """Whom monitoring asks."""

    rates: ports.Rates
    people: ports.People


def wiring() -> Wiring:
    return Wiring(rates.OwnCurrency(), people.Unknown())


def handlers(
    jurisdiction: str,
    wired: Wiring,
    vault: vault_service.Vault,
    reporter: Path | None,
    seed: bytes,
    time: clock.Clock,
    random: ids.Ids,
) -> jobs.Handlers:
    watch = sweeping.Watch(vault, wired.rates, wired.people, random)
    return jobs.Handlers(watch, files.shipped(jurisdiction), _reading(reporter), seed, time)


def _reading(path: Path | None) -> Callable[[], reports.Reporter | None]:
    return lambda: files.reporter(path) if path is not None else None
