"""A rule pack as text: strict JSON, every name known, every number in range, every list bounded."""

import msgspec

from boundary.kernel import canonical, errors, primitives, strict_json
from customer_stack.monitoring import model
from customer_stack.monitoring.model import packs
from customer_stack.monitoring.rules import packs as rules

_DECODER = msgspec.json.Decoder(packs.Pack)


def read(data: bytes) -> packs.Pack:
    """The pack in these bytes, or the first thing that is wrong with it."""
    try:
        strict_json.check(data)
        pack = _DECODER.decode(data)
    except errors.Invalid as refusal:
        raise model.BadRules(refusal.detail, at="") from None
    except (msgspec.MsgspecError, RecursionError) as error:
        raise model.BadRules(_without_values(str(error)), at="") from None
    for at, detail in rules.problems(pack):
        raise model.BadRules(f"{at}: {detail}", at=at)
    return pack


def canonical_text(data: bytes) -> bytes:
    """The one form in which a pack is kept and hashed."""
    return canonical.json_bytes(msgspec.json.decode(data))


def digest(text: bytes) -> bytes:
    return primitives.sha256(b"monitoring.rules/1\0" + text)


def _without_values(message: str) -> str:
    """The decoder's own words: names and places of the format, shortened."""
    return message[:300]
