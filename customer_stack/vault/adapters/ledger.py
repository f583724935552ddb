"""The erasure ledger as a file outside the database: replaced whole or not at all, readable by its owner alone."""

import os
from collections.abc import Collection, Sequence
from pathlib import Path

from boundary.kernel import clock, primitives
from boundary.kernel.runtime import settings
from customer_stack.vault import model
from customer_stack.vault.formats import erasures as erasures_format

BYTES_MAX = 1 << 30


class LedgerFile:
    """Signs with `seed` if it has one; trusts its own key and those it is given."""

    __slots__ = ("_path", "_public_keys", "_seed", "_time")

    def __init__(self, path: Path, time: clock.Clock, *, seed: bytes | None, public_keys: Collection[bytes]) -> None:
        self._path = path
        self._time = time
        self._seed = seed
        self._public_keys = [*public_keys, *([primitives.ed25519_public(seed)] if seed else [])]

    def read(self) -> model.Ledger | None:
        try:
            if self._path.stat().st_size > BYTES_MAX:
                raise model.LedgerRefused("the erasure ledger is larger than it can be")
            data = self._path.read_bytes()
        except FileNotFoundError:
            return None
        return erasures_format.decode(data, self._public_keys)

    def write(self, erasures: Sequence[model.Erasure]) -> None:
        if self._seed is None:
            raise settings.SettingsError("signing the erasure ledger needs the audit key: set CUSTOMER_AUDIT_KEY_FILE")
        data = erasures_format.encode(erasures, self._time.now(), self._seed)
        partial = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self._path)
        directory = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)  # else a power cut could bring the older file back
        finally:
            os.close(directory)
