"""`customer-stack fx …`: look at the board, hear a source once, check a signed quote."""

from collections.abc import Callable, Mapping
from typing import Any

import click
import msgspec

from boundary.kernel.runtime import commands, transaction
from boundary.kernel.runtime import settings as kernel_settings
from boundary.verify import quote
from customer_stack.fx import ports
from customer_stack.fx.api import views
from customer_stack.fx.model import policy
from customer_stack.fx.service import board

Opening = Callable[[Any], tuple[policy.Policy, Mapping[str, ports.Feed]]]
Hear = Callable[[transaction.Database, ports.Feed, tuple[policy.Terms, ...]], Any]


def add(main: click.Group, stack: commands.Stack, opening: Opening, hear: Hear) -> None:
    """Add the group to the stack's commands; `opening` makes terms and feeds of the settings."""

    @main.group("fx", help="Rates, and the signed quotes made from them.")
    def fx() -> None: ...

    _looking(fx, stack, opening)
    _hearing(fx, stack, opening, hear)

    @fx.command("verify-quote", context_settings={"ignore_unknown_options": True}, add_help_option=False)
    @click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
    def verify_quote(arguments: tuple[str, ...]) -> None:
        """Check a signed quote, and its receipt, by the stand-alone `boundary/verify/quote.py`."""
        raise SystemExit(quote.main(list(arguments)))


def _looking(fx: click.Group, stack: commands.Stack, opening: Opening) -> None:
    @fx.command("rates", help="Print each pair's rate and sources, or what is wrong; exit code 1 if a pair has none.")
    @click.option("--json", "as_json", is_flag=True, help="print JSON")
    @commands.one_line
    def rates(as_json: bool) -> None:
        async def work(db: transaction.Database, config: Any) -> list[board.Line]:
            terms, _ = opening(config)
            return await db.read("fx.board", lambda tx: board.lines(tx, terms))

        shown = [views.line(each) for each in commands.with_database(stack, stack.readers, work)]
        if as_json:
            click.echo(msgspec.json.encode(shown).decode())
        for each in shown if not as_json else ():
            if each.reference is None or each.witness is None:
                click.echo(f"{each.pair}  none: {each.refusal} {each.facts.get('source', '')}".rstrip())
            else:
                ref = each.reference
                click.echo(
                    f"{each.pair}  {ref.bid} / {ref.ask}  {ref.source} {ref.as_of:%Y-%m-%d %H:%M:%S}"
                    f"  confirmed by {each.witness.source}"
                )
        if any(each.refusal for each in shown):
            raise SystemExit(1)


def _hearing(fx: click.Group, stack: commands.Stack, opening: Opening, hear: Hear) -> None:
    @fx.group("feed", help="The sources of rates.")
    def feed() -> None: ...

    @feed.command("once", help="Hear SOURCE now and write down what it says.")
    @click.argument("source")
    @commands.one_line
    def once(source: str) -> None:
        async def work(db: transaction.Database, config: Any) -> int:
            terms, feeds = opening(config)
            if source not in feeds:
                known = ", ".join(sorted(feeds)) or "none"
                raise kernel_settings.SettingsError(f"no source is called {source} here; there are: {known}")
            try:
                count: int = await hear(db, feeds[source], terms.pairs)
            finally:
                for each in feeds.values():
                    await each.close()
            return count

        count = commands.with_database(stack, frozenset({stack.operator}), work)
        click.echo(f"{count} rates of {source} written down")
