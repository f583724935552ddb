"""The store: whole files or none, by their hash, readable by their owner alone."""

import hashlib
import os
from pathlib import Path

import pytest

from execution_stack.documents.adapters import files

DATA = b"# Rules\n"
HASH = hashlib.sha256(DATA).digest()


def test_bytes_come_back_under_their_hash_and_are_their_owners_alone(tmp_path: Path) -> None:
    store = files.Files(tmp_path / "documents")
    assert store.get(HASH) is None
    store.put(HASH, DATA)
    store.put(HASH, DATA)
    assert store.get(HASH) == DATA
    (file,) = (tmp_path / "documents").iterdir()
    assert (file.name, file.stat().st_mode & 0o777) == (HASH.hex(), 0o600)
    assert (tmp_path / "documents").stat().st_mode & 0o777 == 0o700


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = files.Files(tmp_path)
    store.put(HASH, DATA)

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        store.put(HASH, b"half")
    assert [file.name for file in tmp_path.iterdir()] == [HASH.hex()]
    assert store.get(HASH) == DATA


def test_what_is_no_plain_file_of_a_documents_size_is_not_read(tmp_path: Path) -> None:
    store = files.Files(tmp_path)
    (tmp_path / "elsewhere").write_bytes(DATA)
    (tmp_path / HASH.hex()).symlink_to(tmp_path / "elsewhere")
    assert store.get(HASH) is None
    other = bytes(32)
    (tmp_path / other.hex()).write_bytes(b"a" * (files.BYTES_MAX + 1))
    assert store.get(other) is None
    (tmp_path / HASH.hex()).unlink()
    (tmp_path / HASH.hex()).mkdir()
    assert store.get(HASH) is None
