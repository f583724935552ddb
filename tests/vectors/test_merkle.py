"""The 518 inclusion, consistency and subtree proofs of transparency-dev/merkle: we agree with it on every one."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from boundary.kernel import merkle
from boundary.verify import inclusion

# A tree of size 0 is a prefix of every tree, so a verifier that goes by mathematics alone needs no proof and may pass
# these without a look at the roots. As policy they are refused, there and here: the empty tree commits to nothing, and
# who accepts it as the earlier one has checked nothing.
POLICY_ON_SIZE_0 = {
    "consistency/additional/size1-is-zero-and-does-not-equal-size2.json",
    "consistency/additional/size1-is-zero-and-size2-is-not-zero.json",
    "consistency/additional/sizes-are-equal-zero-and-proof-is-empty.json",
}
COUNTS = {"inclusion": 98, "consistency": 98, "subtreeinclusion": 204, "subtreeconsistency": 118}


def cases(vectors: Path, kind: str) -> dict[str, dict[str, Any]]:
    folder = vectors / "merkle" / "transparency-dev-merkle-testdata" / "testdata"
    found = {
        path.relative_to(folder).as_posix(): json.loads(path.read_bytes()) for path in (folder / kind).rglob("*.json")
    }
    assert len(found) == COUNTS[kind]
    return found


def hashes(case: dict[str, Any]) -> list[bytes]:
    return [base64.b64decode(each) for each in case["proof"] or []]


def of(case: dict[str, Any], name: str) -> bytes:
    return base64.b64decode(case[name])


def accepted(kind: str, case: dict[str, Any]) -> bool:
    match kind:
        case "inclusion":
            leaf, root = of(case, "leafHash"), of(case, "root")
            return merkle.inclusion_holds(leaf, case["leafIdx"], case["treeSize"], hashes(case), root)
        case "consistency":
            sizes = case["size1"], case["size2"]
            return merkle.consistency_holds(*sizes, of(case, "root1"), of(case, "root2"), hashes(case))
        case "subtreeinclusion":  # a leaf's place in a subtree is its place in a tree of those leaves alone
            start, end = case["start"], case["end"]
            if not is_subtree(start, end):
                return False
            leaf, root = of(case, "leafHash"), of(case, "root")
            return merkle.inclusion_holds(leaf, case["leafIdx"] - start, end - start, hashes(case), root)
        case _:
            bounds = case["start"], case["end"], case["size"]
            return merkle.subtree_holds(*bounds, subtree=of(case, "root1"), proof=hashes(case), root=of(case, "root2"))


def is_subtree(start: int, end: int) -> bool:
    try:
        return bool(merkle.complete_subtrees(start, end))
    except ValueError:
        return False


@pytest.mark.parametrize("kind", COUNTS)
def test_we_agree_on_every_proof(kind: str, vectors: Path) -> None:
    found = cases(vectors, kind)
    assert [name for name, case in found.items() if accepted(kind, case) == case["wantErr"]] == []
    assert 0 < sum(accepted(kind, case) for case in found.values()) < len(found)


def test_the_cases_that_are_policy_are_refused_for_their_size(vectors: Path) -> None:
    found = cases(vectors, "consistency")
    assert found.keys() >= POLICY_ON_SIZE_0
    for name in POLICY_ON_SIZE_0:
        case = found[name]
        assert case["size1"] == 0
        assert hashes(case) == []
        assert not accepted("consistency", case)


def test_the_stand_alone_verifier_agrees_too(vectors: Path) -> None:
    """It reads its hashes from text that must have 32 bytes, so here only cases with whole hashes are its own."""
    whole = 0
    for name, case in cases(vectors, "inclusion").items():
        leaf, root, proof = of(case, "leafHash"), of(case, "root"), hashes(case)
        if {len(each) for each in (leaf, root, *proof)} == {32}:
            whole += 1
            holds = inclusion.root_from(leaf, case["leafIdx"], case["treeSize"], proof) == root
            assert holds != case["wantErr"], name
    assert whole > 60
