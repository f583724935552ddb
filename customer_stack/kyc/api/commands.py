"""`customer-stack kyc …`: how many applications wait for what, and having approvals held against the newest policy."""

import click
import msgspec

from boundary.kernel import ids
from boundary.kernel.runtime import commands, transaction
from boundary.kernel.runtime import jobs as kernel_jobs
from customer_stack.kyc.service import counting, promises


def add(main: click.Group, stack: commands.Stack) -> None:
    """Add the group to the stack's commands."""

    @main.group("kyc", help="Onboarding: what waits, and approvals under an earlier policy.")
    def kyc() -> None: ...

    @kyc.command("queue", help="Show how many applications are in which state, for which level, waiting for what.")
    @click.option("--json", "as_json", is_flag=True, help="print JSON")
    @commands.one_line
    def queue(as_json: bool) -> None:
        async def work(db: transaction.Database, _: object) -> list[counting.Count]:
            return await db.read("kyc.counts", counting.counts)

        found = commands.with_database(stack, stack.readers, work)
        if as_json:
            click.echo(msgspec.json.encode(found).decode())
            return
        for each in found:
            click.echo(f"{each.state:10} level {each.level}  {each.count:6}  {each.waiting}")

    @kyc.command(
        "reopen", help="Have the worker hold every approval of an earlier policy against the present one, now."
    )
    @commands.one_line
    def reopen() -> None:
        async def work(db: transaction.Database, _: object) -> bool:
            return await db.run("kyc.promise", lambda tx: kernel_jobs.enqueue(tx, promises.Reopen(), ids.SystemIds()))

        commands.with_database(stack, frozenset({stack.operator}), work)
        click.echo("promised: the worker looks at every approval of an earlier policy")
