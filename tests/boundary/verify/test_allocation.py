"""The stand-alone check of an omnibus order: it accepts what the execution stack makes, and no change of it."""

import copy
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundary.kernel import audit_bytes, hashchain, ids, merkle, primitives, records
from boundary.verify import allocation
from execution_stack.aggregation import model
from execution_stack.aggregation.formats import manifests
from execution_stack.allocation import model as allocation_model
from execution_stack.allocation import rules

SEED = bytes(range(32))
PUBLIC = primitives.ed25519_public(SEED)
RANDOM = ids.SeededIds(7)
ORDER, INSTRUMENT, CHANNEL = RANDOM.ref(), RANDOM.ref(), RANDOM.ref()


class Log:
    """An audit log of these entries, sealed under one head."""

    def __init__(self, entries: list[records.Entry], seed: bytes = SEED) -> None:
        self.payloads = [records.encode(each) for each in entries]
        self.leaves = [audit_bytes.leaf(9 + i, 10**15 + i, each) for i, each in enumerate(self.payloads)]
        chain = hashchain.GENESIS
        for leaf in self.leaves:
            chain = hashchain.link(chain, leaf)
        root, size = merkle.root(self.leaves), len(self.leaves)
        signature = primitives.ed25519_sign(seed, audit_bytes.head_bytes(size, root, chain, 1_900_000_000_000_000))
        self.head = {
            "size": size, "root": root.hex(), "chain": chain.hex(), "at": 1_900_000_000_000_000,
            "signature": signature.hex(),
        }  # fmt: skip

    def proof(self, place: int) -> dict[str, Any]:
        def node(level: int, index: int) -> bytes:
            return merkle.root(self.leaves[index << level : (index + 1) << level])

        return {
            "format": "audit-inclusion/1",
            "entry": {"id": 9 + place, "at_micros_2000": 10**15 + place, "payload": self.payloads[place].hex()},
            "seq": place + 1,
            "leaf": self.leaves[place].hex(),
            "proof": [each.hex() for each in merkle.inclusion_proof(place, len(self.leaves), node)],
            "head": self.head,
        }


def manifest(version: int, lots: list[int]) -> model.Manifest:
    members = tuple(
        model.Member(number, CHANNEL, 1, 5, number, RANDOM_PARTICIPANTS[number], each)
        for number, each in enumerate(lots)
    )
    return model.Manifest(ORDER, version, INSTRUMENT, 0, 55, members)


RANDOM_PARTICIPANTS = [RANDOM.ref() for _ in range(40)]


def document(
    versions: list[list[int]], fills: list[tuple[int, int, int, int] | int], *, seed: bytes = SEED, late: bool = False
) -> dict[str, Any]:
    """As the execution stack does it; a fill is (version, lots, fee, improvement), or the number of one taken back."""
    made = [manifest(number, lots) for number, lots in enumerate(versions, start=1)]
    entries: list[records.Entry] = []
    for each in made:
        root = manifests.root(each)
        pair = [
            model.Manifested(ORDER, each.version, root, len(each.members), each.lots),
            model.Left(ORDER, each.version, root, each.lots),
        ]
        entries += reversed(pair) if late else pair
    log = Log(entries, seed)
    return {
        "format": "allocation/1",
        "order": str(ORDER),
        "manifests": [
            {
                "version": each.version,
                "instrument": str(each.instrument),
                "side": each.side,
                "limit_ticks": each.limit_ticks,
                "members": [
                    [str(m.channel), m.epoch, m.sequence, m.position, str(m.participant), m.lots] for m in each.members
                ],
                "sealed": log.proof(2 * place + late),
                "left": log.proof(2 * place + 1 - late),
            }
            for place, each in enumerate(made)
        ],
        "fills": _shared(versions, fills),
    }


