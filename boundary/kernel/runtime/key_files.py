"""Secret keys in files: 64 hexadecimal digits each, readable by their owner alone.

A directory of keys names each file `<owner's id>.<key id>.key`. A KMS would be another implementation of the same three
functions.
"""

import os
import re
import stat
import uuid
from pathlib import Path

from boundary.kernel.runtime import settings

BYTES_MAX = 100

_KEY = re.compile(rb"[0-9a-fA-F]{64}")
_NAME = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([1-9][0-9]{0,8})\.key")


def read(path: Path) -> bytes:
    """32 secret bytes."""
    try:
        status = path.stat()
        text = path.read_bytes().strip() if stat.S_ISREG(status.st_mode) and status.st_size <= BYTES_MAX else b""
    except OSError:
        raise settings.SettingsError(f"{path}: not a readable file") from None
    if status.st_mode & 0o077:
        raise settings.SettingsError(f"{path}: others may read this key; run: chmod 600 {path}")
    if not _KEY.fullmatch(text) or len(set(key := bytes.fromhex(text.decode()))) < 8:
        raise settings.SettingsError(f"{path}: not 32 random bytes as 64 hexadecimal digits")
    return key


def write(path: Path, secret: bytes) -> None:
    """A new file for its owner alone. It is whole before it has its name, and no key is ever overwritten."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(secret.hex() + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        os.link(partial, path)
    except OSError as error:
        raise settings.SettingsError(f"{path}: {error.strerror}; a key is never overwritten") from None
    finally:
        partial.unlink(missing_ok=True)


def directory(path: Path) -> dict[uuid.UUID, dict[int, bytes]]:
    """Keys by owner and key id. Equal keys, or one key id for two owners, are refused: each names one thing."""
    found: dict[uuid.UUID, dict[int, bytes]] = {}
    seen: dict[bytes, str] = {}
    owners: dict[int, uuid.UUID] = {}
    for file in sorted(path.glob("*.key")):
        name = _NAME.fullmatch(file.name)
        if name is None:
            raise settings.SettingsError(f"{file}: a key file is named <id>.<key id>.key")
        owner, key_id, key = uuid.UUID(name[1]), int(name[2]), read(file)
        if key in seen:
            raise settings.SettingsError(f"{file}: the same key as {seen[key]}")
        if owners.setdefault(key_id, owner) != owner:
            raise settings.SettingsError(f"{file}: key id {key_id} belongs to {owners[key_id]} already")
        seen[key] = file.name
        found.setdefault(owner, {})[key_id] = key
    if not found:
        raise settings.SettingsError(f"{path}: holds no key")
    return found
