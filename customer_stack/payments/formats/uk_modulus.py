"""Pay.UK's two files of modulus checking as they are published: `valacdos.txt` and `scsubtab.txt`."""

import itertools
import re

from boundary.kernel import errors
from customer_stack.payments.model.accounts import Method, Modulus, Weights

LINES_MAX = 20_000
SIZE_MAX = 4 * 1024 * 1024
EXCEPTION_MAX = 14
_ROW = re.compile(r"([0-9]{6}) +([0-9]{6}) +(MOD10|MOD11|DBLAL)((?: +-?[0-9]{1,3}){14})(?: +([0-9]{1,2}))?", re.ASCII)
_PAIR = re.compile(r"([0-9]{6}) +([0-9]{6})", re.ASCII)


class TableRefused(errors.Invalid):
    """A file of weights or of substitutes is not what Pay.UK publishes; the fact `line` says where."""

    code = "uk_modulus_table_refused"


def table(weights: bytes, substitutes: bytes = b"") -> Modulus:
    """Both files, whole or not at all: a row that cannot be read may be the one that an account needs."""
    rows = [_row(number, line) for number, line in _lines(weights)]
    if not rows:
        raise TableRefused("there are no weights", line=0)
    for number, (before, row) in enumerate(itertools.pairwise(rows), start=2):
        same = (before.first, before.last) == (row.first, row.last)
        if row.last < row.first or not (same or before.last < row.first):
            raise TableRefused("ranges overlap or are out of order", line=number)
    pairs = {}
    for number, line in _lines(substitutes):
        found = _PAIR.fullmatch(line)
        if found is None:
            raise TableRefused("this is no pair of sort codes", line=number)
        pairs[found[1]] = found[2]
    return Modulus(tuple(rows), tuple(row.first for row in rows), pairs)


def _lines(data: bytes) -> list[tuple[int, str]]:
    if len(data) > SIZE_MAX or data.count(b"\n") > LINES_MAX:
        raise TableRefused("the file is too long", line=LINES_MAX)
    text = data.decode("ascii", "replace")
    return [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1) if line.strip(" \x1a")]


def _row(number: int, line: str) -> Weights:
    found = _ROW.fullmatch(line)
    if found is None or int(found[5] or 0) > EXCEPTION_MAX or found[2] < found[1]:
        raise TableRefused("this is no row of weights", line=number)
    weights = tuple(int(each) for each in found[4].split())
    return Weights(found[1], found[2], Method(found[3]), weights, int(found[5] or 0))
