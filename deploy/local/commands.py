"""The command line behind `./bulkhead`."""

import os
import pathlib
import signal
import sys
from collections.abc import Callable
from typing import Any

import click

from deploy.local import checks, demo, doctor, page, people, places, ports, processes, proving, stacks, supervisor

UNUSABLE = 2  # the exit code for "not like this": a person has to do something first
FOR_TERMINALS = ("TERM", "COLUMNS", "NO_COLOR")

Command = Callable[..., Any]


def at_data(command: Command) -> Command:
    return click.option(
        "--data",
        "place",
        default=str(places.DEFAULT),
        show_default=".bulkhead here",
        metavar="DIR",
        callback=lambda _context, _parameter, value: places.Place(pathlib.Path(value)),
        help="Where data, logs and keys live.",
    )(command)


def at_base(command: Command) -> Command:
    return click.option(
        "--port-base",
        "base",
        type=int,
        default=ports.BASE,
        show_default=True,
        metavar="N",
        help="All ports are this one plus a fixed offset.",
    )(command)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
def main() -> None:
    """Runs the platform on this machine: two stacks, their databases and caches, and the wall between them."""


@main.command()
@click.option("--jurisdiction", metavar="CODE", help="Which pack the customer stack applies (LK).")
@click.option("--fresh", is_flag=True, help="Delete all data, keys and logs first.")
@click.option("--without-people", is_flag=True, help="Do not make the demonstration's people.")
@click.option("--exit-when-ready", is_flag=True, help="Stop again as soon as everything is ready.")
@at_base
@at_data
def up(
    place: places.Place, base: int, jurisdiction: str | None, fresh: bool, without_people: bool, exit_when_ready: bool
) -> None:
    """Start everything and keep it running until Ctrl-C."""
    supervisor.up(
        place,
        base,
        jurisdiction,
        page.Page(),
        fresh=fresh,
        empty=without_people,
        during=_nothing if exit_when_ready else None,
    )


@main.command()
@at_data
def stop(place: places.Place) -> None:
    """Stop the platform that `up` started."""
    running = _running(place)
    os.kill(running.pid, signal.SIGTERM)
    processes.together(processes.waiting(lambda: not place.is_locked(), patience=60.0))
    if place.is_locked():
        raise processes.LaunchError(f"process {running.pid} has not stopped after a minute: kill -9 {running.pid}")
    page.Page().say("stopped")


@main.command("demo")
@at_base
@at_data
def walk(place: places.Place, base: int) -> None:
    """Walk the journey through the platform, joining a running one or starting one for it."""
    screen = page.Page()
    running = place.running()
    if running:
        demo.walk(place, running.base, screen)
    else:
        supervisor.up(place, base, None, screen, during=lambda: demo.walk(place, base, screen))


@main.command()
@click.option(
    "--out", type=click.Path(path_type=pathlib.Path, file_okay=False), help="Where the reports go (proof/ in DIR)."
)
@at_base
@at_data
def prove(place: places.Place, base: int, out: pathlib.Path | None) -> None:
    """Prove the wall: both signed halves and their sum, joining a running platform or starting one for it."""
    screen, folder = page.Page(), (out or place.root / "proof").resolve()
    running = place.running()
    status = UNUSABLE

    def work() -> None:
        nonlocal status
        status = proving.Proof(place, running.base if running else base, folder, screen).make()

    if running:
        work()
    else:
        supervisor.up(place, base, None, screen, during=work)
    sys.exit(status)


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def test(arguments: tuple[str, ...]) -> None:
    """Run every check and all tests; with ARGUMENTS only pytest, with these."""
    sys.exit(checks.test(arguments, page.Page()))


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def bench(arguments: tuple[str, ...]) -> None:
    """Run the benchmarks and print their figures."""
    sys.exit(checks.run_pytest(("-m", "bench", "-n", "0", "-s", *(arguments or ("tests/bench",)))))


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def faults(arguments: tuple[str, ...]) -> None:
    """Run the long kill and fault tests."""
    sys.exit(checks.run_pytest(("-m", "faults", "-n", "0", "-s", *arguments)))


@main.command("doctor")
@at_base
@at_data
def examine(place: places.Place, base: int) -> None:
    """Check this machine and a running platform; each finding has a fix."""
    screen, problems = page.Page(), 0
    for finding in doctor.examine(place, base):
        mark = "✗" if finding.problem else "!" if finding.fix else "✓"
        screen.say(f"  {mark} {finding.name:<18} {finding.seen}")
        if finding.fix:
            screen.say(f"      {finding.fix}")
        problems += finding.problem
    screen.say(f"to mend: {problems}" if problems else "nothing to mend")
    sys.exit(1 if problems else 0)


@main.command("in")
@click.argument("stack", type=click.Choice(list(stacks.STACKS)))
@click.option(
    "--as",
    "role",
    default="operator",
    show_default=True,
    type=click.Choice(["operator", "auditor", "migrator", "api", "gate", "worker", "engine"]),
    help="The database role.",
)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@at_data
def inside(place: places.Place, stack: str, role: str, command: tuple[str, ...]) -> None:
    """Run COMMAND with one stack's settings, and only those, against the running platform."""
    _become(place, stacks.STACKS[stack], role, command)


@main.command()
@click.argument("user")
@at_data
def code(place: places.Place, user: str) -> None:
    """Print a one-time code for a demo login."""
    page.Page().say(people.code(place, user))


def run() -> None:
    """The entry point: what a person can mend is one line and exit code 2, never a traceback."""
    try:
        main(prog_name="./bulkhead")
    except (processes.LaunchError, OSError) as error:
        page.complain(error)
        sys.exit(UNUSABLE)


def _nothing() -> None:
    """What `--exit-when-ready` does with a ready platform."""


def _running(place: places.Place) -> places.Running:
    running = place.running()
    if running is None:
        waiting = "is starting or stopping" if place.is_locked() else "does not run"
        raise processes.LaunchError(f"the platform {waiting} in {place.root}: ./bulkhead up starts it")
    return running


def _become(place: places.Place, stack: stacks.Stack, role: str, command: tuple[str, ...]) -> None:
    running = _running(place)
    env = stacks.environment(place, running.base, stack, stack.role(role)) | processes.environment(FOR_TERMINALS)
    try:
        os.execvpe(command[0], command, env)  # noqa: S606 - no shell is the point
    except FileNotFoundError as error:
        raise processes.LaunchError(f"{command[0]}: no such command") from error
