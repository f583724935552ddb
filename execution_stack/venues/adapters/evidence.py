"""What a venue said, sealed as files: one for each snapshot, named by the hash of the sealed bytes, for its owner alone.

AES-256-GCM under a key that is another file of the worker's host. Whoever has the directory and not the key sees sizes
and times; whoever changes a byte makes a file that opens no more and is not the one that the database names.
"""

from boundary.kernel import ids, primitives
from execution_stack.documents import ports

_BOUND = b"venue-evidence/1"


class Sealed:
    """`venues.ports.evidence.Evidence` over a store of files by their hash."""

    def __init__(self, store: ports.Store, key: bytes, random: ids.Ids) -> None:
        self._files = store
        self._key = key
        self._ids = random

    def __repr__(self) -> str:
        return "Sealed()"

    def put(self, data: bytes) -> bytes:
        nonce = self._ids.token(primitives.GCM_NONCE_SIZE)
        sealed = nonce + primitives.aes_gcm_seal(key=self._key, nonce=nonce, data=data, bound=_BOUND)
        name = primitives.sha256(sealed)
        self._files.put(name, sealed)
        return name

    def get(self, file: bytes) -> bytes | None:
        sealed = self._files.get(file)
        if sealed is None or primitives.sha256(sealed) != file:
            return None
        nonce, rest = sealed[: primitives.GCM_NONCE_SIZE], sealed[primitives.GCM_NONCE_SIZE :]
        return primitives.aes_gcm_open(key=self._key, nonce=nonce, sealed=rest, bound=_BOUND)
