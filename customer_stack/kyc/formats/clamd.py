"""The protocol of ClamAV's daemon, as its manual page clamd(8) tells: `zINSTREAM`, pieces with their length before them,
a piece of no length, and one line of an answer that ends with a zero byte.
"""

import enum
from collections.abc import Iterator

COMMAND = b"zINSTREAM\0"
PIECE = 64 * 1024
ANSWER_MAX = 4096


class Verdict(enum.StrEnum):
    CLEAN = "clean"
    FOUND = "found"
    FAILED = "failed"


def pieces(data: bytes) -> Iterator[bytes]:
    for at in range(0, len(data), PIECE):
        piece = data[at : at + PIECE]
        yield len(piece).to_bytes(4, "big") + piece
    yield bytes(4)


def verdict(answer: bytes) -> Verdict:
    """`stream: OK`, `stream: NAME FOUND`, or anything else, which is no verdict."""
    text = answer.rstrip(b"\0\n")
    if text == b"stream: OK":
        return Verdict.CLEAN
    return Verdict.FOUND if text.startswith(b"stream: ") and text.endswith(b" FOUND") else Verdict.FAILED
