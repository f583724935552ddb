"""Merkle trees as in RFC 9162 §2.1: roots that grow by appending, and proofs that leave nothing to the prover's choice.

A tree over `size` leaves is a row of complete subtrees, largest first, one for each bit of `size`. A complete subtree
is named by `(level, index)`: it covers the leaves from `index << level` up to `(index + 1) << level`.

There is one kind of proof here: that a subtree over the leaves `[start, end)` is part of the tree. With one leaf it is
RFC 9162's inclusion proof; with `start = 0` it is its consistency proof. Construction and verification walk the same
descent from the root, so the number of hashes in a proof is fixed by the sizes; one more or one less is refused.

An empty tree commits to nothing, so no proof of consistency with one is made or accepted. Every hash passed in or out is a leaf or node hash;
`leaf_hash` is what turns data into one.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256().digest()

_sha256 = hashlib.sha256


Node = tuple[int, int, bytes]  # level, index, hash of a complete subtree
Lookup = Callable[[int, int], bytes]  # (level, index) of a complete subtree -> its hash
Side = Literal["left", "right", "both"]


def leaf_hash(data: bytes) -> bytes:
    return _sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return _sha256(b"\x01" + left + right).digest()


def root(leaf_hashes: Sequence[bytes]) -> bytes:
    frontier = Frontier()
    frontier.extend(leaf_hashes)
    return frontier.root()


class Frontier:
    """All that must be kept to go on appending: the size and one hash for each complete subtree, largest first."""

    __slots__ = ("_size", "_subtrees")

    def __init__(self, size: int = 0, subtrees: Sequence[bytes] = ()) -> None:
        if size < 0 or len(subtrees) != size.bit_count() or any(len(each) != HASH_SIZE for each in subtrees):
            raise ValueError("a frontier holds one 32-byte hash for each bit of its size")
        self._size = size
        self._subtrees = list(subtrees)

    @property
    def size(self) -> int:
        return self._size

    @property
    def subtrees(self) -> list[bytes]:
        return list(self._subtrees)

    def root(self) -> bytes:
        return _fold(self._subtrees)

    def append(self, leaf: bytes) -> list[Node]:
        """Add one leaf hash; the interior nodes that this completes, lowest first."""
        return list(self.extend((leaf,)))

    def extend(self, leaves: Sequence[bytes]) -> Iterator[Node]:
        """Add leaf hashes, level by level, which is several times faster than one by one.

        The leaves are in when this returns. The iterator, which may be dropped, names the completed interior nodes
        level by level.
        """
        row = list(leaves)
        if set(map(len, row)) - {HASH_SIZE}:
            raise ValueError("a leaf hash has 32 bytes")
        pending = self._subtrees
        kept: list[bytes] = []
        completed: list[tuple[int, int, list[bytes]]] = []
        first, level = self._size, 0
        self._size += len(row)
        while row:
            if first & 1:  # an unpaired left half waits on this level
                row = [pending.pop(), *row]
                first -= 1
            if len(row) & 1:
                kept.append(row[-1])
            row = [_sha256(b"\x01" + left + right).digest() for left, right in zip(row[::2], row[1::2], strict=False)]
            first, level = first >> 1, level + 1
            completed.append((level, first, row))
        pending.extend(reversed(kept))
        return ((level, first + i, each) for level, first, row in completed for i, each in enumerate(row))


def complete_subtrees(start: int, end: int) -> list[tuple[int, int]]:
    """The `(level, index)` of the complete subtrees that make up the subtree `[start, end)`, largest first."""
    if start < end and start % _power_of_two_from(end - start):
        raise ValueError("no subtree starts there with that many leaves")
    parts = []
    while start < end:
        level = (end - start).bit_length() - 1
        parts.append((level, start >> level))
        start += 1 << level
    return parts


def subtree_root(start: int, end: int, node: Lookup) -> bytes:
    """The hash of any subtree, `[0, size)` being the tree as it was at that size."""
    return _fold([node(level, index) for level, index in complete_subtrees(start, end)])


def inclusion_ranges(index: int, size: int) -> list[tuple[int, int]]:
    """The subtrees `[start, end)` whose hashes are the inclusion proof: what a store has to fetch for it."""
    if not 0 <= index < size:
        raise ValueError("the index is outside the tree")
    return _ranges(index, index + 1, size)


def inclusion_proof(index: int, size: int, node: Lookup) -> list[bytes]:
    return [subtree_root(start, end, node) for start, end in inclusion_ranges(index, size)]


def inclusion_holds(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the leaf hash stands at `index` (from 0) in the tree of `size` leaves with this root."""
    return len(leaf) == HASH_SIZE and subtree_holds(index, index + 1, size, subtree=leaf, proof=proof, root=root)


