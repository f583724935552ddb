"""Both stacks as processes with a bad network between them, and the question whether every promise was kept."""

import asyncio
import contextlib
import time
import uuid
from collections.abc import Iterator
from typing import Any, NamedTuple

from deploy.local import stacks
from tests.faults import checker, load, platform, proxy


class House(NamedTuple):
    platform: platform.Platform
    proxy: proxy.Proxy
    instrument: str

    def facts(self) -> checker.Facts:
        """What two auditors read now, whether or not anything is under way."""
        dsns = (self.platform.url(stack, "auditor") for stack in stacks.STACKS)
        return asyncio.run(checker.check(*dsns, uuid.UUID(self.platform.place.channel)))

    def rest(self, seconds: float = 60, *, audit: bool = True) -> checker.Facts:
        """Wait until nothing is under way; then every promise holds, or the failure names those which are broken."""
        self.proxy.network.rate = 0.0
        deadline = time.monotonic() + seconds
        while (facts := self.facts()).faults and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not facts.faults, facts.faults
        for stack in stacks.STACKS if audit else ():
            verified = self.platform.must(stack, "auditor", "audit", "verify", "--json").json()
            assert (verified["fault"], verified["seq"]) == ("", 0), verified
        return facts

    def links(self) -> list[Any]:
        """What the operators' command says of the channel on either side."""
        shown = [self.platform.must(stack, "auditor", "channel", "status", "--json") for stack in stacks.STACKS]
        return [each.json()[0]["link"] for each in shown]

    def drill(self, count: int, batch: int = 20) -> Any:
        """So many intents, and the report of the command once their outcomes are home."""
        counts = ("--count", str(count), "--batch", str(batch))
        return self.platform.must(
            "customer", "worker", *load.DRILL, "--instrument", self.instrument, *counts, seconds=180
        ).json()


@contextlib.contextmanager
def running(seed: int, *, durable: bool = False) -> Iterator[House]:
    """Ready to drill, over a network that is good until somebody says otherwise."""
    with platform.running(durable=durable) as made, proxy.running(made.channel_url, seed) as between:
        made.channel_url = between.url
        yield House(made, between, ready(made))


def ready(made: platform.Platform) -> str:
    """Starts the processes; an instrument that both sides know, with references in stock."""
    made.start_services()
    for category in ("retail", "professional", "institution"):  # a drill is no person: it places as much as it can
        figures = [f"--{each}" for each in ("open-orders", "orders-per-minute", "daily-volume", "open-notional")]
        more = [*figures, "--position-value", "--order-value"]
        none = [word for each in more for word in (each, "none")]
        made.must("execution", "operator", "risk", "limits", "default", category, *none)
    instrument = made.list_instrument("DEMO-1")
    line = [*load.DRILL, "--instrument", instrument, "--count", "1"]
    platform.wait_for(lambda: made.run("customer", "worker", *line).status == 0)
    return instrument
