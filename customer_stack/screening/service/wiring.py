"""What it takes to screen somebody. Made once by each composition root."""

from typing import NamedTuple

from boundary.kernel import clock, ids
from customer_stack.screening import ports
from customer_stack.screening.model import people
from customer_stack.screening.service import loaded


class Screening(NamedTuple):
    """`cases` is whoever keeps cases; without one, hits wait on screening's own worklist alone."""

    vault: ports.Vault
    lists: loaded.Lists
    policy: people.Policy
    clock: clock.Clock
    ids: ids.Ids
    cases: ports.Cases | None = None
