"""What two sides of a halted channel have in common, found by asking; ports only.

Both chains of a direction are the same up to some core and differ from there on, since each core holds the hash of the
one before. So the last common one is found by halving, in as many questions as its number has bits.
"""

from collections.abc import Awaitable, Callable

from boundary.channel import transcript

Lookup = Callable[[int], Awaitable[bytes]]
"""A sequence -> the hash of the core there."""


async def last_common(last: int, ours: Lookup, theirs: Lookup) -> int:
    """The greatest sequence up to LAST, which both sides have reached, at which they hold the same core; 0 if none.

    Where one side holds none any more it was removed for its age, and that happens only to what both sides had.
    """
    low, high = 0, last
    while low < high:
        middle = (low + high + 1) // 2
        if are_same(await ours(middle), await theirs(middle)):
            low = middle
        else:
            high = middle - 1
    return low


def are_same(ours: bytes, theirs: bytes) -> bool:
    """Whether two hashes of one place, which both sides have reached, may be of one core."""
    return ours == theirs or transcript.GENESIS in {ours, theirs}
