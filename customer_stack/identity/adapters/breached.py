"""An operator's file of leaked passwords: SHA-1 hashes in ascending order, as "Have I Been Pwned" publishes them.

A line is forty hexadecimal digits, a colon, and a count. The file has tens of gigabytes and stays where it is: about
thirty-six places of it are read for an answer.
"""

import hashlib
import re
from pathlib import Path
from typing import BinaryIO

from boundary.kernel.runtime import settings
from customer_stack.identity.rules import passwords

LINE_MAX = 64
_LINE = re.compile(rb"[0-9A-Fa-f]{40}(:\d+)?\r?\n?")


class SortedFile:
    """Asked from a hashing thread, because a disk may keep us waiting."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._size = path.stat().st_size
            with path.open("rb") as file:
                first = file.readline(LINE_MAX)
        except OSError:
            raise settings.SettingsError(f"{path}: not a readable file") from None
        if not _LINE.fullmatch(first):
            raise settings.SettingsError(f"{path}: not a sorted list of SHA-1 hashes")

    def holds(self, password: str) -> bool:
        data = passwords.normal(password).encode()
        wanted = hashlib.sha1(data, usedforsecurity=False).hexdigest().upper().encode()
        low, high = 0, self._size
        with self._path.open("rb") as file:
            while low < high:
                start, line = _line_at(file, (low + high) // 2)
                found = line[:40].upper()
                if found == wanted:
                    return True
                if found < wanted:
                    low = start + len(line)
                else:
                    high = start
        return False


def _line_at(file: BinaryIO, place: int) -> tuple[int, bytes]:
    """The line that a place of the file lies in, and where it begins."""
    before = max(0, place - LINE_MAX)
    file.seek(before)
    start = before + file.read(place - before).rfind(b"\n") + 1
    file.seek(start)
    return start, file.readline(LINE_MAX)
