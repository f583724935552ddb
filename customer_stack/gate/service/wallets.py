"""A participant's wallets: what their holder is asked to sign, and the messages that register one.

The signature is checked over there, where the libraries for it are; here it is brought into the form that crosses.
"""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from boundary.kernel import clock, errors
from boundary.kernel.runtime import transaction
from boundary.wire import to_execution, wallets
from customer_stack.gate import model, repo
from customer_stack.gate.service import outbound


class BadSignature(errors.Invalid):
    """A wallet's signature has 65 bytes: r, s, and 27 or 28."""

    code = "wallet_signature_malformed"


class Challenge(NamedTuple):
    """What a holder is to sign, and when it was put to them."""

    channel: UUID
    reference: UUID
    address: bytes
    signed_at: int

    def text(self) -> str:
        """As `personal_sign` takes it. It names the address and the time; the reference is in it as part of a hash."""
        return wallets.text(self._message(bytes(65)), self.channel).decode()

    def answered(self, signature: bytes) -> to_execution.RegisterWallet:
        try:
            return self._message(wallets.normalised(signature))
        except ValueError:
            raise BadSignature("a wallet's signature has 65 bytes") from None

    def _message(self, proof: bytes) -> to_execution.RegisterWallet:
        return to_execution.RegisterWallet(self.reference, self.address, self.signed_at, proof)


def challenge(channel: UUID, reference: UUID, address: bytes, now: datetime) -> Challenge:
    """Good for a quarter of an hour; a later signature is refused."""
    if len(address) != 20:
        raise errors.Invalid("an address has 20 bytes")
    return Challenge(channel, reference, address, clock.to_micros(now) // 1_000_000)


async def register(tx: transaction.Tx, put: Challenge, signature: bytes, subject: UUID) -> None:
    """Send the proof. What becomes of it is heard as the subject's outcome, and then as a wallet."""
    await outbound.say(tx, put.channel, [outbound.Said(put.answered(signature), subject)])


async def request_custody(tx: transaction.Tx, channel: UUID, reference: UUID, subject: UUID) -> None:
    """Ask for a wallet whose key the execution stack's vault keeps."""
    await outbound.say(tx, channel, [outbound.Said(to_execution.RequestCustodyWallet(reference), subject)])


async def of(tx: transaction.Tx, channel: UUID, reference: UUID) -> list[model.Wallet]:
    """Those that the execution stack has registered for a reference."""
    return await repo.wallets_of(tx, channel, reference)
