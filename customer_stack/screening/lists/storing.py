"""A list version as chunks of bytes, and back. What was read of a list is kept beside the bytes that it was read from:
a better codec must not change what an old decision saw.
"""

import hashlib
import zlib
from collections.abc import Iterator, Sequence

import msgspec

from boundary.kernel import canonical
from customer_stack.screening import model

ENTITIES = 500
"""Entries in one chunk."""
BYTES = 512 * 1024
"""Packed bytes of files in one chunk."""
_LEVEL = 6


class Damaged(Exception):  # noqa: N818 -- a defect of the database, never an answer
    """Stored chunks are not what was stored."""


class _Entities(msgspec.Struct, frozen=True):
    items: tuple[model.Entity, ...]


class _Files(msgspec.Struct, frozen=True):
    items: tuple[model.ListFile, ...]


def entities(of: Sequence[model.Entity]) -> tuple[list[bytes], bytes]:
    """The chunks, and the digest over their unpacked bytes."""
    digest, chunks = hashlib.sha256(), []
    for start in range(0, len(of), ENTITIES):
        data = canonical.pack(_Entities(tuple(of[start : start + ENTITIES])))
        digest.update(data)
        chunks.append(zlib.compress(data, _LEVEL))
    return chunks, digest.digest()


def opened(chunks: Sequence[bytes], digest: bytes) -> tuple[model.Entity, ...]:
    """The entries of these chunks, if they are what was stored."""
    seen, found = hashlib.sha256(), list[model.Entity]()
    for chunk in chunks:
        data = zlib.decompress(chunk)
        seen.update(data)
        found += canonical.unpack(data, _Entities).items
    if seen.digest() != digest:
        raise Damaged
    return tuple(found)


def raw(files: Sequence[model.ListFile]) -> Iterator[bytes]:
    """The files as they came."""
    packed = zlib.compress(canonical.pack(_Files(tuple(files))), _LEVEL)
    for start in range(0, len(packed), BYTES):
        yield packed[start : start + BYTES]


def files(chunks: Sequence[bytes]) -> tuple[model.ListFile, ...]:
    return canonical.unpack(zlib.decompress(b"".join(chunks)), _Files).items
