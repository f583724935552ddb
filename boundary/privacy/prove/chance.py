"""What a coin would have answered: the probabilities behind P05 and P06, over whole numbers as far as they go."""

import math
from collections import Counter

P_MIN = 0.001
BYTES_MIN = 100
"""Below this many references a test by bytes says nothing."""
PLACES_MIN = 1500

_FREE = int.from_bytes(bytes.fromhex("ffffffffffff0fff3fffffffffffffff"))
_FREE_BITS = 122
_WHOLE = (*range(6), 7, *range(9, 16))


def at_least(hits: int, mean: float) -> float:
    """How probable so many or more are where `mean` are to be expected (Poisson)."""
    if hits == 0:
        return 1.0
    term = total = math.exp(-mean)
    for number in range(1, hits):
        term *= mean / number
        total += term
    return max(0.0, 1.0 - total)


def battery(data: bytes) -> list[tuple[str, float]]:
    """Test and probability, over version-4 references written one behind the other."""
    count = len(data) // 16
    if count < 2:
        return []
    whole, mask = int.from_bytes(data), int.from_bytes(_FREE.to_bytes(16) * count)
    pairs = mask & (mask >> 1)
    found = [
        ("ones", _coin((whole & mask).bit_count(), _FREE_BITS * count)),
        ("changes", _coin(((whole ^ (whole >> 1)) & pairs).bit_count(), pairs.bit_count())),
    ]
    if count >= BYTES_MIN:
        places = [Counter(data[place::16]) for place in _WHOLE]
        found.append(("bytes", _even(sum(places, Counter()))))
        if count >= PLACES_MIN:
            found.append(("bytes by place", min(1.0, min(_even(each) for each in places) * len(places))))
    return found


def _coin(heads: int, throws: int) -> float:
    """How probable a fair coin is to be so far off half."""
    return math.erfc(abs(2 * heads - throws) / math.sqrt(2 * throws))


def _even(counts: Counter[int]) -> float:
    """Chi-square over 256 values, by the Wilson and Hilferty approximation: exact enough with 255 degrees of freedom."""
    expected = counts.total() / 256
    return chi_square(sum((counts[value] - expected) ** 2 / expected for value in range(256)), 255)


def chi_square(value: float, degrees: int) -> float:
    spread = 2 / (9 * degrees)
    z: float = ((value / degrees) ** (1 / 3) - (1 - spread)) / math.sqrt(spread)
    return math.erfc(z / math.sqrt(2)) / 2
