"""What a wallet's holder signs to show that the wallet is theirs: one text, the same to the byte on both sides.

It is signed as EIP-191 `personal_sign`, the form that every wallet shows as text. The lines for people name the address
and the time; the last one is the hash of the whole message on its channel. So the signature is bound to channel and
participant too, and the participant's reference is not shown to the wallet, nor to whoever operates it.
"""

import uuid

from boundary.kernel import clock
from boundary.wire import messages, to_execution

SIGNATURE_SIZE = 65
_RECOVERY = {0: 27, 1: 28}


def text(message: to_execution.RegisterWallet, channel: uuid.UUID) -> bytes:
    """What EIP-191 puts its prefix and the length before. The proof has no part in it."""
    at = clock.from_micros(message.signed_at * 1_000_000).strftime("%Y-%m-%dT%H:%M:%SZ")
    lines = (
        "I hold this wallet and register it for settlement.",
        "",
        f"Address: 0x{message.address.hex()}",
        f"Signed at: {at}",
        f"Statement: {messages.statement_hash(message, channel).hex()}",
    )
    return "\n".join(lines).encode("ascii")


def normalised(signature: bytes) -> bytes:
    """A signature as it may cross: some wallets say 0 or 1 where EIP-191 says 27 or 28. Nothing else is mended."""
    if len(signature) != SIGNATURE_SIZE:
        raise ValueError("a wallet's signature has 65 bytes")
    return signature[:64] + bytes([_RECOVERY.get(signature[64], signature[64])])
