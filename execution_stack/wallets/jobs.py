"""Makes custody wallets in the worker, which alone holds the vault."""

from typing import NamedTuple

from boundary.kernel.runtime import transaction
from execution_stack.wallets import ports, service


class Maker(NamedTuple):
    """How a promised custody wallet is made."""

    vault: ports.KeyVault
    outbound: ports.Outbound

    async def make(self, tx: transaction.Tx, job: service.MakeCustody) -> None:
        await service.make_custody(tx, job.channel, job.participant, self.vault, self.outbound)
