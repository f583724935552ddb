"""The worker's part: handing over and asking back, reading statements, telling operators' systems, screening again."""

from datetime import timedelta
from typing import NamedTuple

from boundary.kernel import records
from boundary.kernel.runtime import jobs, transaction
from customer_stack.payments import ports
from customer_stack.payments.model import entries
from customer_stack.payments.service import beneficiaries, importing, reconsidering, sending, telling
from customer_stack.payments.service.wiring import Payments

SECONDS_MAX = 40
EVERY = timedelta(seconds=10)
SCREEN = timedelta(minutes=5)

Send = entries.Send
SendDue = entries.SendDue
ReadStatement = entries.ReadStatement
TellHooks = entries.TellHooks


class ScreenAgain(records.Job, frozen=True, tag="customer.payments.screen_again.v1"):
    """Ask screening about beneficiaries of whom it had nothing final to say."""


Reconsider = entries.Reconsider


class Handlers(NamedTuple):
    """How these jobs are done."""

    pay: Payments
    teller: ports.Teller

    async def send(self, db: transaction.Database, job: Send) -> None:
        await sending.one(db, self.pay, job.withdrawal)

    async def send_due(self, db: transaction.Database, _job: SendDue) -> None:
        await sending.due(db, self.pay, SECONDS_MAX)

    async def read_statement(self, db: transaction.Database, job: ReadStatement) -> None:
        """What does not end within a lease is gone on with by a job of its own."""
        until = self.pay.clock.now() + timedelta(seconds=SECONDS_MAX)
        if not await importing.read(db, self.pay, job.statement, until):
            await db.run("payments.statement.again", lambda tx: jobs.enqueue(tx, job, self.pay.ids))

    async def tell(self, db: transaction.Database, _job: TellHooks) -> None:
        await telling.due(db, self.pay, self.teller, SECONDS_MAX)

    async def reconsider(self, db: transaction.Database, _job: Reconsider) -> None:
        await reconsidering.due(db, self.pay, SECONDS_MAX)

    async def screen_again(self, tx: transaction.Tx, _job: ScreenAgain) -> None:
        await beneficiaries.screen_again(tx, self.pay)


SCHEDULES = (
    jobs.Schedule(SendDue(), EVERY),
    jobs.Schedule(TellHooks(), EVERY),
    jobs.Schedule(Reconsider(), EVERY),
    jobs.Schedule(ScreenAgain(), SCREEN),
)
