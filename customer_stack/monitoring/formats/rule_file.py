"""A rule pack as text: strict JSON, every name known, every number in range, every list bounded."""

import msgspec

from boundary.kernel import canonical, errors, primitives, strict_json
from customer_stack.monitoring import model
from customer_stack.monitoring.model import packs

_DECODER = msgspec.json.Decoder(packs.Pack)


def decode(data: bytes) -> packs.Pack:
    """The pack in these bytes, or where they are not one. Whether it makes sense is for the rules to say."""
    try:
        strict_json.check(data)
        return _DECODER.decode(data)
    except errors.Invalid as refusal:
        raise model.BadRules(refusal.detail, at="") from None
    except (msgspec.MsgspecError, RecursionError) as error:
        raise model.BadRules(_without_values(str(error)), at="") from None


def canonical_text(data: bytes) -> bytes:
    """The one form in which a pack is kept and hashed."""
    return canonical.json_bytes(msgspec.json.decode(data))


def digest(text: bytes) -> bytes:
    return primitives.sha256(b"monitoring.rules/1\0" + text)


def _without_values(message: str) -> str:
    """The decoder's own words: names and places of the format, shortened."""
    return message[:300]
