"""How often what may be tried, before anybody is signed in and where guessing would pay.

Three buckets stand before each such route: everybody's together, one for each network, one for each account, the
widest first. An account's is reached by the keyed hash of what was typed, so there is one for addresses that nobody
has. Who comes with the cookie of a device on which its owner signed in before has a bucket of its own: filling the
account's bucket from elsewhere does not lock its owner out there. On a new device, while an attack lasts, the way in
is a reset by e-mail, which makes the device known.
"""

from typing import NamedTuple

from boundary.kernel import primitives
from boundary.kernel.runtime import limits
from customer_stack.identity.model import sessions

MINUTE, HOUR, DAY = 60, 3600, 86_400


class Throttle(NamedTuple):
    """The limits of one action. `account` is for strangers, `known` for a device that the account knows."""

    everybody: limits.Limit
    network: limits.Limit
    account: limits.Limit | None = None
    known: limits.Limit | None = None


SIGN_IN = Throttle(
    limits.Limit("sign_in", 6000, MINUTE),
    limits.Limit("sign_in.network", 60, 10 * MINUTE),
    limits.Limit("sign_in.account", 30, HOUR),
    limits.Limit("sign_in.device", 20, 10 * MINUTE),
)
FACTOR = Throttle(
    limits.Limit("factor", 6000, MINUTE),
    limits.Limit("factor.network", 60, 10 * MINUTE),
    limits.Limit("factor.account", 10, 15 * MINUTE),
)
REGISTER = Throttle(
    limits.Limit("register", 1200, MINUTE),
    limits.Limit("register.network", 30, HOUR),
    limits.Limit("register.address", 5, HOUR),
)
VERIFY = Throttle(
    limits.Limit("verify", 6000, MINUTE),
    limits.Limit("verify.network", 60, 10 * MINUTE),
    limits.Limit("verify.account", 20, HOUR),
)
SEND = Throttle(
    limits.Limit("send_code", 1200, MINUTE),
    limits.Limit("send_code.network", 30, HOUR),
    limits.Limit("send_code.account", 6, HOUR),
)
RESET = Throttle(
    limits.Limit("reset", 1200, MINUTE),
    limits.Limit("reset.network", 20, HOUR),
    limits.Limit("reset.account", 5, HOUR),
)
REDEEM = Throttle(
    limits.Limit("redeem", 1200, MINUTE),
    limits.Limit("redeem.network", 30, HOUR),
)
REFRESH = Throttle(
    limits.Limit("refresh", 60_000, MINUTE),
    limits.Limit("refresh.network", 600, 10 * MINUTE),
    limits.Limit("refresh.token", 60, 10 * MINUTE),
)
CHANGE = Throttle(
    limits.Limit("change", 6000, MINUTE),
    limits.Limit("change.network", 120, HOUR),
    limits.Limit("change.account", 20, HOUR),
)
ALL = (SIGN_IN, FACTOR, REGISTER, VERIFY, SEND, RESET, REDEEM, REFRESH, CHANGE)
_EVERYBODY = primitives.sha256(b"everybody")


class Throttles:
    """The limits as they are applied in a process. `scale` widens all of them, for measurements alone."""

    def __init__(self, limiter: limits.Limiter, *, scale: int = 1) -> None:
        self._limiter = limiter
        self._scale = scale

    async def take(
        self,
        throttle: Throttle,
        client: sessions.Client,
        account: bytes | None = None,
        device: bytes | None = None,
    ) -> None:
        """Pass or raise `RateLimited`. With a known device the account's own bucket is spared for strangers."""
        await self._take(throttle.everybody, _EVERYBODY)
        if device is not None and throttle.known is not None and account is not None:
            await self._take(throttle.known, account + device)
            return
        await self._take(throttle.network, client.network.encode())
        if account is not None and throttle.account is not None:
            await self._take(throttle.account, account)

    async def _take(self, limit: limits.Limit, key: bytes) -> None:
        await self._limiter.take(limit._replace(capacity=limit.capacity * self._scale), key)