def _shared(versions: list[list[int]], fills: list[tuple[int, int, int, int] | int]) -> list[dict[str, Any]]:
    had = [0] * len(versions[0])
    said: list[dict[str, Any]] = []
    for number, fill in enumerate(fills, start=1):
        line: dict[str, Any] = {
            "number": number, "version": 1, "lots": 0, "fee": 0, "improvement": 0, "reverses": None, "shares": []
        }  # fmt: skip
        if isinstance(fill, int):
            line["reverses"] = fill
            for place, lots, *_ in said[fill - 1]["shares"]:
                had[place] -= lots
        else:
            version, *amounts = fill
            line |= {"version": version} | dict(zip(("lots", "fee", "improvement"), amounts, strict=True))
            wanted = [max(each - got, 0) for each, got in zip(versions[version - 1], had, strict=True)]
            _, shares = rules.share(allocation_model.Fill(*amounts), wanted, range(len(wanted)))
            line["shares"] = [[place, *share] for place, share in enumerate(shares) if share.lots]
            had = [got + share.lots for got, share in zip(had, shares, strict=True)]
        said.append(line)
    return said


def verdict(data: object, folder: Path, key: bytes = PUBLIC) -> int:
    path = folder / "order.json"
    path.write_text(json.dumps(data))
    return allocation.main([str(path), "--public-key", key.hex()])


GOOD = document([[3, 7, 1], [3, 2, 1]], [(1, 4, 100, 7), (2, 1, 3, 0), 1, (2, 3, 0, 1)])


def test_accepts_fills_in_parts_under_two_versions_and_one_taken_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verdict(GOOD, tmp_path) == 0
    assert capsys.readouterr().out == f"VALID: order {ORDER}: 4 lots in 4 fills, shared exactly among 3 intents\n"


def test_an_order_without_a_fill_and_an_intent_alone(tmp_path: Path) -> None:
    assert verdict(document([[5]], []), tmp_path) == 0
    assert verdict(document([[5]], [(1, 5, 1, 1)]), tmp_path) == 0


