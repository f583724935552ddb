"""A wallet's holder, for tests: keys and signatures from a library that the product does not verify with."""

import uuid
from typing import NamedTuple

import eth_keys
from eth_hash.auto import keccak

from boundary.wire import to_execution, wallets

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


class Holder(NamedTuple):
    """Somebody with a key of their own."""

    key: eth_keys.keys.PrivateKey

    @property
    def address(self) -> bytes:
        return self.key.public_key.to_canonical_address()

    def signs(self, text: bytes) -> bytes:
        """As a wallet's `personal_sign` answers: r, s, and 27 or 28."""
        hashed = keccak(b"\x19Ethereum Signed Message:\n" + str(len(text)).encode() + text)
        signature = self.key.sign_msg_hash(hashed)
        return signature.r.to_bytes(32, "big") + signature.s.to_bytes(32, "big") + bytes([27 + signature.v])

    def registers(self, channel: uuid.UUID, participant: uuid.UUID, at: int) -> to_execution.RegisterWallet:
        empty = to_execution.RegisterWallet(participant, self.address, at, bytes(65))
        proof = self.signs(wallets.text(empty, channel))
        return to_execution.RegisterWallet(participant, self.address, at, proof)


def holder(seed: int) -> Holder:
    return Holder(eth_keys.keys.PrivateKey(keccak(b"a fictional holder %d" % seed)))


def mirrored(signature: bytes) -> bytes:
    """The other signature that the same key and text have: s in the high half, the other recovery number."""
    s = ORDER - int.from_bytes(signature[32:64], "big")
    return signature[:32] + s.to_bytes(32, "big") + bytes([55 - signature[64]])
