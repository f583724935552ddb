"""Posting by hand: never by one person.

Staff propose through the API and somebody else with the same permission approves; operators on the stack's host sign a
statement of the transfers' digest, two of them. Either way all the transfers happen or none, and the audit log names
both.
"""

from collections.abc import Sequence
from datetime import datetime

from boundary.kernel import clock, ids
from boundary.kernel.runtime import approvals, audit, transaction
from customer_stack.access import model as access_model
from customer_stack.access import ports as access_ports
from customer_stack.access.service import proposals
from customer_stack.ledger import model
from customer_stack.ledger.formats import posting_file
from customer_stack.ledger.model import acts
from customer_stack.ledger.repo import accounts as repo
from customer_stack.ledger.service import posting
from customer_stack.operators import service as operators

NEEDS = access_model.Permission.WALLET_MANAGE
PURPOSE = "ledger.post"


async def read(tx: transaction.Tx, data: bytes) -> list[model.Transfer]:
    """A file of transfers, in the assets that are registered."""
    return posting_file.read(data, {each.code: each for each in (await repo.assets(tx)).values()})


async def meant(tx: transaction.Tx, lines: tuple[posting_file.Line, ...]) -> list[model.Transfer]:
    return posting_file.transfers(lines, {each.code: each for each in (await repo.assets(tx)).values()})


async def propose(
    tx: transaction.Tx, caller: access_model.Caller, wanted: list[model.Transfer], now: datetime, random: ids.Ids
) -> access_model.Proposal:
    """Ask for a second person. Whether the ledger takes the transfers is found out when they are posted."""
    return await proposals.propose(tx, caller, acts.act(wanted), NEEDS, now, random)


class Execute(access_ports.Executes):
    """Does an approved posting."""

    def __init__(self, time: clock.Clock) -> None:
        self._clock = time

    async def __call__(self, tx: transaction.Tx, act: acts.PostByHand, approval: access_ports.Approval) -> None:
        await posting.post_all(tx, acts.transfers(act), self._clock.now())
        await audit.write(tx, acts.PostedByHand(approval.proposer, approval.approver, acts.digest(act)))


def statement(wanted: list[model.Transfer], random: ids.Ids, now: int, seconds: int) -> approvals.Statement:
    """What two operators sign: the digest of exactly these transfers."""
    made = acts.act(wanted)
    return approvals.statement(
        operators.STACK, PURPOSE, wanted[0].id, _facts(made), nonce=random.ref(), now=now, seconds=seconds
    )


async def post_signed(
    tx: transaction.Tx,
    wanted: list[model.Transfer],
    made: approvals.Statement,
    signed: Sequence[approvals.Approval],
    now: datetime,
) -> None:
    """Post what two operators signed, once."""
    act = acts.act(wanted)
    wanted = acts.transfers(act)
    seconds = clock.to_micros(now) // 1_000_000
    approvals.expect(made, stack=operators.STACK, purpose=PURPOSE, subject=wanted[0].id, facts=_facts(act), now=seconds)
    await operators.require_two(tx, approvals.statement_hash(made), signed)
    await posting.post_all(tx, wanted, now)
    first, second = sorted(each.operator for each in signed)
    await audit.write(tx, acts.PostedByHand(first, second, acts.digest(act)))


def _facts(act: acts.PostByHand) -> dict[str, str]:
    return {"count": str(len(act.lines)), "digest": acts.digest(act).hex()}
