"""Rotates a channel's key as two operators do, by their commands, while the processes run."""

import asyncio
import pathlib
import shutil
import urllib.request
from typing import Any

import asyncpg

from tests.faults import platform

SIDES = ("execution", "customer")


class Rotation:
    """One channel of a platform, and the key that is in use on it."""

    def __init__(self, made: platform.Platform) -> None:
        self._made = made
        self._channel = made.place.channel

    def rows(self, side: str) -> dict[int, dict[str, Any]]:
        listed = self._made.must(side, "auditor", "channel", "keys", "list", "--json").json()
        return {row["key_id"]: row for row in listed}

    def active(self, side: str) -> int:
        return next(key_id for key_id, row in self.rows(side).items() if row["state"] == "active")

    def directory(self, side: str) -> pathlib.Path:
        return pathlib.Path(self._made.place.secret(side, "channel"))

    def new(self) -> int:
        """Made by the execution stack, carried to the customer stack, known on both sides with one fingerprint."""
        made = self._made.must("execution", "operator", "channel", "keys", "new", self._channel)
        path = pathlib.Path(made.output.splitlines()[0])
        partial = self.directory("customer") / "carried"
        shutil.copy2(path, partial)
        partial.rename(partial.with_name(path.name))
        key_id = int(path.name.split(".")[1])
        platform.wait_for(lambda: all(self.is_seen(side, key_id) for side in SIDES))
        prints = {self.rows(side)[key_id]["fingerprint"] for side in SIDES}
        assert prints == {made.output.split()[-1]}
        return key_id

    def is_seen(self, side: str, key_id: int) -> bool:
        row = self.rows(side).get(key_id)
        return row is not None and row["seen_at"] is not None

    def promote(self, *sides: str) -> None:
        """In the order of the sides that are named."""
        for side in sides:
            self._made.must(side, "operator", "channel", "keys", "rotate", self._channel)

    def retire(self, key_id: int) -> None:
        """Two minutes pass, for the database; then the key is retired on both sides and its files are deleted."""
        for side in SIDES:
            asyncio.run(self._two_minutes_pass(side, key_id))
            self._made.must(side, "operator", "channel", "keys", "retire", self._channel, str(key_id))
            (self.directory(side) / f"{self._channel}.{key_id}.key").unlink()

    async def _two_minutes_pass(self, side: str, key_id: int) -> None:
        connection = await asyncpg.connect(self._made.databases[side].url(side), ssl=False)
        await connection.execute(
            "UPDATE channel_key SET replaced_at = now() - interval '3 min', seen_at = now() - interval '3 min' "
            "WHERE key_id = $1",
            key_id,
        )
        await connection.close()

    def attempts(self) -> dict[str, int]:
        """What the relay says became of its attempts to deliver, by outcome."""
        port = self._made.services["customer worker"].operations
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            lines = answer.read().decode().splitlines()
        found = [line for line in lines if line.startswith("channel_cores_total{")]
        return {line.split('"')[1]: int(float(line.split()[-1])) for line in found}
