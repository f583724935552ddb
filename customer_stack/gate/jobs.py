"""The relay's loop in the worker: a heartbeat every few seconds, and notice of silence."""

import asyncio
from typing import NamedTuple

import prometheus_client

from boundary.kernel import clock, errors, ids
from boundary.kernel.runtime import server, telemetry, transaction
from boundary.wire import keys
from customer_stack.gate import ports, service

BEAT_SECONDS = 5.0
RETRY_SECONDS = 1.0

NOT_ANSWERED = telemetry.Event("gate.not_answered", code=telemetry.Word)
LINK_LOST = telemetry.Event("gate.link_lost")
BEATS = prometheus_client.Counter("channel_beats", "Heartbeats by outcome", ["outcome"])


class Relay(NamedTuple):
    db: transaction.Database
    exchange: ports.Exchange
    ring: keys.Ring
    clock: clock.Clock
    ids: ids.Ids

    async def loop(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await service.beat(self.db, self.exchange, self.ring, self.clock, self.ids)
            except errors.Refusal as refusal:
                BEATS.labels("failed").inc()
                telemetry.emit(NOT_ANSWERED, "warning", code=telemetry.Word(refusal.code))
                await self._notice_silence()
                await server.pause(stop, RETRY_SECONDS)
            else:
                BEATS.labels("answered").inc()
                await server.pause(stop, BEAT_SECONDS)

    async def _notice_silence(self) -> None:
        now = self.clock.now()
        if await self.db.run("gate.silence", lambda tx: service.check_silence(tx, self.ring.channel, now)):
            telemetry.emit(LINK_LOST, "error")
