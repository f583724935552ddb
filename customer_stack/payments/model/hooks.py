"""Events of providers as they come in, and our own as they go out to operators' systems."""

import enum
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from boundary.kernel import errors, records


class Kind(enum.StrEnum):
    """What a provider's event says."""

    PAYOUT = "payout"
    FUNDS = "funds"
    OTHER = "other"


class Incoming(msgspec.Struct, frozen=True, array_like=True, kw_only=True, tag="payments.incoming.v1"):
    """A provider's event in our words, as it is kept so that it can be applied again. No name stands in it."""

    key: str
    kind: Kind
    external: str = ""
    reference: str = ""
    standing: str = ""
    code: str = ""
    currency: str = ""
    minor: records.Count = 0
    day: int = 0
    """Of the value date, proleptic."""
    texts: tuple[str, ...] = ()


class Seen(enum.StrEnum):
    """What became of something that a provider, or somebody in its name, sent."""

    APPLIED = "applied"
    NO_EFFECT = "no_effect"
    REPEATED = "repeated"
    UNKNOWN_PAYMENT = "unknown_payment"
    NOT_HELD = "not_held"
    """Money in a currency that nobody holds yet: the worker registers it, and books it then."""
    FORGED = "forged"
    STALE = "stale"
    MALFORMED = "malformed"


REFUSED = frozenset({Seen.FORGED, Seen.STALE, Seen.MALFORMED})


class Evidence(msgspec.Struct, frozen=True):
    """A line of what came in."""

    number: int
    provider: str
    seen: Seen
    kind: str
    digest: bytes
    at: datetime


class BadEvent(errors.Invalid):
    """What was sent is not an event of this provider; the fact `reason` says why."""

    code = "payment_event_refused"

    def __init__(self, seen: Seen) -> None:
        super().__init__("this is no event of the provider", reason=seen.value)
        self.seen = seen


class HookState(enum.StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"


class DeliveryState(enum.StrEnum):
    WAITING = "waiting"
    DONE = "done"
    DEAD = "dead"


class Hook(msgspec.Struct, frozen=True, kw_only=True):
    """An operator's system that is told. Its secret is sealed under the hook's own key."""

    id: UUID
    url: str
    state: HookState
    secret: bytes
    created_at: datetime


class Outgoing(msgspec.Struct, frozen=True):
    """An event of ours. `body` is what is signed and sent, the same bytes every time."""

    number: int
    kind: str
    body: bytes
    at: datetime


class Delivery(msgspec.Struct, frozen=True):
    hook: UUID
    event: int
    state: DeliveryState
    attempts: int
    code: str
    due_at: datetime


class NoHook(errors.NotFound):
    """No such system is told anything."""

    code = "webhook_unknown"


class BadUrl(errors.Invalid):
    """A webhook goes to an https address of a host that is not ours."""

    code = "webhook_url_invalid"


def facts(**values: Any) -> dict[str, Any]:
    """The members of an outgoing event that are given, in one order."""
    return {name: values[name] for name in sorted(values) if values[name] not in {None, ""}}
