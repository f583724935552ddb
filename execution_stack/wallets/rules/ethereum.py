"""Addresses and EIP-191 signatures, strict: of the forms that a signature could have, one is taken.

ECDSA is malleable: with (r, s) signs (r, n - s) too, with the other recovery number. Only the low half of s is taken
(EIP-2), and only 27 and 28 for the recovery number, so a proof has one form and nobody can make a second from it.
"""

import coincurve
from eth_hash.backends import pycryptodome

SIGNATURE_SIZE = 65
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_PREFIX = b"\x19Ethereum Signed Message:\n"


def keccak(data: bytes) -> bytes:
    """Keccak-256 as the chain has it, which is not SHA3-256."""
    return pycryptodome.keccak256(data)


def digest(text: bytes) -> bytes:
    """What `personal_sign` signs: EIP-191, version 0x45."""
    return keccak(_PREFIX + str(len(text)).encode("ascii") + text)


def signer(text: bytes, signature: bytes) -> bytes | None:
    """The address whose key signed the text, or none if the signature is not in its one form."""
    return recovered(digest(text), signature)


def recovered(hashed: bytes, signature: bytes) -> bytes | None:
    if len(signature) != SIGNATURE_SIZE or signature[64] not in {27, 28}:
        return None
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    if not (0 < r < ORDER and 0 < s <= ORDER // 2):
        return None
    try:
        public = coincurve.PublicKey.from_signature_and_message(
            signature[:64] + bytes([signature[64] - 27]), hashed, hasher=None
        )
    except Exception:  # noqa: BLE001 -- the library says with a bare Exception that no point has this r
        return None
    return address(public)


def address(public: coincurve.PublicKey) -> bytes:
    """The last 20 bytes of the hash of the point."""
    return keccak(public.format(compressed=False)[1:])[-20:]


def address_of_key(secret: bytes) -> bytes:
    return address(coincurve.PrivateKey(secret).public_key)
