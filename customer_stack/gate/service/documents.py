"""Public documents, pulled by their hash. Nothing is believed: size, hash, type and content are judged here again."""

import asyncio

from boundary.kernel import errors, primitives
from boundary.privacy import documents as public
from customer_stack.gate import ports


class Mismatch(errors.Invalid):
    """The bytes are not those that the hash names."""

    code = "document_mismatch"


class Library:
    """What markets pulls from (`markets.ports.Library`)."""

    def __init__(self, source: ports.Documents) -> None:
        self._source = source

    async def pull(self, hashed: bytes, size: int) -> tuple[bytes, str]:
        """The bytes and their type. Raises `Unavailable` if there are none now, `Invalid` if they are not good."""
        fetched = await self._source.fetch(hashed, size)
        if len(fetched.data) != size or primitives.sha256(fetched.data) != hashed:
            raise Mismatch("the bytes are not those of the document")
        named = fetched.media_type.partition(";")[0].strip().lower()
        if named not in list(public.MediaType):
            raise public.BadDocument("a document is of another type than any that may be public")
        media = public.MediaType(named)
        await asyncio.to_thread(public.admit, fetched.data, media)
        return fetched.data, media.value
