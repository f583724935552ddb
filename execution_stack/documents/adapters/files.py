"""The store as a directory: one file for each document, named by its hash, whole or not there at all.

An object store would be another adapter. Files are readable by their owner alone: what is public is served, not shared.
"""

import os
import stat
from pathlib import Path

BYTES_MAX = 4 * 1024 * 1024


class Files:
    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def put(self, hashed: bytes, data: bytes) -> None:
        """Written beside its place, flushed to the disk, then moved: a crash leaves the old state or the new one."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = self._directory / f".{hashed.hex()}.{os.getpid()}"
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(self._place(hashed))
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        self._sync()

    def get(self, hashed: bytes) -> bytes | None:
        try:
            handle = os.open(self._place(hashed), os.O_RDONLY | os.O_NOFOLLOW)
        except OSError:
            return None
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or status.st_size > BYTES_MAX:
            os.close(handle)
            return None
        with os.fdopen(handle, "rb") as file:
            return file.read(BYTES_MAX)

    def _place(self, hashed: bytes) -> Path:
        return self._directory / hashed.hex()

    def _sync(self) -> None:
        """So that the name itself survives a power cut."""
        handle = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
