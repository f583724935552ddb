"""Merkle trees against RFC 9162's recursive definitions, written out here, and against everything that is not a proof."""

import hashlib
import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundary.kernel import ids, merkle

law = settings(deadline=None)
GOLDEN = json.loads((Path(__file__).parent / "golden" / "merkle.json").read_text())
SIZE = 33  # past one power of two and the next
LEAVES = [hashlib.sha256(bytes([each])).digest() for each in range(200)]
RANDOM_HASH = hashlib.sha256(b"noise").digest()

sizes = st.integers(1, 200)


# --- RFC 9162 §2.1, word for word


def split(size: int) -> int:
    return max(k for k in (1 << power for power in range(size.bit_length())) if k < size)


def tree_hash(leaves: list[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return hashlib.sha256(b"\x01" + tree_hash(leaves[:k]) + tree_hash(leaves[k:])).digest()


def path(index: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if index < k:
        return [*path(index, leaves[:k]), tree_hash(leaves[k:])]
    return [*path(index - k, leaves[k:]), tree_hash(leaves[:k])]


def subproof(old: int, leaves: list[bytes], *, whole: bool) -> list[bytes]:
    if old == len(leaves):
        return [] if whole else [tree_hash(leaves)]
    k = split(len(leaves))
    if old <= k:
        return [*subproof(old, leaves[:k], whole=whole), tree_hash(leaves[k:])]
    return [*subproof(old - k, leaves[k:], whole=False), tree_hash(leaves[:k])]


# --- roots and frontiers


def stored(leaves: list[bytes]) -> dict[tuple[int, int], bytes]:
    """What an audit store keeps: the leaves, and every interior node as it is completed."""
    frontier = merkle.Frontier()
    nodes = {(0, index): leaf for index, leaf in enumerate(leaves)}
    for leaf in leaves:
        nodes |= {(level, index): digest for level, index, digest in frontier.append(leaf)}
    return nodes


NODES = stored(LEAVES)


def node(level: int, index: int) -> bytes:
    return NODES[level, index]


def test_roots_are_those_of_the_reference_tree() -> None:
    hashes = [merkle.leaf_hash(bytes.fromhex(leaf)) for leaf in GOLDEN["leaves"]]
    assert [merkle.root(hashes[:size]).hex() for size in range(9)] == GOLDEN["roots"]


def test_roots_of_every_size_are_those_of_the_definition() -> None:
    frontier = merkle.Frontier()
    for size, leaf in enumerate(LEAVES):
        assert frontier.size == size
        assert frontier.root() == merkle.root(LEAVES[:size]) == tree_hash(LEAVES[:size])
        assert frontier.root() == merkle.subtree_root(0, size, node)
        frontier.append(leaf)


@law
@given(st.lists(st.integers(0, 70), max_size=6))
def test_batches_of_any_size_grow_the_same_tree_and_complete_the_same_nodes(batches: list[int]) -> None:
    leaves = list(itertools.islice(itertools.cycle(LEAVES), sum(batches)))
    frontier, nodes, start = merkle.Frontier(), dict(enumerate(leaves)), 0
    completed = {(0, index): leaf for index, leaf in nodes.items()}
    for batch in batches:
        completed |= {(lvl, index): digest for lvl, index, digest in frontier.extend(leaves[start : start + batch])}
        start += batch
    assert completed == stored(leaves)
    assert frontier.root() == tree_hash(leaves)
    assert frontier.subtrees == [completed[each] for each in merkle.complete_subtrees(0, len(leaves))]


@law
@given(sizes, st.integers(0, 64))
def test_a_frontier_goes_on_from_what_was_stored_of_it(size: int, more: int) -> None:
    first = merkle.Frontier()
    first.extend(LEAVES[:size])
    resumed = merkle.Frontier(first.size, first.subtrees)
    resumed.extend(LEAVES[size : size + more])
    assert resumed.root() == tree_hash(LEAVES[: size + more])


def test_nodes_are_reported_once_lowest_first_and_only_when_complete() -> None:
    frontier = merkle.Frontier()
    reported = [[(level, index) for level, index, _ in frontier.append(leaf)] for leaf in LEAVES[:8]]
    assert reported == [[], [(1, 0)], [], [(1, 1), (2, 0)], [], [(1, 2)], [], [(1, 3), (2, 1), (3, 0)]]


def test_leaves_are_in_whether_or_not_the_report_is_read() -> None:
    frontier = merkle.Frontier()
    report = frontier.extend(LEAVES[:5])
    assert frontier.root() == tree_hash(LEAVES[:5])
    frontier.extend(LEAVES[5:9])
    assert len(list(report)) == 3


def test_the_subtrees_handed_out_are_a_copy() -> None:
    frontier = merkle.Frontier(1, [LEAVES[0]])
    frontier.subtrees.clear()
    assert frontier.root() == LEAVES[0]


@pytest.mark.parametrize(
    "size, subtrees", [(1, []), (0, [RANDOM_HASH]), (3, [RANDOM_HASH]), (-1, []), (-1, [RANDOM_HASH]), (1, [b"short"])]
)
def test_a_frontier_that_cannot_be_is_refused(size: int, subtrees: list[bytes]) -> None:
    with pytest.raises(ValueError, match="one 32-byte hash for each bit"):
        merkle.Frontier(size, subtrees)


def test_a_leaf_that_is_no_hash_is_refused_and_changes_nothing() -> None:
    frontier = merkle.Frontier()
    frontier.extend(LEAVES[:3])
    for rubbish in (b"", bytes(31), bytes(33)):
        with pytest.raises(ValueError, match="32 bytes"):
            frontier.extend([LEAVES[3], rubbish])
    assert (frontier.size, frontier.root()) == (3, tree_hash(LEAVES[:3]))


# --- proofs


def every_inclusion() -> Iterator[tuple[int, int, list[bytes], bytes]]:
    for size in range(1, SIZE + 1):
        root = tree_hash(LEAVES[:size])
        for index in range(size):
            yield index, size, merkle.inclusion_proof(index, size, node), root


def every_consistency() -> Iterator[tuple[int, int, bytes, bytes, list[bytes]]]:
    for size1, size2 in itertools.combinations_with_replacement(range(1, SIZE + 1), 2):
        proof = merkle.consistency_proof(size1, size2, node)
        yield size1, size2, tree_hash(LEAVES[:size1]), tree_hash(LEAVES[:size2]), proof


def test_every_inclusion_proof_is_the_definitions_and_holds() -> None:
    for index, size, proof, root in every_inclusion():
        assert proof == path(index, LEAVES[:size])
        assert merkle.inclusion_holds(LEAVES[index], index, size, proof, root)


def test_every_consistency_proof_is_the_definitions_and_holds() -> None:
    for size1, size2, root1, root2, proof in every_consistency():
        assert proof == subproof(size1, LEAVES[:size2], whole=True)
        assert merkle.consistency_holds(size1, size2, root1, root2, proof)


@law
@given(st.data())
def test_every_subtree_of_every_tree_is_provably_part_of_it(data: st.DataObject) -> None:
    size = data.draw(sizes)
    end = data.draw(st.integers(1, size))
    width = data.draw(
        st.sampled_from([each for each in range(1, end + 1) if (end - each) % (1 << (each - 1).bit_length()) == 0])
    )
    start = end - width
    subtree, root = tree_hash(LEAVES[start:end]), tree_hash(LEAVES[:size])
    proof = [merkle.subtree_root(low, high, node) for low, high in merkle._ranges(start, end, size)]
    assert merkle.subtree_holds(start, end, size, subtree=subtree, proof=proof, root=root)
    if proof:
        assert not merkle.subtree_holds(start, end, size, subtree=subtree, proof=proof[:-1], root=root)
        assert not merkle.subtree_holds(start, end, size, subtree=RANDOM_HASH, proof=proof, root=root)


@law
@given(st.integers(1, 2**62), st.data())
def test_a_proof_is_as_long_as_the_sizes_say_even_in_the_largest_tree(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    assert len(merkle.inclusion_ranges(index, size)) <= (size - 1).bit_length()
    covered = sorted([(index, index + 1), *merkle.inclusion_ranges(index, size)])
    assert covered[0][0] == 0
    assert covered[-1][1] == size
    assert all(left[1] == right[0] for left, right in itertools.pairwise(covered))


def test_proofs_about_what_is_not_in_the_tree_are_not_made() -> None:
    for index, size in ((-1, 3), (3, 3), (0, 0)):
        with pytest.raises(ValueError, match="outside"):
            merkle.inclusion_proof(index, size, node)
    for size1, size2 in ((0, 3), (4, 3), (0, 0), (-1, 3)):
        with pytest.raises(ValueError, match="first tree"):
            merkle.consistency_proof(size1, size2, node)
    with pytest.raises(ValueError, match="no subtree"):
        merkle.subtree_root(1, 3, node)
    assert merkle.subtree_root(5, 5, node) == merkle.EMPTY_ROOT


def test_nothing_is_consistent_with_an_empty_tree() -> None:
    empty = merkle.EMPTY_ROOT
    assert not merkle.consistency_holds(0, 0, empty, empty, [])
    assert not merkle.consistency_holds(0, 1, empty, LEAVES[0], [])
    assert not merkle.inclusion_holds(empty, 0, 0, [], empty)


def test_a_subtree_without_leaves_is_part_of_any_tree_and_says_nothing() -> None:
    assert merkle.subtree_holds(1, 1, 2, subtree=merkle.EMPTY_ROOT, proof=[], root=RANDOM_HASH)
    assert not merkle.subtree_holds(1, 1, 2, subtree=RANDOM_HASH, proof=[], root=RANDOM_HASH)
    assert not merkle.subtree_holds(1, 1, 2, subtree=merkle.EMPTY_ROOT, proof=[RANDOM_HASH], root=RANDOM_HASH)


def test_a_range_that_is_no_subtree_holds_nothing() -> None:
    three, proof = tree_hash(LEAVES[:3]), merkle.consistency_proof(3, 4, node)
    assert merkle.subtree_holds(0, 3, 4, subtree=three, proof=proof, root=tree_hash(LEAVES[:4]))
    assert not merkle.subtree_holds(1, 3, 4, subtree=three, proof=proof, root=tree_hash(LEAVES[:4]))
    for start, end in ((1, 3), (2, 5), (3, 2), (6, 9)):
        assert not merkle.subtree_holds(start, end, 8, subtree=RANDOM_HASH, proof=[RANDOM_HASH] * 3, root=RANDOM_HASH)


# --- what is not a proof


def damaged(proof: list[bytes], chance: ids.Ids) -> Iterator[list[bytes]]:
    """Every way to be nearly right: shorter, longer, reordered, repeated, bent by a bit, cut or joined differently."""
    yield [*proof, RANDOM_HASH]
    yield [RANDOM_HASH, *proof]
    yield [*proof, b""]
    if not proof:
        return
    place, byte, bit = (number % limit for number, limit in zip(chance.token(3), (len(proof), 32, 8), strict=True))
    bent = bytearray(proof[place])
    bent[byte] ^= 1 << bit
    for other in (bytes(bent), RANDOM_HASH, bytes(32), b"", proof[place][:-1], proof[place] + b"\0"):
        yield [*proof[:place], other, *proof[place + 1 :]]
    yield [*proof[:place], *proof[place + 1 :]]
    yield [*proof[:place], proof[place], *proof[place:]]
    if len(proof) > 1:
        yield proof[::-1]
        joined = b"".join(proof)
        yield [joined[:31], joined[31:64], *proof[2:]]


def test_thousands_of_damaged_inclusion_proofs_are_refused() -> None:
    chance, refused = ids.SeededIds(9162), 0
    for index, size, proof, root in every_inclusion():
        leaf = LEAVES[index]
        for bad in damaged(proof, chance):
            assert not merkle.inclusion_holds(leaf, index, size, bad, root), (index, size, bad)
            refused += 1
        for wrong in (RANDOM_HASH, leaf[:-1], b""):
            assert not merkle.inclusion_holds(wrong, index, size, proof, root)
            assert not merkle.inclusion_holds(leaf, index, size, proof, wrong)
            refused += 2
        for place in {*range(-1, size + 1), 2**64 - 1} - {index}:
            assert not merkle.inclusion_holds(leaf, place, size, proof, root)
            refused += 1
    assert refused >= 1000


def test_thousands_of_damaged_consistency_proofs_are_refused() -> None:
    chance, refused = ids.SeededIds(6962), 0
    for size1, size2, root1, root2, proof in every_consistency():
        for bad in damaged(proof, chance):
            assert not merkle.consistency_holds(size1, size2, root1, root2, bad), (size1, size2, bad)
            refused += 1
        assert not merkle.consistency_holds(size1, size2, RANDOM_HASH, root2, proof)
        assert not merkle.consistency_holds(size1, size2, root1, RANDOM_HASH, proof)
        assert not merkle.consistency_holds(-size1, size2, root1, root2, proof)
        refused += 3
        if size1 != size2:
            assert not merkle.consistency_holds(size1, size2, root2, root1, proof)
            assert not merkle.consistency_holds(size2, size1, root2, root1, proof)
            refused += 2
    assert refused >= 1000


def test_a_byte_cannot_move_between_a_leaf_and_its_sibling() -> None:
    left, right = LEAVES[:2]
    root = tree_hash([left, right])
    assert merkle.inclusion_holds(left, 0, 2, [right], root)
    assert not merkle.inclusion_holds(left + right[:1], 0, 2, [right[1:]], root)
    assert not merkle.inclusion_holds(left[:-1], 0, 2, [left[-1:] + right], root)


def test_a_byte_cannot_move_between_the_hashes_of_a_consistency_proof() -> None:
    """Joined, the two hashes give the same later root; apart, they would let the earlier one be invented."""
    last, added, first_two = proof = merkle.consistency_proof(3, 4, node)
    root = tree_hash(LEAVES[:4])
    assert merkle.consistency_holds(3, 4, tree_hash(LEAVES[:3]), root, proof)
    invented = merkle.node_hash(first_two, last[:-1])
    assert not merkle.consistency_holds(3, 4, invented, root, [last[:-1], last[-1:] + added, first_two])


def test_an_interior_node_cannot_pass_for_a_leaf() -> None:
    data = LEAVES[0] + LEAVES[1]
    assert merkle.node_hash(LEAVES[0], LEAVES[1]) != merkle.leaf_hash(data)
