"""The stand-alone verifier: it accepts what the kernel makes, refuses everything else, and never falls over."""

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundary.kernel import audit_bytes, hashchain, ids, merkle, primitives
from boundary.verify import inclusion

SOURCE = Path(inclusion.__file__)
SEED = bytes(range(32))
PUBLIC = primitives.ed25519_public(SEED)
SIGNED_AT = 1_900_000_000_000_000
COUNT = 23

ENTRIES = [(1000 + 7 * each, 10**15 + each, b"payload %d" % each * (each % 3)) for each in range(COUNT)]
LEAVES = [audit_bytes.leaf(*entry) for entry in ENTRIES]


def node(level: int, index: int) -> bytes:
    return merkle.root(LEAVES[index << level : (index + 1) << level])


def head(size: int, seed: bytes = SEED) -> dict[str, Any]:
    chain = hashchain.GENESIS
    for leaf in LEAVES[:size]:
        chain = hashchain.link(chain, leaf)
    root = merkle.root(LEAVES[:size])
    signature = primitives.ed25519_sign(seed, audit_bytes.head_bytes(size, root, chain, SIGNED_AT))
    return {
        "size": size, "root": root.hex(), "chain": chain.hex(), "at": SIGNED_AT, "signature": signature.hex()
    }  # fmt: skip


def document(seq: int, size: int = COUNT, seed: bytes = SEED) -> dict[str, Any]:
    """What `audit proof` prints for the entry that was sealed as number `seq`, made by the kernel alone."""
    identity, at, payload = ENTRIES[seq - 1]
    return {
        "format": "audit-inclusion/1",
        "entry": {"id": identity, "at_micros_2000": at, "payload": payload.hex()},
        "seq": seq,
        "leaf": LEAVES[seq - 1].hex(),
        "proof": [each.hex() for each in merkle.inclusion_proof(seq - 1, size, node)],
        "head": head(size, seed),
    }


def verdict(
    data: bytes | dict[str, Any], folder: Path, capsys: pytest.CaptureFixture[str], key: str = PUBLIC.hex()
) -> int:
    """The exit status, after checking that there was exactly one line that begins with the matching word."""
    path = folder / "proof.json"
    path.write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())
    status = inclusion.main([str(path), "--public-key", key])
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.count("\n") == 1
    assert said.out.endswith("\n")
    assert said.out.startswith(("VALID: ", "NOT VALID: ", "UNUSABLE: ")[status])
    return status


# --- what it accepts


