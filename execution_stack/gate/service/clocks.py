"""How far each customer stack's clock is from ours. A frame is refused at 30 s; people hear of it long before."""

import time
from collections.abc import Callable
from uuid import UUID

import prometheus_client

from boundary.kernel.runtime import telemetry

SKEW_MICROS_ALARM = 5_000_000
ALARM_EVERY_NANOS = 10_000_000_000

CLOCKS_APART = telemetry.Event("gate.channel_clocks_apart", channel=UUID, seconds=int)
SKEW = prometheus_client.Gauge("channel_skew_micros", "The sender's clock minus ours, at the last frame", ["channel"])


class Clocks:
    """Only of channels whose frames verify, so that nobody makes up labels."""

    def __init__(self, nanos: Callable[[], int] = time.monotonic_ns) -> None:
        self._nanos = nanos
        self._alarmed_at: dict[UUID, int] = {}

    def note(self, channel: UUID, skew_micros: int) -> None:
        SKEW.labels(channel).set(skew_micros)
        if abs(skew_micros) < SKEW_MICROS_ALARM:
            return
        now = self._nanos()
        if now - self._alarmed_at.get(channel, -ALARM_EVERY_NANOS) >= ALARM_EVERY_NANOS:
            self._alarmed_at[channel] = now
            telemetry.emit(CLOCKS_APART, "error", channel=channel, seconds=skew_micros // 1_000_000)
