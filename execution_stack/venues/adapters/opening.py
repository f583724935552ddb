"""Which venue is spoken to, and with which keys, from the settings."""

import ssl
from pathlib import Path

from boundary.kernel import clock, ids
from execution_stack.venues import ports
from execution_stack.venues.adapters.kalshi import client, signing


def kalshi(url: str, keys: Path, time: clock.Clock, random: ids.Ids, *, cas: Path | None = None) -> ports.Venue:
    """The Kalshi-compatible exchange at this address. `cas` are the only authorities believed, where they are given."""
    context = ssl.create_default_context(cafile=cas) if cas is not None else None
    return client.Client(url, signing.Directory(keys), time, random, context=context)
