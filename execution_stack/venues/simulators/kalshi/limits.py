"""Token buckets as the exchange has them: one for reading, one for writing, each request at its own price."""

from boundary.kernel import clock

DEFAULT_COST = 10
COSTS = {
    ("DELETE", "/trade-api/v2/portfolio/events/orders/{order_id}"): 2,
    ("DELETE", "/trade-api/v2/portfolio/events/orders/batched"): 2,
    ("DELETE", "/trade-api/v2/portfolio/events/orders"): 2,
    ("GET", "/trade-api/v2/portfolio/orders/{order_id}"): 2,
}


class Bucket:
    def __init__(self, time: clock.Clock, refill: int, capacity: int) -> None:
        self._clock = time
        self.refill, self.capacity = refill, capacity
        self._tokens = capacity * 1_000_000
        self._at = clock.to_micros(time.now())

    def take(self, cost: int) -> bool:
        now = clock.to_micros(self._clock.now())
        self._tokens = min(self.capacity * 1_000_000, self._tokens + max(0, now - self._at) * self.refill)
        self._at = now
        if self._tokens < cost * 1_000_000:
            return False
        self._tokens -= cost * 1_000_000
        return True

    def row(self) -> dict[str, int]:
        return {"refill_rate": self.refill, "bucket_capacity": self.capacity}
