"""Key files: 64 random hexadecimal digits that nobody else may read, each naming one thing."""

import os
import secrets
import uuid
from pathlib import Path

import pytest

from boundary.kernel.runtime import key_files, settings

OWNER = uuid.UUID("6a9c1f1e-4a77-4a6e-9d3c-8f4f5a2c1b00")
OTHER = uuid.UUID("0d6c1f1e-4a77-4a6e-9d3c-8f4f5a2c1b00")
KEY = bytes(range(100, 132))


def write(path: Path, text: str | bytes, mode: int = 0o600) -> Path:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    path.chmod(mode)
    return path


def complaint(path: Path) -> str:
    with pytest.raises(settings.SettingsError) as caught:
        key_files.directory(path) if path.is_dir() and path.name == "keys" else key_files.read(path)
    return str(caught.value)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("text", [KEY.hex(), KEY.hex().upper(), f"{KEY.hex()}\n", f"  {KEY.hex()}\r\n"])
def test_a_key_is_read(tmp_path: Path, text: str) -> None:
    assert key_files.read(write(tmp_path / "a.key", text)) == KEY


def test_a_key_may_be_readable_to_its_owner_alone(tmp_path: Path) -> None:
    assert key_files.read(write(tmp_path / "a.key", KEY.hex(), 0o400)) == KEY


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o666, 0o777])
def test_a_key_that_others_may_touch_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    path = write(tmp_path / "a.key", KEY.hex(), mode)
    assert complaint(path) == f"{path}: others may read this key; run: chmod 600 {path}"


BAD: dict[str, str | bytes] = {
    "empty": "",
    "63 digits": KEY.hex()[:-1],
    "65 digits": KEY.hex() + "a",
    "66 digits": KEY.hex() + "aa",
    "64 characters, spaced": " ".join(KEY.hex()[at : at + 2] for at in range(0, 44, 2))[:64].ljust(64, "0"),
    "not hexadecimal": "g" * 64,
    "other digits": "٣" * 64,
    "64 bytes": bytes(range(64)),
    "32 bytes": KEY,
    "two keys": f"{KEY.hex()}\n{KEY.hex()}\n",
    "PEM": "-----BEGIN PRIVATE KEY-----\n" + "a" * 40,
    "a megabyte": "a" * (1 << 20),
    "zeros": "0" * 64,
    "one byte repeated": "ab" * 32,
    "seven values": (bytes(range(7)) * 5)[:32].hex(),
}


@pytest.mark.parametrize("name", BAD)
def test_a_key_that_is_none_or_weak_is_refused_and_not_quoted(tmp_path: Path, name: str) -> None:
    said = complaint(write(tmp_path / "a.key", BAD[name]))
    assert said == f"{tmp_path / 'a.key'}: not 32 random bytes as 64 hexadecimal digits"


def test_what_is_no_plain_file_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.key"
    os.mkfifo(pipe, 0o600)
    folder = tmp_path / "folder.key"
    folder.mkdir(0o700)
    for path in (pipe, folder):
        assert "not 32 random bytes" in complaint(path)
    for path in (tmp_path / "missing.key", Path("/dev/zero"), tmp_path / "pipe.key" / "x"):
        assert str(path) in complaint(path)


def test_a_link_to_a_key_is_followed(tmp_path: Path) -> None:
    link = tmp_path / "link.key"
    link.symlink_to(write(tmp_path / "a.key", KEY.hex()))
    assert key_files.read(link) == KEY


def name(owner: uuid.UUID, number: int) -> str:
    return f"{owner}.{number}.key"


def test_keys_are_found_by_owner_and_number(keys: Path) -> None:
    made = {owner: {n: secrets.token_bytes(32) for n in numbers} for owner, numbers in ((OWNER, (1, 2)), (OTHER, (3,)))}
    for owner, numbered in made.items():
        for number, key in numbered.items():
            write(keys / name(owner, number), key.hex())
    write(keys / "README", "not a key")
    assert key_files.directory(keys) == made


def test_one_key_under_two_names_is_refused_however_it_is_written(keys: Path) -> None:
    write(keys / name(OWNER, 1), KEY.hex())
    write(keys / name(OWNER, 2), KEY.hex().upper())
    assert complaint(keys).endswith(f"the same key as {name(OWNER, 1)}")


def test_one_number_of_two_owners_is_refused(keys: Path) -> None:
    write(keys / name(OWNER, 1), KEY.hex())
    write(keys / name(OTHER, 1), bytes(reversed(KEY)).hex())
    assert "key id 1 belongs to" in complaint(keys)


@pytest.mark.parametrize(
    "wrong",
    [
        "channel.1.key",
        f"{OWNER}.key",
        f"{OWNER}.0.key",
        f"{OWNER}.01.key",
        f"{OWNER}.-1.key",
        f"{OWNER}.9999999999.key",
        f"{str(OWNER).upper()}.1.key",
        f"{OWNER.hex}.1.key",
        f"x{OWNER}.1.key",
        f"{OWNER}.1.1.key",
        ".key",
    ],
)
def test_a_key_file_with_another_name_is_refused(keys: Path, wrong: str) -> None:
    write(keys / name(OWNER, 1), secrets.token_bytes(32).hex())
    write(keys / wrong, KEY.hex())
    assert complaint(keys) == f"{keys / wrong}: a key file is named <id>.<key id>.key"


def test_a_bad_key_among_good_ones_is_refused(keys: Path) -> None:
    write(keys / name(OWNER, 1), KEY.hex())
    write(keys / name(OWNER, 2), KEY.hex()[::-1], 0o644)
    assert "chmod 600" in complaint(keys)


def test_a_directory_without_a_key_and_no_directory_are_refused(keys: Path) -> None:
    assert complaint(keys) == f"{keys}: holds no key"
    with pytest.raises(settings.SettingsError, match="holds no key"):
        key_files.directory(keys / "missing")
