"""The stand-alone verifier of signed heads: what the channel exports is valid, and everything else is not."""

import ast
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from boundary.channel import witness
from boundary.kernel import audit_bytes, ids, primitives
from boundary.verify import heads
from boundary.wire import messages, to_customer, to_execution, values

SOURCE = Path(heads.__file__)
SEEDS = {"customer": bytes(range(32)), "execution": bytes(range(1, 33))}
KEYS = {name: primitives.ed25519_public(seed).hex() for name, seed in SEEDS.items()}
STRANGER = bytes(range(2, 34))
CHANNEL = ids.SeededIds(1).ref()
KINDS: dict[str, Any] = {"customer": to_execution.SignedHeads, "execution": to_customer.SignedHeads}


def core(direction: int, epoch: int, sequence: int) -> values.ChannelHead:
    return values.ChannelHead(epoch, sequence, 3 * sequence, bytes([direction, epoch, sequence % 256, 7]) * 8)


def head(signer: str, step: int, *, seed: bytes | None = None, epoch: int = 1, **changes: Any) -> dict[str, Any]:
    """What a stack exports of its heads number STEP."""
    secret = seed or SEEDS[signer]
    mine, other = (1, 2) if signer == "customer" else (2, 1)
    at, root, chain = 10**15 + step, bytes([step]) * 32, bytes([step, 1]) * 16
    stated = audit_bytes.head_bytes(10 * step, root, chain, at)
    signature = primitives.ed25519_sign(secret, stated)
    fields: dict[str, Any] = {
        "at_micros": at,
        "sent": core(mine, epoch, 20 * step),
        "received": core(other, epoch, 20 * step - 5),
        "audit": values.AuditHead(10 * step, root, chain, at, primitives.ed25519_public(secret), signature),
    } | changes
    made = witness.sign(KINDS[signer], secret, CHANNEL, **fields)
    return {
        "channel": str(CHANNEL), "origin": "ours", "verdict": "stated",
        "statement": messages.statement(made, CHANNEL).hex(), "signature": made.signature.hex(),
        "audit": audit_bytes.head_bytes(
            made.audit.size, made.audit.root, made.audit.chain, made.audit.at_micros
        ).hex(),
        "audit_key": made.audit.key.hex(), "audit_signature": made.audit.signature.hex(), "summary": "",
    }  # fmt: skip


def both() -> list[dict[str, Any]]:
    return [head(signer, step) for step in (1, 2, 3) for signer in SEEDS]


def verdict(path: Path, found: Any, capsys: pytest.CaptureFixture[str], **keys: str) -> tuple[int, str]:
    file = path / "heads.json"
    file.write_text(json.dumps({"format": "channel-heads/1", "stack": "customer", "heads": found}))
    status = heads.main([str(file), *(f"--{name}-key={key}" for name, key in (KEYS | keys).items())])
    line = capsys.readouterr().out
    assert line.startswith(("VALID: ", "NOT VALID: ", "UNUSABLE: ")[status])
    assert line.count("\n") == 1
    return status, line


def test_what_two_honest_stacks_export_is_valid(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, line = verdict(tmp_path, both(), capsys)
    assert (status, "3 heads of the customer stack, 3 of the execution stack" in line) == (0, True)
    assert verdict(tmp_path, both()[::-1], capsys)[0] == 0, "whatever their order"


def tampered(change: Callable[[dict[str, Any]], None]) -> list[dict[str, Any]]:
    found = both()
    change(found[2])
    return found


def flip(name: str, place: int = -1) -> Callable[[dict[str, Any]], None]:
    def change(one: dict[str, Any]) -> None:
        data = bytearray.fromhex(one[name])
        data[place] ^= 1
        one[name] = data.hex()

    return change


BAD: dict[str, Callable[[], list[dict[str, Any]]]] = {
    "all of it signed again by a stranger": lambda: [
        head(signer, step, seed=STRANGER) for step in (1, 2) for signer in SEEDS
    ],
    "one of it signed again by a stranger": lambda: [*both(), head("customer", 4, seed=STRANGER)],
    "the other signer's key": lambda: [head("customer", 1, seed=SEEDS["execution"])],
    "a signature changed": lambda: tampered(flip("signature")),
    "an audit signature changed": lambda: tampered(flip("audit_signature")),
    "an audit head changed": lambda: tampered(flip("audit", 15)),
    "a channel changed": lambda: tampered(flip("statement", 20)),
    "a hash changed": lambda: tampered(flip("statement", 60)),
    "less than before": lambda: [*both(), head("customer", 2, at_micros=2 * 10**15)],
    "two histories of one sender": lambda: [
        *both(), head("customer", 4, sent=values.ChannelHead(1, 60, 181, core(1, 1, 60).head)),
    ],
    "another history at the receiver": lambda: [
        *both(), head("execution", 4, received=values.ChannelHead(1, 60, 180, bytes(31) + b"1")),
    ],
}  # fmt: skip


@pytest.mark.parametrize("make", list(BAD.values()), ids=list(BAD))
def test_what_was_not_signed_so_or_contradicts_itself_is_not_valid(
    make: Callable[[], list[dict[str, Any]]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verdict(tmp_path, make(), capsys)[0] in {1, 2}
    assert verdict(tmp_path, both(), capsys)[0] == 0


def test_the_same_file_is_not_valid_under_other_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stranger = primitives.ed25519_public(STRANGER).hex()
    for name in SEEDS:
        assert verdict(tmp_path, both(), capsys, **{name: stranger})[0] == 1


def test_a_new_epoch_may_begin_with_less(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    later = head("customer", 1, epoch=2, at_micros=2 * 10**15)
    status, line = verdict(tmp_path, [*both(), later], capsys)
    assert (status, "2 epochs" in line) == (0, True)


@pytest.mark.parametrize("found", [[], [{}], [{"statement": "zz"}], [{**both()[0], "statement": "00"}], 7, [7]])
def test_what_is_no_export_cannot_be_judged(found: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verdict(tmp_path, found, capsys)[0] == 2


def test_it_runs_alone(tmp_path: Path) -> None:
    assert not [node for node in ast.walk(ast.parse(SOURCE.read_text())) if "boundary" in ast.dump(node)[:200]]
    assert len(SOURCE.read_text().splitlines()) <= 150
    copy = tmp_path / "heads.py"
    copy.write_bytes(SOURCE.read_bytes())
    file = tmp_path / "heads.json"
    file.write_text(json.dumps({"format": "channel-heads/1", "stack": "customer", "heads": both()}))
    keys = [f"--{name}-key={key}" for name, key in KEYS.items()]
    done = subprocess.run(
        [sys.executable, "-I", str(copy), str(file), *keys], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout[:5]) == (0, "VALID")
