"""Signatures: RSA-PSS with SHA-256, MGF1 over SHA-256 and a salt as long as the digest, over time + METHOD + path.

The path is the whole one without its query, and the body is not covered: TLS alone protects it, so orders are read
back. A key is at least 3072 bits long. It is never printed, logged or part of an error.
"""

import base64
import os
import stat
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from boundary.kernel import clock
from execution_stack.venues import model, ports

BITS_MIN = 3072
FILE_BYTES_MAX = 16_384
CURRENT = "current"
_PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=hashes.SHA256.digest_size)
_KEY_ID_MAX = 64


class FileKey:
    """A private key from a PEM file that its owner alone can read."""

    def __init__(self, key_id: str, path: Path) -> None:
        if not key_id.isascii() or not key_id.replace("-", "").isalnum() or len(key_id) > _KEY_ID_MAX:
            raise model.KeyUnfit("a key id is letters, digits and dashes")
        self._key_id = key_id
        self._key = _read(path)

    @property
    def key_id(self) -> str:
        return self._key_id

    def __repr__(self) -> str:
        return f"FileKey({self._key_id})"

    async def sign(self, message: bytes) -> bytes:
        return self._key.sign(message, _PSS, hashes.SHA256())


def _read(path: Path) -> rsa.RSAPrivateKey:
    try:
        handle = os.open(path, os.O_RDONLY)
        with os.fdopen(handle, "rb") as stream:
            status = os.fstat(stream.fileno())
            data = stream.read(FILE_BYTES_MAX) if stat.S_ISREG(status.st_mode) else b""
        key = serialization.load_pem_private_key(data, password=None)
    except (OSError, ValueError, TypeError):
        raise model.KeyUnfit("the venue's key is no readable PEM file without a passphrase") from None
    if status.st_mode & 0o077:
        raise model.KeyUnfit("others may read the venue's key; run chmod 600 on it")
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < BITS_MIN:
        raise model.KeyUnfit(f"the venue's key is RSA with at least {BITS_MIN} bits")
    return key


def make(path: Path) -> bytes:
    """A new key, for its owner alone, whole before it has its name and never in place of another; its public half."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=BITS_MIN)
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    partial = path.with_name(f".{path.name}.partial")
    try:
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.link(partial, path)
    except OSError as error:
        raise model.KeyUnfit(f"the key cannot be written ({error.strerror}); a key is never overwritten") from None
    finally:
        partial.unlink(missing_ok=True)
    return _public(key)


def public(path: Path) -> bytes:
    """The public half, as the exchange wants it."""
    return _public(_read(path))


def _public(key: rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


class Ring:
    """Which key signs. A request keeps the key that it began with, so a switch under load loses none."""

    def __init__(self, signer: ports.Signer) -> None:
        self._signer = signer

    @property
    def signer(self) -> ports.Signer:
        return self._signer

    def switch(self, signer: ports.Signer) -> None:
        self._signer = signer

    async def look(self) -> None:
        """Whoever can change under a running process looks here before it signs."""


class Directory(Ring):
    """Keys named `<key id>.pem`, and a file `current` that says which one signs; looked at again when that changes.

    To rotate: put the new key beside the old, let the venue know its public half, write its id into `current`, and take
    the old one away once nothing signs with it. What cannot be read changes nothing: the key in use goes on signing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = self._stamp()
        super().__init__(self._load())

    def _stamp(self) -> tuple[int, int]:
        try:
            status = (self._path / CURRENT).stat()
        except OSError:
            return 0, 0
        return status.st_mtime_ns, status.st_ino

    def _load(self) -> FileKey:
        try:
            key_id = (self._path / CURRENT).read_text("ascii").strip()
        except (OSError, ValueError):
            raise model.KeyUnfit("the directory of the venue's keys has no readable file `current`") from None
        return FileKey(key_id, self._path / f"{key_id}.pem")

    async def look(self) -> None:
        stamp = self._stamp()
        if stamp == self._seen:
            return
        self._seen = stamp
        try:
            self.switch(self._load())
        except model.KeyUnfit:
            return


async def headers(signer: ports.Signer, time: clock.Clock, method: str, path: str) -> dict[str, str]:
    """What makes a request ours, from now on and not for long."""
    stamp = str(clock.to_micros(time.now()) // 1000)
    signature = await signer.sign(f"{stamp}{method}{path}".encode())
    return {
        "KALSHI-ACCESS-KEY": signer.key_id,
        "KALSHI-ACCESS-TIMESTAMP": stamp,
        "KALSHI-ACCESS-SIGNATURE": base64.b64encode(signature).decode(),
    }
