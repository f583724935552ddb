"""How far each customer stack's clock is from ours. A frame is refused at 30 s; people hear of it long before."""

import time
from collections.abc import Callable
from uuid import UUID

import prometheus_client

from boundary.kernel.runtime import telemetry

SKEW_MICROS_ALARM = 5_000_000
ALARM_EVERY_SECONDS = 10.0

CLOCKS_APART = telemetry.Event("gate.channel_clocks_apart", channel=UUID, seconds=int)
SKEW = prometheus_client.Gauge("channel_skew_micros", "The sender's clock minus ours, at the last frame", ["channel"])


class Clocks:
    """Only of channels whose frames verify, so that nobody makes up labels."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._alarmed_at: dict[UUID, float] = {}

    def note(self, channel: UUID, skew_micros: int) -> None:
        SKEW.labels(channel).set(skew_micros)
        if abs(skew_micros) < SKEW_MICROS_ALARM:
            return
        now = self._seconds()
        if now - self._alarmed_at.get(channel, float("-inf")) >= ALARM_EVERY_SECONDS:
            self._alarmed_at[channel] = now
            telemetry.emit(CLOCKS_APART, "error", channel=channel, seconds=skew_micros // 1_000_000)
