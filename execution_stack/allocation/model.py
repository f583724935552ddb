"""A fill, and one intent's share of it."""

import enum
from typing import NamedTuple

from boundary.kernel import errors


class Rule(enum.StrEnum):
    """Who got what proportional sharing left over."""

    EXACT = "exact"
    LARGEST_REMAINDER = "largest_remainder"


class Fill(NamedTuple):
    """What is to be shared: lots, and micro-USD."""

    lots: int
    fee: int
    improvement: int


class Share(NamedTuple):
    lots: int
    fee: int
    improvement: int


class FillTooLarge(errors.Conflict):
    """The venue reports more lots than the order had: nothing of it can be anybody's until people have looked."""

    code = "fill_too_large"
