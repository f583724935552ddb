"""Who is behind an account, for as long as nobody knows: reports are drafted without a name, and an officer writes it.

A report without a name is not filed. `kyc` brings what it has verified.
"""

from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.monitoring import ports
from customer_stack.monitoring.model import reports


class Unknown(ports.People):
    async def of(self, _tx: transaction.Tx, _account: UUID, /) -> reports.Person:
        return reports.Person()
