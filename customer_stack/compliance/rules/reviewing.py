"""What may become of a held operation, and whom it takes."""

from datetime import timedelta

from boundary.kernel import states
from customer_stack.compliance.model import reviews

S, E = reviews.State, reviews.Event
REVIEW = states.Machine(
    "review",
    S.OPEN,
    {
        (S.OPEN, E.RELEASE): S.RELEASED,
        (S.OPEN, E.REFUSE): S.REFUSED,
        (S.RELEASED, E.USE): S.USED,
        (S.RELEASED, E.LAPSE): S.LAPSED,
    },
    terminal={S.REFUSED, S.USED, S.LAPSED},
)
RELEASED_FOR = timedelta(hours=72)
"""How long a release waits for its operation."""


def takes_two(home: int | None, threshold: int) -> bool:
    """From the amount on which the law wants a report, and where nobody can tell the amount."""
    return home is None or home >= threshold