def test_every_proof_that_the_kernel_makes_is_valid(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for size in (1, 2, 3, 8, 13, COUNT):
        for seq in range(1, size + 1):
            assert verdict(document(seq, size), tmp_path, capsys) == 0


def test_the_line_says_what_was_proven(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "proof.json"
    path.write_text(json.dumps(document(5)))
    assert inclusion.main([str(path), "--public-key", PUBLIC.hex().upper()]) == 0
    assert capsys.readouterr().out == (
        "VALID: entry 1028 is number 5 of the 23 entries that this key signed at 2030-03-17T17:46:40+00:00\n"
    )


# --- what it refuses


def test_the_same_file_signed_by_another_key_is_not_valid(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = bytes(32)
    resigned = document(5, seed=other)
    assert verdict(resigned, tmp_path, capsys, primitives.ed25519_public(other).hex()) == 0
    assert verdict(resigned, tmp_path, capsys) == 1
    assert verdict(document(5), tmp_path, capsys, primitives.ed25519_public(other).hex()) == 1


def test_a_key_that_the_file_brings_makes_it_unusable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for place in ("", "head", "entry"):
        brought = document(5)
        (brought[place] if place else brought)["public_key"] = PUBLIC.hex()
        assert verdict(brought, tmp_path, capsys) == 2


SMALL_CHANGES = [
    ("entry", "id"), ("entry", "at_micros_2000"), ("entry", "payload"), ("seq",), ("leaf",), ("proof", 0), ("proof", -1),
    ("head", "size"), ("head", "root"), ("head", "chain"), ("head", "at"), ("head", "signature"),
]  # fmt: skip


@pytest.mark.parametrize("place", SMALL_CHANGES, ids=str)
def test_a_well_formed_change_anywhere_is_not_valid(
    place: tuple[str | int, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for seq in (1, 5, 22, COUNT):
        changed = document(seq)
        *way, last = place
        inner: Any = changed
        for step in way:
            inner = inner[step]
        for other in others(inner[last]):
            inner[last] = other
            assert verdict(changed, tmp_path, capsys) == 1


def others(value: int | str) -> list[int | str]:
    if isinstance(value, int):
        return [value - 1, value + 1]
    return [value[:-1] + f"{int(value[-1], 16) ^ 1:x}"] if value else ["00"]


def test_an_entry_moved_into_another_entrys_proof_is_not_valid(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for field in ("entry", "seq", "leaf", "proof"):
        assert verdict(document(5) | {field: document(6)[field]}, tmp_path, capsys) == 1
    assert verdict(document(5) | {"head": head(22)}, tmp_path, capsys) == 1


def test_every_changed_byte_of_a_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Written without spaces, a document has no byte to spare."""
    original = json.dumps(document(5), separators=(",", ":")).encode()
    places = range(len(original))
    drawn = ids.SeededIds(5).token(2 * len(original))
    mutants = {original[:place] for place in places} | {original[:place] + original[place + 1 :] for place in places}
    for place, number in zip([*places, *places], drawn, strict=True):
        new = b'0123456789abcdef", []{}-.eE\0\xff'[number % 29 : number % 29 + 1]
        mutants.add(original[:place] + new + original[place + 1 :])
    mutants.remove(original)
    assert len(mutants) > 3000
    assert [mutant for mutant in mutants if verdict(mutant, tmp_path, capsys) == 0] == []


def test_a_thousand_forged_proofs_are_refused_by_both_verifiers() -> None:
    chance, refused = ids.SeededIds(672), 0
    for seq in range(1, COUNT + 1):
        leaf, proof, root = LEAVES[seq - 1], merkle.inclusion_proof(seq - 1, COUNT, node), merkle.root(LEAVES)
        assert inclusion.root_from(leaf, seq - 1, COUNT, proof) == root
        for _ in range(50):
            place, kind, bit = (each % limit for each, limit in zip(chance.token(3), (len(proof), 7, 8), strict=True))
            bent = bytes([proof[place][0] ^ 1 << bit]) + proof[place][1:]
            forged_leaf, index, forged = leaf, seq - 1, list(proof)
            match kind:
                case 0:
                    forged[place] = bent
                case 1:
                    del forged[place]
                case 2:
                    forged.insert(place, chance.token(32))
                case 3:
                    forged.append(root)
                case 4:
                    forged[place], forged[place - 1] = forged[place - 1], forged[place]
                case 5:
                    forged_leaf = bent
                case _:
                    index = (index + 1 + bit) % COUNT
            assert inclusion.root_from(forged_leaf, index, COUNT, forged) != root
            assert not merkle.inclusion_holds(forged_leaf, index, COUNT, forged, root)
            refused += 1
    assert refused >= 1000


@settings(deadline=None)
@given(
    st.integers(0, 40), st.integers(0, 40), st.lists(st.sampled_from([*LEAVES[:3], node(1, 0), node(1, 1)]), max_size=7)
)
def test_both_verifiers_always_agree(index: int, size: int, proof: list[bytes]) -> None:
    for root in {merkle.root(LEAVES[:each]) for each in range(1, 8)}:
        alone = inclusion.root_from(LEAVES[0], index, size, proof) == root
        assert alone == merkle.inclusion_holds(LEAVES[0], index, size, proof, root)


# --- what it cannot judge


def replaced(**fields: object) -> bytes:
    return json.dumps(document(5) | fields).encode()


def in_head(**fields: object) -> bytes:
    return replaced(head=head(COUNT) | fields)


def in_entry(**fields: object) -> bytes:
    return replaced(entry=document(5)["entry"] | fields)


PLAIN = json.dumps(document(5)).encode()
UNUSABLE = {
    "empty": b"",
    "not UTF-8": b'{"format":"\xff"}',
    "UTF-16": PLAIN.decode().encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf" + PLAIN,
    "not JSON": b"proof",
    "two documents": PLAIN + PLAIN,
    "a list": b"[]",
    "null": b"null",
    "a number": b"1" * 5000,
    "deep list": b"[" * 200_000,
    "deep document": b'{"a":' * 200_000 + b"1" + b"}" * 200_000,
    "a key twice": PLAIN.replace(b'"seq": 5', b'"seq": 5, "seq": 5'),
    "a key twice inside": PLAIN.replace(b'"size": 23', b'"size": 1, "size": 23'),
    "a field missing": PLAIN.replace(b'"seq": 5, ', b""),
    "a field more": replaced(note="hello"),
    "another format": replaced(format="audit-inclusion/2"),
    "format not text": replaced(format=["audit-inclusion/1"]),
    "entry not an object": replaced(entry=[]),
    "head not an object": replaced(head=None),
    "number as text": replaced(seq="5"),
    "number as float": replaced(seq=5.0),
    "number as bool": replaced(seq=True),
    "number not finite": PLAIN.replace(b'"seq": 5', b'"seq": Infinity'),
    "number NaN": PLAIN.replace(b'"seq": 5', b'"seq": NaN'),
    "number of 65 bits": replaced(seq=2**64),
    "number of 5000 digits": PLAIN.replace(b'"seq": 5', b'"seq": ' + b"9" * 5000),
    "size of 64 bits": in_head(size=2**63),
    "id of 64 bits": in_entry(id=-(2**63) - 1),
    "time before 1970": in_head(at=-1),
    "time after 9999": in_head(at=2**62),
    "payload not hexadecimal": in_entry(payload="zz"),
    "payload of half a byte": in_entry(payload="abc"),
    "payload with spaces": in_entry(payload="ab cd"),
    "payload in capitals": in_entry(payload="AB"),
    "payload in other digits": in_entry(payload="١٢"),
    "payload not text": in_entry(payload=None),
    "leaf too short": replaced(leaf="00" * 31),
    "root too long": in_head(root="00" * 33),
    "signature too short": in_head(signature="00" * 63),
    "proof not a list": replaced(proof={"0": "00" * 32}),
    "proof null": replaced(proof=None),
    "proof of numbers": replaced(proof=[1, 2, 3]),
    "proof of short hashes": replaced(proof=["00" * 31]),
}  # fmt: skip


@pytest.mark.parametrize("name", UNUSABLE)
def test_rubbish_is_unusable(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verdict(UNUSABLE[name], tmp_path, capsys) == 2


@pytest.mark.parametrize(
    "data",
    [replaced(seq=0), replaced(seq=-5), replaced(seq=24), replaced(seq=2**62), in_head(size=0), in_head(size=-1),
     in_head(size=2**62), replaced(proof=[]), replaced(proof=["00" * 32] * 5000), in_entry(payload=""),
     in_entry(id=2**63 - 1), in_entry(id=-(2**63)), in_head(at=0), in_head(at=253_402_300_799_999_999)],
    ids=range(14),
)  # fmt: skip
def test_what_can_be_read_but_does_not_hold_is_not_valid(
    data: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verdict(data, tmp_path, capsys) == 1


@pytest.mark.parametrize("key", ["", "00", "zz" * 32, "00" * 33, "0" * 63, " " + "00" * 32, "٠" * 64])
def test_a_key_that_is_none_is_unusable(key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verdict(document(5), tmp_path, capsys, key) == 2


def test_a_key_that_is_no_curve_point_signs_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verdict(document(5), tmp_path, capsys, "ff" * 32) == 1


def test_a_file_that_cannot_be_read_is_unusable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in (tmp_path, tmp_path / "missing", tmp_path / "zero\0byte"):
        assert inclusion.main([str(path), "--public-key", PUBLIC.hex()]) == 2
        assert capsys.readouterr().out == "UNUSABLE: the file cannot be read\n"


def test_a_file_of_any_size_is_not_read_to_its_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inclusion, "SIZE_MAX", len(PLAIN))
    assert verdict(PLAIN, tmp_path, capsys) == 0
    monkeypatch.setattr(inclusion, "SIZE_MAX", len(PLAIN) - 1)
    assert inclusion.main([str(tmp_path / "proof.json"), "--public-key", PUBLIC.hex()]) == 2
    assert "too large" in capsys.readouterr().out


def test_a_call_without_a_key_is_unusable(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        inclusion.main(["proof.json"])
    assert caught.value.code == 2
    assert "--public-key" in capsys.readouterr().err


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(list(document(1))), inner, max_size=6),
    max_leaves=12,
)


@settings(deadline=None)
@given(
    st.one_of(anything, st.fixed_dictionaries({name: st.just(value) | anything for name, value in document(5).items()}))
)
def test_no_document_makes_it_fall_over(value: object) -> None:
    try:
        inclusion.judge(value, PUBLIC)
        valid = True
    except (inclusion.Unusable, inclusion.NotValid):
        valid = False
    assert valid == (json.dumps(value, sort_keys=True) == json.dumps(document(5), sort_keys=True))  # 5 is not 5.0


# --- that it stands alone


def test_it_runs_alone_where_nothing_of_ours_is(tmp_path: Path) -> None:
    shutil.copy(SOURCE, tmp_path / "inclusion.py")
    changed = document(5) | {"seq": 6}
    for content, status in ((document(5), 0), (changed, 1), ([], 2)):
        (tmp_path / "proof.json").write_text(json.dumps(content))
        command = [sys.executable, "-I", "inclusion.py", "proof.json", "--public-key", PUBLIC.hex()]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr, done.stdout.count("\n")) == (status, "", 1)


def test_it_imports_only_the_standard_library_and_cryptography() -> None:
    imported = set()
    for statement in ast.walk(ast.parse(SOURCE.read_text())):
        if isinstance(statement, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in statement.names}
        if isinstance(statement, ast.ImportFrom):
            assert statement.level == 0
            imported.add(str(statement.module).partition(".")[0])
    assert imported - sys.stdlib_module_names == {"cryptography"}


def test_it_can_be_read_in_one_sitting() -> None:
    assert len(SOURCE.read_text().splitlines()) <= 150
