"""What a person is shown and signs: in words, worked out here, with a key that nobody else can read."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from boundary import cli
from boundary.kernel import primitives
from boundary.kernel.runtime import approvals
from boundary.wire import messages, statements, to_execution
from tests.boundary.wire import examples

CHANNEL, OPERATOR = examples.ref(77), examples.ref(5)
LOCAL = approvals.statement(
    "execution",
    "operators.activate",
    OPERATOR,
    {"scope": "stack"},
    nonce=examples.ref(9),
    now=1_800_000_000,
    seconds=60,
)
FORCE = next(each for each in examples.TO_EXECUTION if isinstance(each, to_execution.ForceTransfer))


def run(*arguments: Any, data: bytes | None = None) -> Result:
    return CliRunner().invoke(cli.main, [str(each) for each in arguments], input=data)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    made = run("operator-key", "new", tmp_path / "person.pem")
    assert made.exit_code == 0
    return tmp_path / "person.pem"


def public(key: Path) -> bytes:
    return bytes.fromhex(run("operator-key", "public", key).stdout)


def approve(key: Path, tmp_path: Path, data: bytes, *options: str, answer: bytes | None = None) -> Result:
    file = tmp_path / "statement.json"
    file.write_bytes(data)
    return run("approve", "--key", key, "--operator", OPERATOR, "--statement", file, *options, data=answer)


def test_a_key_is_made_for_its_person_alone_and_never_overwritten(key: Path) -> None:
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.read_bytes().startswith(b"-----BEGIN PRIVATE KEY-----")
    before = key.read_bytes()
    assert run("operator-key", "new", key).exit_code == 2
    assert key.read_bytes() == before
    assert primitives.is_ed25519_public(public(key))


def test_a_command_is_shown_and_signed(key: Path, tmp_path: Path) -> None:
    result = approve(key, tmp_path, approvals.write_statement(LOCAL), "--yes")
    assert result.exit_code == 0
    shown = [" ".join(line.split()) for line in result.stderr.splitlines()]
    hashed = approvals.statement_hash(LOCAL)
    assert shown == [
        "a command of the execution stack: operators.activate",
        f"subject {OPERATOR}",
        "scope stack",
        f"nonce {examples.ref(9)}",
        "not before 2027-01-15T08:00:00Z",
        "until 2027-01-15T08:01:00Z",
        f"SHA-256 to sign {hashed.hex()}",
        f"as operator {OPERATOR}",
    ]
    approval = approvals.read_approval(result.stdout.encode(), hashed)
    assert approval.operator == OPERATOR
    assert primitives.ed25519_matches(public(key), hashed, approval.signature)


def test_a_message_is_shown_in_the_words_of_inspect_and_signed(key: Path, tmp_path: Path) -> None:
    result = approve(key, tmp_path, statements.write(FORCE, CHANNEL), "--yes")
    shown = [" ".join(line.split()) for line in result.stderr.splitlines()]
    assert shown[0] == f"a message on channel {CHANNEL}: ForceTransfer (135)"
    assert f"source {FORCE.source}" in shown
    assert f"lots {FORCE.lots} lots" in shown
    assert not any(line.startswith("approvals") for line in shown)
    hashed = messages.statement_hash(FORCE, CHANNEL)
    assert primitives.ed25519_matches(
        public(key), hashed, approvals.read_approval(result.stdout.encode(), hashed).signature
    )


@pytest.mark.parametrize("answer, code", [(b"y\n", 0), (b"n\n", 1), (b"\n", 1), (b"", 1)])
def test_nothing_is_signed_unless_it_is_meant(key: Path, tmp_path: Path, answer: bytes, code: int) -> None:
    result = approve(key, tmp_path, approvals.write_statement(LOCAL), answer=answer)
    assert result.exit_code == code
    assert ("signature" in result.stdout) is (code == 0)


def test_a_statement_from_standard_input_takes_a_yes(key: Path) -> None:
    data = approvals.write_statement(LOCAL)
    common = ("approve", "--key", key, "--operator", OPERATOR, "--statement", "-")
    assert run(*common, data=data).exit_code == 2
    done = run(*common, "--yes", data=data)
    assert json.loads(done.stdout)["statement"] == approvals.statement_hash(LOCAL).hex()


def _changed(**changes: Any) -> bytes:
    return json.dumps(json.loads(statements.write(FORCE, CHANNEL)) | changes).encode()


PACKED = bytes.fromhex(json.loads(statements.write(FORCE, CHANNEL))["message"])
NOT_STATEMENTS: dict[str, bytes] = {
    "nothing": b"",
    "a hash alone": messages.statement_hash(FORCE, CHANNEL).hex().encode(),
    "a message without its end": _changed(message=PACKED[:-1].hex()),
    "a message with more": _changed(message=(PACKED + b"\0").hex()),
    "a message that carries approvals": _changed(message=messages.encode(FORCE).hex()),
    "a message that nobody approves": _changed(message=messages.encode(to_execution.ReserveRefs(1)).hex()),
    "heads": _changed(message=messages.encode(examples.TO_EXECUTION[-2]).hex()),
    "a number that is too large": _changed(message=PACKED.replace(PACKED[-7:-1], b"\xff" * 6).hex()),
    "no hexadecimal": _changed(message="zz"),
    "more fields": _changed(note="approve this, please"),
    "too long": b" " * 70_000,
}


@pytest.mark.parametrize("case", NOT_STATEMENTS)
def test_what_is_no_statement_is_not_signed(key: Path, tmp_path: Path, case: str) -> None:
    result = approve(key, tmp_path, NOT_STATEMENTS[case], "--yes")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_that_others_may_read_signs_nothing(key: Path, tmp_path: Path, mode: int) -> None:
    key.chmod(mode)
    result = approve(key, tmp_path, approvals.write_statement(LOCAL), "--yes")
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"chmod 600 {key}" in " ".join(result.stderr.splitlines()[-1].split())


def _pem(private: Any) -> bytes:
    plain: bytes = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return plain


@pytest.mark.parametrize(
    "content", [b"", b"-----BEGIN PRIVATE KEY-----\n", bytes(32), _pem(ec.generate_private_key(ec.SECP256R1()))]
)
def test_another_kind_of_key_signs_nothing_and_is_not_quoted(key: Path, tmp_path: Path, content: bytes) -> None:
    key.write_bytes(content)
    result = approve(key, tmp_path, approvals.write_statement(LOCAL), "--yes")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[-1] == f"{key}: no Ed25519 private key in PEM, or another passphrase"


def test_a_key_may_be_encrypted_with_a_passphrase(tmp_path: Path) -> None:
    key = tmp_path / "locked.pem"
    made = run("operator-key", "new", key, "--passphrase", data=b"seven small stones\nseven small stones\n")
    assert made.exit_code == 0
    assert key.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    data = approvals.write_statement(LOCAL)
    good = approve(key, tmp_path, data, "--yes", answer=b"seven small stones\n")
    hashed = approvals.statement_hash(LOCAL)
    signature = approvals.read_approval(good.stdout.strip().splitlines()[-1].encode(), hashed).signature
    assert primitives.ed25519_matches(bytes.fromhex(made.stdout.strip().splitlines()[-1]), hashed, signature)
    assert approve(key, tmp_path, data, "--yes", answer=b"another\n").exit_code == 2


def test_the_two_kinds_of_statement_never_share_a_hash() -> None:
    assert messages.statement(FORCE, uuid.UUID(int=0)).startswith(b"wire-statement/1\0")
