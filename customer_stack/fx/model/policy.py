"""The terms: which pairs are exchanged, from which sources, at what spread and fee, within which limits.

An operator's own stand in a file (`CUSTOMER_FX_POLICY`); what is here holds without one. Nothing in it is secret.
"""

from datetime import timedelta
from typing import Annotated

import msgspec

from customer_stack.fx import model

_Seconds = Annotated[int, msgspec.Meta(ge=1, le=30 * 86_400)]
_Points = Annotated[int, msgspec.Meta(ge=0, le=10_000)]
_Minor = Annotated[int, msgspec.Meta(ge=0, le=10**15)]
_Currency = Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]
_Adapter = Annotated[str, msgspec.Meta(pattern="^[a-z]{2,20}$")]


class Feed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A source that a pair listens to, the preferred one first, and how old what it says may be.

    `as_of` bounds the age by the source's own time: a central bank speaks once a day and not at weekends. `fetched`
    bounds how long ago we last heard it.
    """

    adapter: _Adapter
    as_of_seconds_max: _Seconds
    fetched_seconds_max: _Seconds


class Terms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One pair. Limits are in the base currency's smallest ISO unit; fees in the unit of the currency that is sold."""

    base: _Currency
    quote: _Currency
    feeds: Annotated[tuple[Feed, ...], msgspec.Meta(min_length=2, max_length=8)]
    lifetime_seconds: Annotated[int, msgspec.Meta(ge=10, le=86_400)] = 300
    deviation_bp_max: _Points = 200
    jump_bp_max: _Points = 300
    fee_bp: _Points = 0
    single_max: _Minor = 25_000_000
    customer_open_max: _Minor = 50_000_000
    pair_open_max: _Minor = 1_000_000_000
    hedge_at: _Minor = 10_000_000
    """How far the position may be from even before an order evens it."""
    volume_rate: str = "1"
    """What one unit of the base currency counts towards the monthly volume, in the tiers' currency."""

    @property
    def pair(self) -> model.Pair:
        return model.Pair(self.base, self.quote)

    @property
    def lifetime(self) -> timedelta:
        return timedelta(seconds=self.lifetime_seconds)


class Rung(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Above this monthly volume (in whole units of the tiers' currency), so much less."""

    volume: Annotated[int, msgspec.Meta(ge=0)]
    less_bp: _Points


class Tiers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Spreads by who converts, and what volume takes off them: the highest rung that is passed, not the sum."""

    individual_bp: _Points
    business_bp: _Points
    rungs: tuple[Rung, ...] = ()


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    tiers: Tiers
    pairs: Annotated[tuple[Terms, ...], msgspec.Meta(min_length=1, max_length=500)]


_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
PROVIDER = Feed("currencycloud", 5 * _MINUTE, 5 * _MINUTE)
CENTRAL_BANK = Feed("cbsl", 6 * _DAY, 3 * _HOUR)

DEFAULT = Policy(
    tiers=Tiers(50, 30, (Rung(100_000, 5), Rung(500_000, 10), Rung(1_000_000, 15))),
    pairs=(Terms(base="USD", quote="LKR", feeds=(PROVIDER, CENTRAL_BANK), deviation_bp_max=300),),
)
