"""One valid configuration as plain values, for tests to break, and the way to have it read."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from customer_stack.branding import model, service
from customer_stack.branding.adapters import files

Read = Callable[[Any], tuple[model.Problem, ...]]


@pytest.fixture(scope="session")
def packs() -> tuple[model.Pack, ...]:
    return files.jurisdictions()


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture
def raw() -> Any:
    return json.loads(service.example("LK"))


@pytest.fixture
def problems(packs: tuple[model.Pack, ...], now: datetime) -> Read:
    """What is wrong with plain values when they are read as config.json."""

    def read(value: Any) -> tuple[model.Problem, ...]:
        try:
            service.read_config("config.json", json.dumps(value).encode(), packs, now)
        except model.BadConfig as refusal:
            return refusal.problems
        return ()

    return read
