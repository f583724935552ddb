"""`execution-stack instruments …`: list, change, halt; each change is told to every customer stack and to the book."""

from collections.abc import Awaitable, Callable
from datetime import UTC
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import click
import msgspec

from boundary.kernel import clock, errors, ids
from boundary.kernel.runtime import commands, transaction
from execution_stack.instruments import model, ports, rules, service
from execution_stack.instruments.formats import files

T = TypeVar("T")
_MOVES = (model.StateEvent.HALT, model.StateEvent.RESUME, model.StateEvent.DELIST)
"""What an operator decides; that a window is over and what an instrument pays is decided elsewhere."""


class Around(NamedTuple):
    """What the register needs of others."""

    stack: commands.Stack
    outbound: ports.Outbound
    orders: ports.Orders
    require_document: Callable[[transaction.Tx, bytes], Awaitable[Any]]
    books: ports.Books | None = None
    check_route: Callable[[model.Route], None] = lambda _: None
    """Raises for a route on which nothing may be listed yet."""

    def act(self, work: Callable[[transaction.Tx], Awaitable[T]]) -> T:
        roles = frozenset({self.stack.operator})
        return commands.with_database(self.stack, roles, lambda db, _: db.run("instruments.command", work))

    def look(self, work: Callable[[transaction.Tx], Awaitable[T]]) -> T:
        return commands.with_database(self.stack, self.stack.readers, lambda db, _: db.read("instruments.list", work))


class Unreadable(errors.Invalid):
    """The file cannot be read."""

    code = "file_unreadable"


def add(main: click.Group, around: Around) -> None:
    """Add the group to the stack's commands."""

    @main.group("instruments", help="The register of what can be traded.")
    def instruments() -> None: ...

    _adding(instruments, around)
    _looking(instruments, around)
    _changing(instruments, around)
    for event in _MOVES:
        instruments.add_command(_mover(event, around))


def _adding(instruments: click.Group, around: Around) -> None:
    routes, products = [each.value for each in model.Route], [each.value for each in model.Product]
    moment = click.DateTime(["%Y-%m-%dT%H:%M:%S"])
    whole = click.IntRange(min=1)

    @instruments.command(
        "add", help="List an instrument, from FILE (JSON) or from options; customer stacks hear of it."
    )
    @click.argument("file", type=click.Path(path_type=Path), required=False)
    @click.option("--code", help="capital letters, digits, dot and dash")
    @click.option("--route", type=click.Choice(routes), default="omnibus", show_default=True)
    @click.option("--product", type=click.Choice(products), default="event_contract", show_default=True)
    @click.option("--tick-size", type=whole, default=10_000, show_default=True, help="micro-USD per lot and tick")
    @click.option("--lot-size", type=whole, default=1_000_000, show_default=True, help="millionths of a unit")
    @click.option("--price-max", type=whole, default=99, show_default=True, help="in ticks")
    @click.option("--cap-lots", type=whole, default=25_000, show_default=True)
    @click.option("--opens-at", type=moment, help="UTC; now if not given")
    @click.option("--closes-at", type=moment, help="UTC")
    @click.option("--document", metavar="HEX", help="SHA-256 of the public document")
    @commands.one_line
    def add_(file: Path | None, **options: Any) -> None:
        ref = ids.SystemIds().ref()
        instrument = _optioned(ref, options) if file is None else files.read(_bytes(file), ref)
        around.check_route(instrument.route)

        async def list_it(tx: transaction.Tx) -> None:
            rules.check(instrument)
            await around.require_document(tx, instrument.document)
            await service.add(tx, instrument, around.outbound, around.books)

        around.act(list_it)
        click.echo(str(instrument.ref))


