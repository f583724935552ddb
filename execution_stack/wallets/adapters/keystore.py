"""The vault as one encrypted file on the execution host: a 32-byte seed, from which every custody key is derived.

The file says how it is sealed: scrypt over the operator's passphrase, AES-256-GCM over the seed. A key is HKDF-SHA256
of the seed with channel and participant, so one small backup restores every wallet, a database that was restored finds
the addresses it had, and a crash between the vault and the database loses nothing. An HSM or KMS is another adapter.
"""

import os
import stat
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from cryptography import exceptions
from cryptography.hazmat.primitives.ciphers import aead
from cryptography.hazmat.primitives.kdf import scrypt

from boundary.kernel import ids, primitives
from execution_stack.wallets import model
from execution_stack.wallets.rules import ethereum

PASSPHRASE_LENGTH_MIN = 16
BYTES_MAX = 4096
_COST = 1 << 15
_DERIVATION = b"custody-wallet/1"


class Sealed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file."""

    version: Literal[1]
    cost: Annotated[int, msgspec.Meta(ge=2, le=1 << 20)]
    salt: str
    nonce: str
    sealed: str


class Keystore:
    """An open vault. It has no representation that shows key material."""

    __slots__ = ("_seed",)

    def __init__(self, seed: bytes) -> None:
        self._seed = seed

    def __repr__(self) -> str:
        return "Keystore()"

    def address(self, channel: UUID, participant: UUID) -> bytes:
        return ethereum.address_of_key(self._key(channel, participant))

    def _key(self, channel: UUID, participant: UUID) -> bytes:
        """The first of the derived numbers that is a key of the curve; that it is not the very first never happened."""
        for attempt in range(256):
            info = channel.bytes + participant.bytes + bytes([attempt])
            key = primitives.hkdf_sha256(key=self._seed, salt=_DERIVATION, info=info, size=32)
            if 0 < int.from_bytes(key, "big") < ethereum.ORDER:
                return key
        raise AssertionError("256 numbers in a row beyond the order of the curve")


def create(path: Path, passphrase: str, random: ids.Ids) -> None:
    """Write a new seed, sealed. A keystore is never overwritten: it may hold customers' tokens."""
    salt, nonce, seed = random.token(16), random.token(12), random.token(32)
    sealed = aead.AESGCM(_wrapping_key(passphrase, salt, _COST)).encrypt(nonce, seed, _DERIVATION)
    content = msgspec.json.encode(Sealed(1, _COST, salt.hex(), nonce.hex(), sealed.hex()))
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise model.KeystoreUnusable("there is a file already: a keystore is never overwritten") from None
    with os.fdopen(handle, "wb") as file:
        file.write(content + b"\n")
        file.flush()
        os.fsync(file.fileno())
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def load(path: Path, passphrase: str) -> Keystore:
    """Open it, or say that it cannot be used; which part is wrong is told, what is in it is not."""
    try:
        status = path.stat()
        data = path.read_bytes() if stat.S_ISREG(status.st_mode) and status.st_size <= BYTES_MAX else b""
    except OSError:
        raise model.KeystoreUnusable("the keystore is not a readable file") from None
    if status.st_mode & 0o077:
        raise model.KeystoreUnusable("others may read the keystore: chmod 600")
    try:
        found = msgspec.json.decode(data, type=Sealed)
        salt, nonce, sealed = (bytes.fromhex(each) for each in (found.salt, found.nonce, found.sealed))
        seed = aead.AESGCM(_wrapping_key(passphrase, salt, found.cost)).decrypt(nonce, sealed, _DERIVATION)
    except (msgspec.MsgspecError, ValueError, exceptions.InvalidTag):
        raise model.KeystoreUnusable("the keystore is damaged, or the passphrase is another one") from None
    if len(seed) != 32:
        raise model.KeystoreUnusable("the keystore holds no seed of 32 bytes")
    return Keystore(seed)


def _wrapping_key(passphrase: str, salt: bytes, cost: int) -> bytes:
    if len(passphrase) < PASSPHRASE_LENGTH_MIN:
        raise model.KeystoreUnusable(f"a passphrase has at least {PASSPHRASE_LENGTH_MIN} characters")
    return scrypt.Scrypt(salt=salt, length=32, n=cost, r=8, p=1).derive(passphrase.encode())
