"""`boundary prove execution|customer|merge`: the two halves of a proof, each in its own stack's environment, and their sum.

Exit status 0: every check passed. 1: there are findings. 2: void or incomplete, or the prover could not start.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
import msgspec
import rich.console
import rich.progress

from boundary.kernel import clock, primitives
from boundary.kernel.runtime import commands, key_files, settings, tls, transaction
from boundary.kernel.runtime import manifest as manifests
from boundary.privacy.prove import half, report, subject
from boundary.privacy.prove import merge as merging

_STACKS = {"execution": "EXECUTION_", "customer": "CUSTOMER_"}
_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group(
    "prove", help="Prove the wall on a running deployment: two signed halves, and a third step that merges them."
)
def prove() -> None: ...


def _half(stack: str) -> None:
    """One command for each stack, with the same options."""

    @prove.command(stack, help=f"Prove the {stack} half, under the auditor's login in {_STACKS[stack]}DATABASE_URL.")
    @click.option("--manifest", type=_FILE, required=True, help=f"what `{stack}-stack privacy manifest --json` printed")
    @click.option("--key", type=_FILE, required=True, help="the auditor's signing key, as `boundary key new` writes it")
    @click.option("--out", type=_FOLDER, required=True, help="where report.json, report.sig and report.md go")
    @click.option("--scratch-url", metavar="URL", help="superuser DSN of a scratch server that `migrate` was run on")
    @click.option("--role-urls", type=_FILE, help="JSON file of role and DSN: those roles are pushed, not only read")
    @click.option("--logs", type=_FOLDER, help="directory of log files")
    @click.option("--canary-url", metavar="URL", help="address of the gate, for the live negative corpus")
    @click.option("--canary-key", type=_FILE, help="key of a channel of the canary's own: <channel>.<key id>.key")
    @click.option("--canary-tls", type=_FILE, nargs=3, metavar="CERTIFICATE KEY CA", help="for a gate behind https")
    @click.option("--superuser", "superusers", multiple=True, metavar="NAME", help="a superuser that may be there")
    @click.option("--database", "databases", multiple=True, metavar="NAME", help="a database that may be there")
    @commands.one_line
    def command(out: Path, key: Path, **given: Any) -> None:
        seed = key_files.read(key)
        made = asyncio.run(_prove(stack, given))
        _finish(made, out, seed)


async def _prove(stack: str, given: Mapping[str, Any]) -> report.Report:
    url = _url(stack, os.environ)
    manifest = _manifest(given["manifest"], stack)
    connection: Any = await transaction.connect_alone(url)
    try:
        role = await connection.fetchval("SELECT current_user::text")
        if role != f"{stack}_auditor":
            raise settings.SettingsError(f"connected as {role}; a proof is made under {stack}_auditor, who only reads")
        with _bar() as bar:
            about = subject.Subject(
                connection=connection,
                manifest=manifest,
                environment=dict.fromkeys(os.environ, ""),
                now=clock.SystemClock().now(),
                progress=_progress(bar),
                databases=given["databases"],
                superusers=given["superusers"],
                role_urls=_role_urls(given["role_urls"]),
                logs=given["logs"],
                canary=_canary(given["canary_url"], given["canary_key"], given["canary_tls"]),
            )
            return await half.prove(about, given["scratch_url"])
    finally:
        await connection.close()


def _url(stack: str, environment: Mapping[str, str]) -> str:
    """The stack's DSN, in an environment that holds nothing of the other's."""
    for other, prefix in _STACKS.items():
        foreign = sorted(name for name in environment if name.startswith(prefix)) if other != stack else []
        if foreign:
            raise settings.SettingsError(
                f"{foreign[0]} belongs to the other side of the wall: no environment holds both; unset it"
            )
    name = f"{_STACKS[stack]}DATABASE_URL"
    if not environment.get(name):
        raise settings.SettingsError(f"{name} is missing")
    return environment[name]


def _manifest(file: Path, stack: str) -> manifests.Manifest:
    try:
        found = msgspec.json.decode(file.read_bytes(), type=manifests.Manifest)
    except msgspec.MsgspecError:
        raise settings.SettingsError(
            f"{file}: not a manifest as `{stack}-stack privacy manifest --json` prints it"
        ) from None
    if found.format != manifests.FORMAT or found.stack != stack:
        raise settings.SettingsError(f"{file}: not the manifest of the {stack} stack")
    return found


def _role_urls(file: Path | None) -> Mapping[str, str]:
    if file is None:
        return {}
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, str])
    except msgspec.MsgspecError:
        raise settings.SettingsError(f"{file}: not a JSON file of role and DSN") from None


def _canary(url: str | None, key: Path | None, files: tuple[Path, Path, Path] | None) -> subject.Canary | None:
    if (url is None) != (key is None):
        raise settings.SettingsError("the canary needs both --canary-url and --canary-key")
    if url is None or key is None:
        return None
    tls.check_address("--canary-url", url, secured=files is not None, names=("--canary-tls", "", ""))
    return subject.Canary(url, key, tls.Files(*files) if files else None)


def _bar() -> rich.progress.Progress:
    columns = (
        rich.progress.TextColumn("{task.description}"),
        rich.progress.BarColumn(),
        rich.progress.MofNCompleteColumn(),
        rich.progress.TimeElapsedColumn(),
    )
    return rich.progress.Progress(
        *columns, console=rich.console.Console(stderr=True), disable=not sys.stderr.isatty(), transient=True
    )


def _progress(bar: rich.progress.Progress) -> Callable[[str, int, int], None]:
    task = bar.add_task("proving", total=None)
    return lambda what, done, total: bar.update(task, description=what, completed=done, total=total or None)


@prove.command("merge", help="Check both halves' signatures and that they speak of the same heads; write the sum.")
@click.option("--execution", type=_FOLDER, required=True, help="the execution half")
@click.option("--execution-key", required=True, metavar="HEX", help="the public key of who signed it")
@click.option("--customer", type=_FOLDER, required=True, help="the customer half")
@click.option("--customer-key", required=True, metavar="HEX", help="the public key of who signed it")
@click.option("--key", type=_FILE, required=True, help="the key that signs the sum")
@click.option("--out", type=_FOLDER, required=True, help="where report.json, report.sig and report.md go")
@commands.one_line
def merge(execution: Path, execution_key: str, customer: Path, customer_key: str, key: Path, out: Path) -> None:
    seed = key_files.read(key)
    both = (
        merging.load(execution, "execution", _public(execution_key)),
        merging.load(customer, "customer", _public(customer_key)),
    )
    _finish(merging.merge(*both, clock.SystemClock().now()), out, seed)


def _public(text: str) -> bytes:
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if not primitives.is_ed25519_public(found):
        raise settings.SettingsError("a public key is 64 hexadecimal digits, as `boundary key public` prints them")
    return found


def _finish(made: report.Report, out: Path, seed: bytes) -> None:
    digest = report.write(made, out, seed)
    for each in made.results:
        click.echo(f"{each.check}  {each.outcome.value:14}  {each.title}  ({len(each.findings)} findings)")
    click.echo(f"{made.part}: {made.verdict.value}; report.json has SHA-256 {digest}")
    raise SystemExit(report.EXIT[made.verdict])


for each_stack in _STACKS:
    _half(each_stack)
