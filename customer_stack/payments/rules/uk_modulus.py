"""Whether a British account number can belong to its sort code: the modulus checks that Pay.UK publishes.

"Validating account numbers: the UK modulus checking process" has three sums (MOD10, MOD11, DBLAL) over fourteen weighted
digits, and numbered exceptions. The weights are Pay.UK's own data and not ours to hand on: an operator fetches them and
names the files. A sort code that is not in the table cannot be checked, and is presumed good, as the document says.
"""

import bisect
from collections.abc import Sequence

from customer_stack.payments.model import accounts as model

PLACES = 14
U, A, B, C, G, H = 0, 6, 7, 8, 12, 13
"""Where digits stand: `uvwxyz` is the sort code, `abcdefgh` the account."""
_FOREIGN = range(4, 9)
_EITHER = frozenset({(2, 9), (10, 11), (12, 13)})
_TWO_A = (0, 0, 1, 2, 5, 3, 6, 4, 8, 7, 10, 9, 3, 1)
_TWO_B = (0, 0, 0, 0, 0, 0, 0, 0, 8, 7, 10, 9, 3, 1)
_EIGHT, _NINE = "090126", "309634"
_FOURTEEN = frozenset({0, 1, 9})


def possible(known: model.Modulus, sort_code: str, account: str) -> bool:
    """Six digits and eight. A range has one row or two."""
    end = bisect.bisect_right(known.starts, sort_code)
    rows = [row for row in known.rows[max(end - 2, 0) : end] if row.first <= sort_code <= row.last]
    if not rows:
        return True
    number = [int(each) for each in sort_code + account]
    exceptions = tuple(row.exception for row in rows)
    if exceptions[0] == 6 and number[A] in _FOREIGN and number[G] == number[H]:
        return True  # an account in a foreign currency, which has no check digits
    first = _passes(known, rows[0], sort_code, account)
    if len(rows) == 1:
        return first
    if exceptions in _EITHER:
        return first or _passes(known, rows[1], sort_code, account)
    if exceptions[1] == 3 and number[C] in {6, 9}:
        return first
    return first and _passes(known, rows[1], sort_code, account)


def _passes(known: model.Modulus, row: model.Weights, sort_code: str, account: str) -> bool:
    match row.exception:
        case 5:
            return _five(row, known.substitutes.get(sort_code, sort_code), account)
        case 8:
            sort_code = _EIGHT
        case 9:
            sort_code = _NINE
        case _:
            pass
    number = [int(each) for each in sort_code + account]
    total = _total(row.method, _weights(row, number), number)
    if row.exception == 1:
        total += 27
    modulus = _modulus(row.method)
    if row.exception == 4:
        return total % modulus == 10 * number[G] + number[H]
    if row.exception == 14 and total % modulus:
        return _fourteen(row, number)
    return total % modulus == 0


def _five(row: model.Weights, sort_code: str, account: str) -> bool:
    """The remainder is compared with a check digit instead of with zero: `g` of the first sum, `h` of the second."""
    number = [int(each) for each in sort_code + account]
    modulus = _modulus(row.method)
    remainder = _total(row.method, row.weights, number) % modulus
    digit = number[G] if modulus == 11 else number[H]
    return digit == 0 if remainder == 0 else modulus - remainder == digit


def _fourteen(row: model.Weights, number: Sequence[int]) -> bool:
    """The last digit may be a suffix of another system: without it, the rest moves to the right and is tried again."""
    if number[H] not in _FOURTEEN:
        return False
    moved = [*number[:A], 0, *number[A:H]]
    return _total(row.method, row.weights, moved) % _modulus(row.method) == 0


def _weights(row: model.Weights, number: Sequence[int]) -> Sequence[int]:
    if row.exception == 2 and number[A] != 0:
        return _TWO_B if number[G] == 9 else _TWO_A
    without = (0,) * (B + 1) + tuple(row.weights[C:])
    if row.exception == 7 and number[G] == 9:
        return without
    if row.exception == 10 and number[A] in {0, 9} and number[B] == 9 and number[G] == 9:
        return without
    return row.weights


def _total(method: model.Method, weights: Sequence[int], number: Sequence[int]) -> int:
    products = [weight * digit for weight, digit in zip(weights, number, strict=True)]
    if method is model.Method.DBLAL:
        return sum(int(digit) for product in products for digit in str(abs(product)))
    return sum(products)


def _modulus(method: model.Method) -> int:
    return 11 if method is model.Method.MOD11 else 10
