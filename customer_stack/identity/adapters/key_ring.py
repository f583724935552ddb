"""The file of keys that access tokens are signed with: JSON, readable by its owner alone.

To change keys: add the new one as `verify` and restart every process; make it `active` and the old one `verify` and
restart; ten minutes later, when the last old token has expired, remove the old one.
"""

from pathlib import Path

import msgspec

from boundary.kernel import ids
from boundary.kernel.runtime import settings
from customer_stack.identity.formats import tokens

BYTES_MAX = 16 * 1024


def read(path: Path) -> tokens.Ring:
    try:
        status = path.stat()
        text = path.read_bytes() if status.st_size <= BYTES_MAX else b""
    except OSError:
        raise settings.SettingsError(f"{path}: not a readable file") from None
    if status.st_mode & 0o077:
        raise settings.SettingsError(f"{path}: others may read these keys; run: chmod 600 {path}")
    try:
        return tokens.Ring(msgspec.json.decode(text, type=tokens.RingFile))
    except tokens.BadRingError as error:
        raise settings.SettingsError(f"{path}: {error}") from None
    except msgspec.MsgspecError:
        raise settings.SettingsError(f"{path}: not a key ring") from None


def example(random: ids.Ids) -> bytes:
    """A ring with one new key."""
    key = tokens.RingKey(random.token(4).hex(), tokens.KeyState.ACTIVE, seed=random.token(32).hex())
    return msgspec.json.format(msgspec.json.encode(tokens.RingFile((key,)), order="deterministic")) + b"\n"
