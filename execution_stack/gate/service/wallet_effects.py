"""What messages about wallets do: the gate makes the text that was to be signed, the register judges the signature."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from boundary.kernel.runtime import transaction
from boundary.wire import messages, to_customer, to_execution, wallets, words
from execution_stack.gate.service import outbound, outcomes
from execution_stack.wallets import model, service

_REFUSAL: Mapping[model.Refusal, words.RefusalCode] = {
    model.Refusal.UNKNOWN_PARTICIPANT: words.RefusalCode.UNKNOWN_REF,
    model.Refusal.NOT_ACTIVE: words.RefusalCode.NOT_ACTIVE,
    model.Refusal.FROZEN: words.RefusalCode.FROZEN,
    model.Refusal.CLOSED: words.RefusalCode.CLOSED,
    model.Refusal.OUTSIDE_WINDOW: words.RefusalCode.OUTSIDE_WINDOW,
    model.Refusal.PROOF_INVALID: words.RefusalCode.PROOF_INVALID,
    model.Refusal.DUPLICATE: words.RefusalCode.DUPLICATE,
    model.Refusal.TOO_MANY: words.RefusalCode.TOO_MANY,
}


async def register(
    tx: transaction.Tx, context: outcomes.Context, first: int, run: Sequence[to_execution.RegisterWallet]
) -> outcomes.Outcomes:
    claims = [
        model.Claim(
            participant=each.participant,
            address=each.address,
            signed_at=each.signed_at,
            proof=each.proof,
            text=wallets.text(each, context.channel),
            statement=messages.statement_hash(each, context.channel),
        )
        for each in run
    ]
    verdicts = await service.register(tx, context.channel, claims, context.now)
    good = [claim for claim, verdict in zip(claims, verdicts, strict=True) if verdict is None]
    news = [_registered(model.Wallet(each.participant, each.address, model.Kind.OWN)) for each in good]
    return _ends(context, first, verdicts) + news


async def request_custody(
    tx: transaction.Tx, context: outcomes.Context, first: int, run: Sequence[to_execution.RequestCustodyWallet]
) -> outcomes.Outcomes:
    """What is applied is the request: the address follows when the worker has asked the vault."""
    wanted = [each.participant for each in run]
    return _ends(context, first, await service.request_custody(tx, context.channel, wanted, context.ids))


def _ends(context: outcomes.Context, first: int, verdicts: Sequence[model.Refusal | None]) -> outcomes.Outcomes:
    return [
        outcomes.applied(context, index) if verdict is None else outcomes.refused(context, index, _REFUSAL[verdict])
        for index, verdict in enumerate(verdicts, start=first)
    ]


def _registered(wallet: model.Wallet) -> messages.Message:
    return to_customer.WalletRegistered(wallet.participant, wallet.address, words.WalletKind[wallet.kind.name])


class Announcer:
    """What the register needs (`wallets.ports.Outbound`)."""

    async def registered(self, tx: transaction.Tx, channel: UUID, registered: Sequence[model.Wallet]) -> None:
        await outbound.say(tx, channel, [_registered(each) for each in registered])
