"""What two histories have in common is found, whatever they are and whatever was removed for its age."""

from hypothesis import given, settings
from hypothesis import strategies as st

from boundary.channel import reopening, transcript


def history(common: int, length: int, mark: int) -> list[bytes]:
    """Cores by sequence from 1: the common ones, then some that nobody else has."""
    return [bytes([number % 251 + 1]) * 32 if number <= common else bytes([mark, number % 251 + 1]) * 16
            for number in range(1, length + 1)]  # fmt: skip


@settings(deadline=None)
@given(st.integers(0, 300), st.integers(0, 40), st.integers(0, 40), st.integers(0, 300), st.integers(0, 300))
async def test_the_last_common_core_is_found(common: int, more: int, others: int, gone: int, gone_there: int) -> None:
    ours, theirs = history(common, common + more, 252), history(common, common + others, 253)
    asked = 0

    async def at(of: list[bytes], removed: int, sequence: int) -> bytes:
        return transcript.GENESIS if sequence <= min(removed, common) else of[sequence - 1]

    async def there(sequence: int) -> bytes:
        nonlocal asked
        asked += 1
        return await at(theirs, gone_there, sequence)

    last = min(len(ours), len(theirs))
    assert await reopening.last_common(last, lambda sequence: at(ours, gone, sequence), there) == common
    assert asked <= last.bit_length() + 1
