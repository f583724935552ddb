"""What two sides of a halted channel have in common, found by asking; ports only.

Both chains of a direction are the same up to some core and differ from there on, since each core holds the hash of the
one before. So the last common one is found by halving, in as many questions as its number has bits.
"""

from collections.abc import Awaitable, Callable

from boundary.channel import transcript

Lookup = Callable[[int], Awaitable[bytes]]
"""A sequence -> the hash of the core there."""


async def last_common(last: int, ours: Lookup, theirs: Lookup) -> int:
    """The greatest sequence up to LAST at which both hold the same core; 0 if they share none."""
    low, high = 0, last
    while low < high:
        middle = (low + high + 1) // 2
        found = await ours(middle)
        if found != transcript.GENESIS and found == await theirs(middle):
            low = middle
        else:
            high = middle - 1
    return low