def consistency_ranges(size1: int, size2: int) -> list[tuple[int, int]]:
    """As `inclusion_ranges`, for a consistency proof."""
    if not 0 < size1 <= size2:
        raise ValueError("the first tree is empty or larger than the second")
    return _ranges(0, size1, size2)


def consistency_proof(size1: int, size2: int, node: Lookup) -> list[bytes]:
    return [subtree_root(start, end, node) for start, end in consistency_ranges(size1, size2)]


def consistency_holds(size1: int, size2: int, root1: bytes, root2: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the first tree is a prefix of the second: nothing that it held was changed, moved or dropped."""
    return size1 > 0 and subtree_holds(0, size1, size2, subtree=root1, proof=proof, root=root2)


def subtree_holds(start: int, end: int, size: int, *, subtree: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `subtree` is the hash over the leaves `[start, end)` of the tree of `size` leaves with this root."""
    if not 0 <= start <= end <= size:
        return False
    if start == end:  # no leaves: part of any tree, and no statement about it
        return not proof and subtree == EMPTY_ROOT
    if end - start == size:  # the tree itself: nothing to hash
        return not proof and subtree == root
    if start % _power_of_two_from(end - start):
        return False
    if any(len(each) != HASH_SIZE for each in (subtree, *proof)):  # else a byte could move to its neighbour
        return False
    siblings, inner = _descend(start, end, size)
    given = iter(proof)
    if len(proof) != len(siblings) + (inner is not None):
        return False
    smaller = larger = subtree if inner is None else next(given)
    for (side, _, _), sibling in zip(reversed(siblings), given, strict=True):
        larger = node_hash(larger, sibling) if side == "right" else node_hash(sibling, larger)
        if side == "both":
            smaller = node_hash(sibling, smaller)
    return smaller == subtree and larger == root


def _ranges(start: int, end: int, size: int) -> list[tuple[int, int]]:
    siblings, inner = _descend(start, end, size)
    return [*([inner] if inner else []), *((low, high) for _, low, high in reversed(siblings))]


def _descend(start: int, end: int, size: int) -> tuple[list[tuple[Side, int, int]], tuple[int, int] | None]:
    """From the root down to the subtree: the siblings passed, and the last range if the subtree was cut on the way.

    A tree splits at the largest power of two below its size. A ragged subtree may reach over that point; then its left
    part is a sibling of both hashes being recomputed, and the descent ends inside of it at a range that only a proof
    can supply. A subtree that was never cut ends at itself, which the verifier already has.
    """
    siblings: list[tuple[Side, int, int]] = []
    low, high, cut = 0, size, False
    while (low, high) != (start, end):
        middle = low + (_power_of_two_from(high - low) >> 1)
        if end <= middle:
            siblings.append(("right", middle, high))
            high = middle
        elif middle <= start:
            siblings.append(("left", low, middle))
            low = middle
        else:
            siblings.append(("both", low, middle))
            low = start = middle
            cut = True
    return siblings, (low, high) if cut else None


def _power_of_two_from(count: int) -> int:
    """The smallest power of two that is not below `count`."""
    return 1 << (count - 1).bit_length()


def _fold(subtrees: Sequence[bytes]) -> bytes:
    if not subtrees:
        return EMPTY_ROOT
    folded = subtrees[-1]
    for each in reversed(subtrees[:-1]):
        folded = node_hash(each, folded)
    return folded
