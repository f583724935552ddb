"""Forgets what was found of orders long ago; the audit log keeps its hash."""

from datetime import timedelta

from boundary.kernel import records
from boundary.kernel.runtime import jobs, transaction
from execution_stack.risk.service import judging

AT_ONCE = 5_000


class ForgetFindings(records.Job, frozen=True, tag="execution.risk.forget_findings.v1"):
    """Remove findings older than ninety days, some at a time."""


SCHEDULES = (jobs.Schedule(ForgetFindings(), timedelta(minutes=10)),)


async def forget_findings(tx: transaction.Tx, _job: ForgetFindings) -> None:
    await judging.forget_findings(tx, AT_ONCE)
