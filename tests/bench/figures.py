"""A measured figure and its place in a readable table. A figure has a goal or is only reported; neither fails a test."""

import dataclasses
import os
import statistics
from collections.abc import Iterable, Sequence

COLUMNS = ("figure", "value", "ratio", "goal", "")


@dataclasses.dataclass(frozen=True)
class Figure:
    """`ratio` is against whatever the name says; `reached` is None where there is no goal."""

    name: str
    value: str
    ratio: float | None = None
    goal: str = ""
    reached: bool | None = None

    def cells(self) -> tuple[str, ...]:
        verdict = {None: "", True: "reached", False: "NOT REACHED"}[self.reached]
        return (self.name, self.value, "" if self.ratio is None else f"{self.ratio:.2f}", self.goal, verdict)


def table(figures: Iterable[Figure]) -> str:
    rows = [COLUMNS, *(figure.cells() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def scale() -> float:
    """BENCH_SCALE below 1 shortens every run by so much: enough to see that the benchmarks work, not to believe them."""
    return float(os.environ.get("BENCH_SCALE", "1"))


def scaled(count: int, least: int = 1) -> int:
    return max(least, int(count * scale()))


def seconds(full: float) -> float:
    return max(0.5, full * scale())


def rate(per_second: float, unit: str) -> str:
    return f"{per_second:,.0f} {unit}/s"


def spread(values: Sequence[float]) -> str:
    """Median and range of interleaved rounds."""
    return f"{statistics.median(values):,.0f} [{min(values):,.0f}-{max(values):,.0f}]"


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]
