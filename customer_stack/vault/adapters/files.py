"""Key-encryption keys in files of this machine: `kek.<version>.key`, and `index.key` for blind indexes.

Each holds 64 hexadecimal digits and may be read by its owner alone. The newest version wraps; older ones stay as long as
a data key, or a backup that may be restored, is under them.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from boundary.kernel import primitives
from boundary.kernel.runtime import key_files, settings
from customer_stack.vault import model

INDEX = "index.key"
AT_ONCE = 500
"""Keys handled before other work of the process gets its turn."""

_NAME = re.compile(r"kek\.([1-9][0-9]{0,8})\.key")


def index_key(directory: Path) -> bytes:
    return key_files.read(directory / INDEX)


def key_encryption_keys(directory: Path) -> dict[int, bytes]:
    """By version. Equal keys are refused, one that equals the index key too: each is for one thing."""
    found: dict[int, bytes] = {}
    seen = {index_key(directory): INDEX}
    for file in sorted(directory.glob("*.key")):
        if file.name == INDEX:
            continue
        name = _NAME.fullmatch(file.name)
        if name is None:
            raise settings.SettingsError(f"{file}: a key-encryption key is named kek.<version>.key")
        key = key_files.read(file)
        if key in seen:
            raise settings.SettingsError(f"{file}: the same key as {seen[key]}")
        seen[key] = file.name
        found[int(name[1])] = key
    if not found:
        raise settings.SettingsError(f"{directory}: holds no key-encryption key (kek.1.key)")
    return found


class Files:
    """The provider over keys that this process holds itself."""

    __slots__ = ("_keys", "_newest")

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        self._keys = dict(keys)
        self._newest = max(keys)

    async def newest(self) -> int:
        return self._newest

    async def wrap(self, secrets: Sequence[bytes]) -> list[model.Wrapped]:
        key = self._keys[self._newest]
        found = []
        for number, secret in enumerate(secrets):
            await _yield(number)
            found.append(model.Wrapped(self._newest, primitives.aes_kwp_wrap(key, secret)))
        return found

    async def unwrap(self, wrapped: Sequence[model.Wrapped]) -> list[bytes]:
        found = []
        for number, each in enumerate(wrapped):
            await _yield(number)
            key = self._keys.get(each.kek)
            if key is None:
                raise model.KeyServiceWrong("a data key is under a key-encryption key that is not here", kek=each.kek)
            secret = primitives.aes_kwp_unwrap(key, each.data)
            if secret is None:
                raise model.KeyServiceWrong("a data key does not unwrap", kek=each.kek)
            found.append(secret)
        return found

    async def rewrap(self, wrapped: Sequence[model.Wrapped]) -> list[model.Wrapped]:
        return await self.wrap(await self.unwrap(wrapped))

    async def close(self) -> None:
        """Nothing is open."""


async def _yield(number: int) -> None:
    if number % AT_ONCE == AT_ONCE - 1:
        await asyncio.sleep(0)
