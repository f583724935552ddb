"""What a new version of a list changed, entry by entry. Pure."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from boundary.kernel import canonical
from customer_stack.screening import model


class Delta(NamedTuple):
    """Entries that are new or not as they were, and the references of those that are gone."""

    changed: tuple[model.Entity, ...]
    removed: tuple[str, ...]


def digest(entity: model.Entity) -> bytes:
    """The version of an entry: two that say the same have the same."""
    return hashlib.sha256(canonical.pack(entity)).digest()


def digests(entities: Iterable[model.Entity]) -> dict[str, bytes]:
    return {entity.ref: digest(entity) for entity in entities}


def between(before: Mapping[str, bytes], entities: Iterable[model.Entity]) -> Delta:
    """From the versions of all entries before to the entries now."""
    left, changed = set(before), []
    for entity in entities:
        left.discard(entity.ref)
        if before.get(entity.ref) != digest(entity):
            changed.append(entity)
    return Delta(tuple(changed), tuple(sorted(left)))