def _optioned(ref: UUID, options: dict[str, Any]) -> model.Instrument:
    for name in ("code", "closes_at", "document"):
        if options[name] is None:
            raise click.UsageError(f"without a file, --{name.replace('_', '-')} is missing")
    opens_at, closes_at = options.pop("opens_at"), options.pop("closes_at")
    return model.Instrument(
        ref=ref,
        route=model.Route(options.pop("route")),
        product=model.Product(options.pop("product")),
        state=model.State.LISTED,
        opens_at=opens_at.replace(tzinfo=UTC) if opens_at else clock.SystemClock().now(),
        closes_at=closes_at.replace(tzinfo=UTC),
        document=_hash(options.pop("document")),
        **options,
    )


def _hash(text: str) -> bytes:
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != 32:
        raise model.BadInstrument("a document is named by its SHA-256: 64 hexadecimal digits")
    return found


def _bytes(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(files.BYTES_MAX + 1)
    except OSError as error:
        raise Unreadable(f"{file}: {error.strerror}") from None


def _looking(instruments: click.Group, around: Around) -> None:
    @instruments.command("list", help="Show the register, or a part of it.")
    @click.option("--route", type=click.Choice([each.value for each in model.Route]))
    @click.option("--product", type=click.Choice([each.value for each in model.Product]))
    @click.option("--state", type=click.Choice([each.value for each in model.State]))
    @click.option("--code", help="how the code begins")
    @click.option("--json", "as_json", is_flag=True, help="print JSON")
    @commands.one_line
    def list_(route: str | None, product: str | None, state: str | None, code: str | None, *, as_json: bool) -> None:
        found = around.look(
            lambda tx: service.search(
                tx,
                route=model.Route(route) if route else None,
                product=model.Product(product) if product else None,
                state=model.State(state) if state else None,
                code=code,
            )
        )
        if as_json:
            click.echo(msgspec.json.encode([files.write(each) for each in found]).decode())
        for each in found if not as_json else ():
            click.echo(f"{each.ref}  {each.code:32}  {each.route:8}  {each.state:9}  {each.product}")

    @instruments.command("show", help="Show one instrument, by its reference or its code, as JSON.")
    @click.argument("instrument")
    @commands.one_line
    def show(instrument: str) -> None:
        found = around.look(lambda tx: service.one(tx, instrument))
        click.echo(msgspec.json.format(msgspec.json.encode(files.write(found))).decode())


def _changing(instruments: click.Group, around: Around) -> None:
    @instruments.command("change", help="Give an instrument the terms that FILE (JSON) names; the others stay.")
    @click.argument("instrument", type=click.UUID)
    @click.argument("file", type=click.Path(path_type=Path))
    @commands.one_line
    def change(instrument: UUID, file: Path) -> None:
        data, now = _bytes(file), clock.SystemClock().now()

        async def change_it(tx: transaction.Tx) -> model.Instrument:
            await service.hold_alone(tx)
            old = await service.one(tx, str(instrument))
            wanted = files.read_change(data, rules.terms(old))
            await around.require_document(tx, wanted.document)
            return await service.change(tx, instrument, wanted, now, around.outbound, around.orders, around.books)

        changed = around.act(change_it)
        click.echo(msgspec.json.format(msgspec.json.encode(files.write(changed))).decode())

    @instruments.command(
        "price", help="State a reference price in ticks, for an instrument without a book; 0 takes it back."
    )
    @click.argument("instrument", type=click.UUID)
    @click.argument("ticks", type=click.IntRange(min=0))
    @commands.one_line
    def price(instrument: UUID, ticks: int) -> None:
        around.act(lambda tx: service.price(tx, instrument, ticks))
        click.echo(f"{instrument}: {ticks or 'no'} ticks")


def _mover(event: model.StateEvent, around: Around) -> click.Command:
    @click.command(event.value, help=f"{event.value.capitalize()} an instrument; every customer stack hears of it.")
    @click.argument("instrument", type=click.UUID)
    @commands.one_line
    def command(instrument: UUID) -> None:
        moved = around.act(lambda tx: service.move(tx, instrument, event, around.outbound, around.books))
        click.echo(f"{moved.ref}: {moved.state}")

    return command
