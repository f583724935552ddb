"""What goes wrong, how often, and where. BEFORE means that nothing was done, AFTER that it was and nobody is told."""

import dataclasses
import enum
from typing import Any

from boundary.kernel import ids


class Fault(enum.StrEnum):
    SILENT_BEFORE = "silent_before"
    SILENT_AFTER = "silent_after"
    LATE_ACCEPT = "late_accept"
    ERROR_408_BEFORE = "error_408_before"
    ERROR_408_AFTER = "error_408_after"
    ERROR_500_BEFORE = "error_500_before"
    ERROR_500_AFTER = "error_500_after"
    ERROR_503_BEFORE = "error_503_before"
    ERROR_504_AFTER = "error_504_after"
    RESET_BEFORE = "reset_before"
    RESET_AFTER = "reset_after"
    LIMITED = "limited"
    LIMITED_RETRY_AFTER = "limited_retry_after"
    MALFORMED = "malformed"
    TRUNCATED = "truncated"
    WRONG_TYPE = "wrong_type"
    UNKNOWN_ENUM = "unknown_enum"
    OVERSIZED = "oversized"
    UNAUTHORISED = "unauthorised"
    SLOW = "slow"
    LATE_FILL = "late_fill"
    DUPLICATE_FILL = "duplicate_fill"
    ONE_LOT = "one_lot"
    LAG = "lag"
    TAMPERED = "tampered"
    STREAM_REORDERED = "stream_reordered"
    STREAM_DROPPED = "stream_dropped"
    STREAM_DOUBLED = "stream_doubled"
    STREAM_MALFORMED = "stream_malformed"
    STREAM_OVERSIZED = "stream_oversized"
    STREAM_UNKNOWN = "stream_unknown"
    STREAM_CUT = "stream_cut"


OF_STREAM = frozenset(each for each in Fault if each.value.startswith("stream_")) | {Fault.DUPLICATE_FILL}
OF_LISTS = frozenset({Fault.LAG, Fault.UNKNOWN_ENUM})
MIXED = tuple(
    each for each in Fault if each not in OF_STREAM | OF_LISTS | {Fault.UNAUTHORISED, Fault.TAMPERED, Fault.LIMITED}
)
"""What a mixture strikes orders with: everything after which one can still find out what happened."""


@dataclasses.dataclass
class Ordered:
    fault: Fault
    left: int
    on: str
    """A word that the name of the request has to begin with; empty for all."""


class Faults:
    def __init__(self) -> None:
        self._ordered: list[Ordered] = []
        self._mixed: dict[str, tuple[ids.SeededIds, int, tuple[Fault, ...]]] = {}
        self.struck: dict[str, int] = {}
        self.slow_ms = 50
        self.silent_ms = 30_000
        self.lag_ms = 0

    def order(self, wanted: dict[str, Any]) -> None:
        """`{"fault": "silent_after", "times": 1, "on": "place"}`, and `null` takes all back."""
        self.slow_ms = int(wanted.get("slow_ms", self.slow_ms))
        self.silent_ms = int(wanted.get("silent_ms", self.silent_ms))
        self.lag_ms = int(wanted.get("lag_ms", self.lag_ms))
        if "fault" in wanted and wanted["fault"] is None:
            self._ordered, self._mixed = [], {}
        elif "fault" in wanted:
            self._ordered.append(
                Ordered(Fault(wanted["fault"]), int(wanted.get("times", 1)), str(wanted.get("on", "")))
            )

    def mix(self, wanted: dict[str, Any]) -> None:
        """`{"seed": 1, "permille": 50, "on": "place", "of": [...]}`: so many in a thousand go wrong somehow."""
        of = tuple(Fault(each) for each in wanted.get("of", ())) or MIXED
        self._mixed[str(wanted.get("on", ""))] = (ids.SeededIds(int(wanted["seed"])), int(wanted["permille"]), of)

    def strikes(self, name: str, *candidates: Fault) -> bool:
        """Whether one of these is ordered for a request of this name; showing it uses it up."""
        return self.next(name, frozenset(candidates)) is not None

    def next(self, name: str, candidates: frozenset[Fault]) -> Fault | None:
        for each in self._ordered:
            if each.left > 0 and each.fault in candidates and name.startswith(each.on):
                each.left -= 1
                return self._count(each.fault)
        return None

    def drawn(self, name: str) -> Fault | None:
        """What the mixture holds for a request of this name."""
        for on, (chance, permille, of) in self._mixed.items():
            if name.startswith(on) and int.from_bytes(chance.token(4), "big") % 1000 < permille:
                return self._count(of[int.from_bytes(chance.token(4), "big") % len(of)])
        return None

    def _count(self, fault: Fault) -> Fault:
        self.struck[fault.value] = self.struck.get(fault.value, 0) + 1
        return fault
