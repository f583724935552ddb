"""Categories of refusal. A concrete error stands beside the code that raises it and names itself by a stable `code`.

The domain says what is wrong (`Conflict`, `code = "quote_used"`); only `runtime.problems` knows about HTTP.
A message is for the reader of an API and may name fields and limits, never a person's data.
"""

from collections.abc import Mapping
from typing import ClassVar


class Refusal(Exception):  # noqa: N818 -- a refusal is an answer, not a fault of the program
    """An anticipated answer of "no". Anything else that is raised is a defect and is answered without detail."""

    code: ClassVar[str] = "refused"

    def __init__(self, detail: str = "", **facts: int | str | bool) -> None:
        super().__init__(detail or self.code)
        self.detail = detail
        self.facts: Mapping[str, int | str | bool] = facts


class Invalid(Refusal):
    """The input cannot be understood or breaks a stated rule; repeating it will not help."""

    code = "invalid"


class Unauthenticated(Refusal):
    """Nobody, or nobody we can verify, is asking."""

    code = "unauthenticated"


class Forbidden(Refusal):
    """We know who asks, and they may not."""

    code = "forbidden"


class NotFound(Refusal):
    """There is no such thing, or none that the caller may see."""

    code = "not_found"


class Conflict(Refusal):
    """The input is fine but the present state says no."""

    code = "conflict"


class Stale(Refusal):
    """The thing has changed since the caller read it: read it again, and decide again."""

    code = "precondition_failed"


class Unconditional(Refusal):
    """The caller must say which version the change is meant for."""

    code = "precondition_required"


class TooLarge(Refusal):
    """The input exceeds a stated bound and was not read to its end."""

    code = "too_large"


class RateLimited(Refusal):
    """Too much, too fast; `retry_after_seconds` among the facts says when to come back."""

    code = "rate_limited"


class Unavailable(Refusal):
    """Something we need is not there now; the same request may work later."""

    code = "unavailable"


class OutcomeUnknown(Refusal):
    """We cannot say whether the effect took place. Read back before repeating."""

    code = "outcome_unknown"
