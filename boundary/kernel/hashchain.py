"""A linear hash chain: each link covers its own leaf and everything before it.

The domain byte 0x02 keeps a link apart from a Merkle leaf (0x00) and a Merkle node (0x01) over the same bytes.
"""

import hashlib
from collections.abc import Iterable

from boundary.kernel import errors

GENESIS = bytes(32)
_HASH_SIZE = 32


class ChainBroken(errors.Conflict):
    """A link does not follow from its leaf and the link before it; the fact `index` names the first such link."""

    code = "chain_broken"

    def __init__(self, index: int) -> None:
        super().__init__(f"the chain breaks at index {index}", index=index)
        self.index = index


def link(previous: bytes, leaf: bytes) -> bytes:
    if len(previous) != _HASH_SIZE or len(leaf) != _HASH_SIZE:
        raise ValueError("a link is made of two 32-byte hashes")
    return hashlib.sha256(b"\x02" + previous + leaf).digest()


def verify(links: Iterable[tuple[bytes, bytes]], *, previous: bytes = GENESIS) -> bytes:
    """Follow `(leaf, link)` pairs from `previous` and return the last link; raise `ChainBroken` at the first bad one."""
    for index, (leaf, claimed) in enumerate(links):
        if len(leaf) != _HASH_SIZE or link(previous, leaf) != claimed:
            raise ChainBroken(index)
        previous = claimed
    return previous