@settings(max_examples=30, deadline=None)
@given(
    wanted=st.lists(st.integers(1, 10**6), min_size=1, max_size=40),
    parts=st.lists(st.integers(1, 300), max_size=5),
    fee=st.integers(0, 10**9),
)
def test_accepts_whatever_the_execution_stack_makes(
    tmp_path_factory: pytest.TempPathFactory, wanted: list[int], parts: list[int], fee: int
) -> None:
    left, fills = sum(wanted), []
    for part in parts:
        lots = min(max(1, sum(wanted) * part // 1000), left)
        if lots:
            fills.append((1, lots, fee, fee // 3))
            left -= lots
    assert verdict(document([wanted], [*fills]), tmp_path_factory.getbasetemp()) == 0


def _set(*path: Any, to: object) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        here: Any = document
        for each in path[:-1]:
            here = here[each]
        here[path[-1]] = to

    return change


def _swap_members(document: dict[str, Any]) -> None:
    for each in document["manifests"]:
        each["members"][0], each["members"][1] = each["members"][1], each["members"][0]


def _move_a_lot(document: dict[str, Any]) -> None:
    first, second = document["fills"][0]["shares"][:2]
    first[1] += 1
    second[1] -= 1


CHANGES: dict[str, Callable[[dict[str, Any]], None]] = {
    "a lot from one to another": _move_a_lot,
    "priorities swapped": _swap_members,
    "a member's lots": _set("manifests", 0, "members", 1, 5, to=6),
    "a member's name": _set("manifests", 0, "members", 1, 3, to=9),
    "a member's participant": _set("manifests", 0, "members", 1, 4, to=str(CHANNEL)),
    "the side": _set("manifests", 0, "side", to=1),
    "the limit": _set("manifests", 0, "limit_ticks", to=54),
    "the instrument": _set("manifests", 0, "instrument", to=str(ORDER)),
    "the order": _set("order", to=str(CHANNEL)),
    "a fill's version": _set("fills", 1, "version", to=1),
    "a version that there is not": _set("fills", 1, "version", to=3),
    "a fill's lots": _set("fills", 0, "lots", to=5),
    "a fill's fee": _set("fills", 0, "fee", to=101),
    "a fill's improvement": _set("fills", 0, "improvement", to=8),
    "a share's fee": _set("fills", 0, "shares", 0, 2, to=0),
    "a share twice": lambda d: d["fills"][0]["shares"].append(d["fills"][0]["shares"][0]),
    "a share left out": lambda d: d["fills"][0]["shares"].pop(),
    "a fill left out": lambda d: d["fills"].pop(1),
    "taken back twice": lambda d: d["fills"].append(copy.deepcopy(d["fills"][2]) | {"number": 5}),
    "taken back and not there": _set("fills", 2, "reverses", to=9),
    "taken back, with shares": _set("fills", 2, "shares", to=[[0, 1, 0, 0]]),
    "a version left out": lambda d: d["manifests"].pop(0),
    "no manifest": _set("manifests", to=[]),
    "another version's proof": lambda d: d["manifests"][0].update(sealed=d["manifests"][1]["sealed"]),
    "proofs swapped": lambda d: d["manifests"][0].update(
        sealed=d["manifests"][0]["left"], left=d["manifests"][0]["sealed"]
    ),
    "a payload": lambda d: d["manifests"][0]["sealed"]["entry"].update(payload="9101"),
    "a head's signature": lambda d: d["manifests"][0]["sealed"]["head"].update(signature="00" * 64),
    "a head's size": lambda d: d["manifests"][0]["sealed"]["head"].update(size=3),
    "a path": lambda d: d["manifests"][0]["sealed"]["proof"].pop(),
    "more in a later version": lambda d: d.update(document([[3, 2, 1], [3, 7, 1]], [])),
    "a fill larger than what was wanted": lambda d: d["fills"].append(
        {"number": 5, "version": 2, "lots": 99, "fee": 0, "improvement": 0, "reverses": None, "shares": []}
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_finds_every_change(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: Callable[[dict[str, Any]], None]
) -> None:
    changed = copy.deepcopy(GOOD)
    change(changed)
    assert verdict(changed, tmp_path) == 1
    assert capsys.readouterr().out.startswith("NOT VALID: ")


def test_another_key_and_the_same_content_signed_by_another_key_prove_nothing(tmp_path: Path) -> None:
    assert verdict(GOOD, tmp_path, primitives.ed25519_public(bytes(32))) == 1
    assert verdict(document([[3]], [(1, 1, 0, 0)], seed=bytes(32)), tmp_path) == 1


def test_a_manifest_that_came_into_the_log_after_its_order_left_proves_nothing(tmp_path: Path) -> None:
    assert verdict(document([[3]], [], late=True), tmp_path) == 1


@pytest.mark.parametrize(
    "rubbish",
    [
        None, [], {}, 7, "x", {**GOOD, "format": "allocation/2"}, {**GOOD, "more": 1}, {**GOOD, "fills": {}},
        {**GOOD, "order": "x"}, {**GOOD, "order": str(ORDER).upper()}, {**GOOD, "manifests": [7]},
        {**GOOD, "fills": [{**GOOD["fills"][0], "lots": 4.0}]}, {**GOOD, "fills": [{**GOOD["fills"][0], "lots": -4}]},
        {**GOOD, "fills": [{**GOOD["fills"][0], "lots": True}]}, {**GOOD, "fills": [{**GOOD["fills"][0], "shares": [1]}]},
        {**GOOD, "fills": [{**GOOD["fills"][0], "version": None}]},
    ],
)  # fmt: skip
def test_rubbish_cannot_be_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str], rubbish: object) -> None:
    assert verdict(rubbish, tmp_path) == 2
    assert capsys.readouterr().out.startswith("UNUSABLE: ")


@pytest.mark.parametrize("data", [b"", b"\xff", b"[" * 100_000, b'{"a":1,"a":2}', b"1e999"])
def test_files_that_are_no_documents(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "order.json"
    path.write_bytes(data)
    assert allocation.main([str(path), "--public-key", PUBLIC.hex()]) == 2
    assert allocation.main([str(tmp_path / "none"), "--public-key", PUBLIC.hex()]) == 2
    assert allocation.main([str(path), "--public-key", "xyz"]) == 2


def test_runs_alone(tmp_path: Path) -> None:
    shutil.copy(allocation.__file__, tmp_path / "allocation.py")
    (tmp_path / "order.json").write_text(json.dumps(GOOD))
    done = subprocess.run(
        [sys.executable, "-I", "allocation.py", "order.json", "--public-key", PUBLIC.hex()],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, b"")
