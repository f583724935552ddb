"""The outbox of one machine in test mode: each message is a file that a developer, a demonstration or a test reads.

It delivers nothing, so it must never stand where somebody waits for a message: `carriers` refuses it outside test mode.
A file is named after its delivery, so an attempt that is repeated leaves one message, as a good carrier would.
"""

import asyncio
import os
from pathlib import Path

import msgspec

from boundary.kernel.runtime import settings
from customer_stack.notifications import model

KEPT_MAX = 2000


class Outbox:
    def __init__(self, directory: Path) -> None:
        if not directory.is_absolute():
            raise settings.SettingsError("the outbox is an absolute path: file:///…")
        self._directory = directory

    async def carry(self, message: model.Message) -> model.Outcome:
        try:
            await asyncio.to_thread(self._write, message)
        except OSError:
            return model.Outcome(model.Verdict.LATER, "outbox_not_writable")
        return model.Outcome(model.Verdict.ACCEPTED, "outbox")

    async def close(self) -> None:
        """There is nothing to close."""

    async def messages(self, to: str | None, limit: int) -> list[model.Message]:
        """Newest first, of one receiver or all."""
        return await asyncio.to_thread(self.read, to, limit)

    def read(self, to: str | None, limit: int) -> list[model.Message]:
        found: list[model.Message] = []
        for path in self._files()[::-1]:
            try:
                message = msgspec.json.decode(path.read_bytes(), type=model.Message)
            except (OSError, msgspec.MsgspecError):  # swept away between looking and reading
                continue
            if to is None or message.to == to:
                found.append(message)
            if len(found) == limit:
                break
        return found

    def _write(self, message: model.Message) -> None:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = self._directory / f".{message.id.hex}.{os.getpid()}"
        partial.write_bytes(msgspec.json.encode(message))
        partial.replace(self._directory / f"{message.id.hex}.json")  # numbers are ordered by time, so names are too
        for path in self._files()[:-KEPT_MAX]:
            path.unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        return sorted(self._directory.glob("*.json")) if self._directory.is_dir() else []
