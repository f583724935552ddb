"""The operator's terms, from a JSON file that is read once when a process starts."""

from pathlib import Path

import msgspec

from boundary.kernel import errors, strict_json
from boundary.kernel.runtime import settings
from customer_stack.fx.model import policy
from customer_stack.fx.rules import terms

BYTES_MAX = 1 << 20


def read(path: Path | None) -> policy.Policy:
    """The terms in the file; without one, those that come with the product."""
    if path is None:
        return terms.check(policy.DEFAULT)
    try:
        data = path.read_bytes()
    except OSError:
        raise settings.SettingsError(f"{path}: not a readable file") from None
    if len(data) > BYTES_MAX:
        raise settings.SettingsError(f"{path}: too large for terms of exchange")
    try:
        strict_json.check(data)
        return terms.check(msgspec.json.decode(data, type=policy.Policy))
    except msgspec.MsgspecError as error:  # the file is the operator's own, and holds nothing secret
        raise settings.SettingsError(f"{path}: {error}") from None
    except errors.Refusal as refusal:
        raise settings.SettingsError(f"{path}: {refusal.detail}") from None
