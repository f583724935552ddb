"""What this capability's services need that is no row: the venue itself, who wants to hear, time and chance."""

from collections.abc import Sequence
from typing import NamedTuple

from boundary.kernel import clock, ids
from execution_stack.venues import ports
from execution_stack.venues.model import dealing
from execution_stack.venues.ports import listening


class Dealing(NamedTuple):
    """One account at one venue."""

    name: dealing.Name
    venue: ports.Venue
    listeners: Sequence[listening.Listener]
    clock: clock.Clock
    ids: ids.Ids
