"""The vault's file: opened by its passphrase alone, never overwritten, the same addresses every time."""

import json
import uuid
from pathlib import Path

import pytest

from boundary.kernel import ids
from execution_stack.wallets import model
from execution_stack.wallets.adapters import keystore
from execution_stack.wallets.rules import ethereum
from tests.execution.wallets import signing

PASSPHRASE = "sixteen signs and some"
CHANNEL, OTHER, PARTICIPANT = (uuid.UUID(int=4 << 76 | 2 << 62 | number) for number in (1, 2, 3))


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(keystore, "_COST", 1 << 4)  # what the cost is for is slowness
    path = tmp_path / "custody.keystore"
    keystore.create(path, PASSPHRASE, ids.SeededIds(7))
    return path


def test_it_gives_each_participant_of_each_channel_an_address_and_always_the_same(made: Path) -> None:
    vault, again = keystore.load(made, PASSPHRASE), keystore.load(made, PASSPHRASE)
    pairs = [(CHANNEL, PARTICIPANT), (OTHER, PARTICIPANT), (CHANNEL, OTHER)]
    addresses = [vault.address(*pair) for pair in pairs]
    assert len(set(addresses)) == 3
    assert [again.address(*pair) for pair in pairs] == addresses


def test_an_address_is_that_of_the_derived_key_as_another_library_has_it(made: Path) -> None:
    vault = keystore.load(made, PASSPHRASE)
    key = vault._key(CHANNEL, PARTICIPANT)
    assert signing.Holder(signing.eth_keys.keys.PrivateKey(key)).address == vault.address(CHANNEL, PARTICIPANT)


def test_derivation_is_frozen() -> None:
    vault = keystore.Keystore(bytes(range(32)))
    assert vault.address(CHANNEL, PARTICIPANT).hex() == "31369fa65f58d88209183bbf2792902811e9148e"


def test_a_number_beyond_the_order_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = iter([b"\xff" * 32, bytes(32), ethereum.ORDER.to_bytes(32, "big"), (1).to_bytes(32, "big")])
    monkeypatch.setattr(keystore.primitives, "hkdf_sha256", lambda **_: next(numbers))
    found = keystore.Keystore(bytes(32)).address(CHANNEL, PARTICIPANT)
    assert found.hex() == "7e5f4552091a69125d5dfcb7b8c2659029395bdf"


def test_it_is_its_owners_alone_and_shows_no_key(made: Path) -> None:
    assert made.stat().st_mode & 0o777 == 0o600
    assert repr(keystore.load(made, PASSPHRASE)) == "Keystore()"
    assert not hasattr(keystore.load(made, PASSPHRASE), "__dict__")


def test_it_is_never_overwritten(made: Path) -> None:
    before = made.read_bytes()
    with pytest.raises(model.KeystoreUnusable):
        keystore.create(made, PASSPHRASE, ids.SystemIds())
    assert made.read_bytes() == before


def _with(made: Path, **changes: object) -> None:
    made.write_text(json.dumps(json.loads(made.read_text()) | changes))


BREAKAGES = {
    "not there": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "no JSON": lambda path: path.write_bytes(b"{"),
    "too long": lambda path: path.write_bytes(b" " * 5000),
    "readable by others": lambda path: path.chmod(0o640),
    "another version": lambda path: _with(path, version=2),
    "a cost that never ends": lambda path: _with(path, cost=1 << 30),
    "no power of two": lambda path: _with(path, cost=3),
    "another salt": lambda path: _with(path, salt="00" * 16),
    "a flipped bit": lambda path: _with(path, sealed="00" + json.loads(path.read_text())["sealed"][2:]),
    "no hexadecimal digits": lambda path: _with(path, nonce="zz"),
    "one field more": lambda path: _with(path, hint="none"),
}


@pytest.mark.parametrize("name", BREAKAGES)
def test_a_broken_keystore_does_not_open_and_says_nothing_of_its_content(made: Path, name: str) -> None:
    BREAKAGES[name](made)
    with pytest.raises(model.KeystoreUnusable) as refused:
        keystore.load(made, PASSPHRASE)
    assert refused.value.code == "keystore_unusable"


@pytest.mark.parametrize("passphrase", ["another passphrase altogether", "short", ""])
def test_another_passphrase_does_not_open_it(made: Path, passphrase: str) -> None:
    with pytest.raises(model.KeystoreUnusable):
        keystore.load(made, passphrase)
