"""The adapters that this suite is run against; a new one adds itself to ADAPTERS."""

from collections.abc import AsyncIterator

import pytest

from tests.execution.venues import kalshi
from tests.execution.venues.conformance.stage import Stage

ADAPTERS = ("kalshi",)


@pytest.fixture(params=ADAPTERS)
async def stage(request: pytest.FixtureRequest, clean: kalshi.Exchange, market: str) -> AsyncIterator[Stage]:
    assert request.param == "kalshi"
    async with clean.speaking() as venue:
        yield Stage(venue, clean, market)
