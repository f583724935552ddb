"""Every test of a book runs over each book that was built here."""

from collections.abc import Callable
from typing import Any

import pytest

from execution_stack.clob.native import choosing
from tests.execution.clob import trading

ENGINES = [choosing.PYTHON, *([choosing.NATIVE] if choosing.built() else [])]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def market(engine: str) -> trading.Market:
    return trading.Market(choosing.make(engine))


@pytest.fixture
def markets(engine: str) -> Callable[..., Any]:
    return lambda **options: trading.Market(choosing.make(engine, **options))
