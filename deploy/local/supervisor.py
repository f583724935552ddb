"""`up`: starts servers, schemas, the channel and the processes, tells where everything is, and keeps it running.

A process that dies is started again, later each time it dies soon. Stopping goes the other way round: first the
applications, which finish what they have begun, then the caches, then the databases.
"""

import contextlib
import dataclasses
import os
import signal
import time
from collections.abc import Callable, Iterator
from typing import Protocol

from deploy.local import (
    applications,
    binaries,
    content,
    environments,
    exchange,
    lists,
    page,
    people,
    places,
    ports,
    postgres,
    processes,
    stacks,
    valkey,
    vendors,
)

SHORTEST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
HEALTHY = 60.0  # seconds of life after which a death counts as the first again
LOOK = 0.05
WELCOME = 120.0


class Interrupted(Exception):  # noqa: N818 - no error: somebody asked for it
    """Ctrl-C, or a signal that means the same."""


class Child(Protocol):
    """What is supervised: a server or an application."""

    name: str

    @property
    def running(self) -> bool: ...
    def starting(self) -> processes.Work: ...
    def stopping(self) -> processes.Work: ...


@dataclasses.dataclass
class Watched:
    """A child, how long it has lived, and its way back when it has died."""

    child: Child
    born: float
    pause: float = SHORTEST_PAUSE
    revival: processes.Work | None = None

    def mourn(self, now: float) -> None:
        """Begins the way back, which is longer each time the last life, or attempt at one, was short."""
        lived, self.born = now - self.born, now
        self.pause = SHORTEST_PAUSE if lived > HEALTHY else min(self.pause * 2, LONGEST_PAUSE)
        self.revival = self._reviving()

    def _reviving(self) -> processes.Work:
        yield from processes.waiting(lambda: False, self.pause)
        yield from self.child.starting()


class Signals:
    """Remembers that somebody asked us to stop; whoever waits looks here."""

    def __init__(self) -> None:
        self.asked = False

    def check(self) -> None:
        if self.asked:
            raise Interrupted

    @contextlib.contextmanager
    def caught(self) -> Iterator[None]:
        wanted = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup keeps its promise
            wanted.append(signal.SIGHUP)
        before = {name: signal.signal(name, lambda *_: self._ask()) for name in wanted}
        try:
            yield
        finally:
            for name, handler in before.items():
                signal.signal(name, handler)

    def _ask(self) -> None:
        self.asked = True


class Platform:
    """Both stacks with their servers, from the first step to the last."""

    def __init__(self, place: places.Place, base: int, jurisdiction: str, screen: page.Page, signals: Signals) -> None:
        self.place = place
        self.base = base
        self.jurisdiction = jurisdiction
        self._screen = screen
        self._signals = signals
        self._databases = [self._database(stack) for stack in stacks.STACKS.values()]
        self._caches = [self._cache(stack) for stack in stacks.STACKS.values()]
        self._vendors = [vendors.Vendor(stand, place, base) for stand in vendors.STANDS]
        self._exchanges = [exchange.Exchange(module, place, base) for module in exchange.MODULES]
        self._applications = [applications.Application(service, place, base) for service in stacks.SERVICES]

    def start(self) -> None:
        together, timing = self._together, self._screen.timing
        servers: list[Child] = [*self._databases, *self._caches, *self._vendors, *self._exchanges]
        starting = (timing(child.name, child.starting()) for child in servers)
        publishing = (timing(f"{stack.name} audit key", self._publishing(stack)) for stack in stacks.STACKS.values())
        together(*starting, *publishing, timing("brand and jurisdiction", self._configuring()))
        together(*(timing(f"{stack.name} schema", self._migrating(stack)) for stack in stacks.STACKS.values()))
        keying = [timing("the exchange's key", each.keying()) for each in self._exchanges]
        together(timing("channel", self._opening_channel()), timing("custody vault", self._sealing_custody()), *keying)
        vendors.providers(self.place, self.base)
        applying = (timing(child.name, child.starting()) for child in self._applications)
        together(*applying, timing("an instrument", content.Content(self.place, self.base).furnishing()))

    def welcome(self) -> None:
        """The demonstration's people come in by the front door: everything runs, is announced and is looked after."""
        timing, works = self._screen.timing, list[processes.Work]()
        if not people.are_there(self.place):
            works.append(timing("the demonstration's people", self._welcoming()))
        known = lists.Lists(self.place, self.base)
        if not known.are_loaded:
            works.append(timing("sanctions lists about nobody", known.loading()))
        if works:
            self.watch(people.abreast(works))

    def _welcoming(self) -> processes.Work:
        """A process that dies meanwhile comes back, and whoever was on the way in begins again where they were."""
        end = time.monotonic() + WELCOME
        while True:
            try:
                yield from people.arriving(self.place, self.base)
            except processes.LaunchError:
                if time.monotonic() > end:
                    raise
                yield from processes.waiting(lambda: False, SHORTEST_PAUSE)
            else:
                return

    def stop(self) -> None:
        for layer in (self._applications, self._exchanges, self._vendors, self._caches, self._databases):
            processes.together(*(child.stopping() for child in layer))

    def watch(self, work: processes.Work | None = None) -> None:
        """Until somebody asks us to stop, or WORK is done: starts again what died."""
        now = time.monotonic()
        watched = [Watched(child, now) for child in self._children()]
        while True:
            self._signals.check()
            for each in watched:
                self._look_after(each)
            if work is None:
                time.sleep(LOOK)
                continue
            try:
                next(work)
            except StopIteration:
                return
            time.sleep(processes.TICK)

    def _children(self) -> list[Child]:
        """In the order of starting."""
        return [*self._databases, *self._caches, *self._vendors, *self._exchanges, *self._applications]

    def _look_after(self, each: Watched) -> None:
        if each.revival is None:
            if not each.child.running:
                self._mourn(each)
            return
        try:
            next(each.revival)
        except StopIteration:
            each.revival, each.born = None, time.monotonic()
            self._screen.say(f"{each.child.name} is back")
        except (processes.LaunchError, OSError) as error:
            self._screen.say(str(error))
            self._mourn(each)

    def _mourn(self, each: Watched) -> None:
        each.mourn(time.monotonic())
        self._screen.say(f"{each.child.name} has died: starting it again in {each.pause:.1f} s")

    def _together(self, *works: processes.Work) -> None:
        processes.together(*works, guard=self._signals.check)

    def _database(self, stack: stacks.Stack) -> postgres.Cluster:
        name = f"{stack.name}-postgres"
        return postgres.Cluster(
            self.place.servers / name,
            self.base + stack.postgres,
            stack.superuser,
            self.place.password(stack.name, "superuser"),
            name=f"{stack.name} PostgreSQL",
            log=self.place.logs / f"{name}.log",
        )

    def _cache(self, stack: stacks.Stack) -> valkey.Server:
        name = f"{stack.name}-valkey"
        return valkey.Server(
            self.place.servers / name,
            self.base + stack.valkey,
            self.place.password(stack.name, "valkey"),
            name=f"{stack.name} Valkey",
            log=self.place.logs / f"{name}.log",
        )

    def _configuring(self) -> processes.Work:
        """An example to begin with; once it is there it is the operator's, and is left alone."""
        if not self.place.jurisdiction:
            partial = self.place.root / "config.partial.json"
            yield from processes.finishing(
                f"an example configuration for {self.jurisdiction}",
                [stacks.CUSTOMER.command, "config", "example", "--jurisdiction", self.jurisdiction],
                output=partial,
                env=processes.environment(),
            )
            partial.replace(self.place.config)
            places.once(self.place.root / "jurisdiction", lambda: self.jurisdiction)

    def _publishing(self, stack: stacks.Stack) -> processes.Work:
        """The public half of the audit key: a log is verified against it, never against what the log brings."""
        public = self.place.secret(stack.name, "audit.public")
        if not public.exists():
            partial = public.with_name("audit.partial")
            yield from processes.finishing(
                "the audit key",
                [stacks.BIN / "boundary", "key", "public", self.place.secret(stack.name, "audit.key")],
                output=partial,
                env=processes.environment(),
            )
            places.once(public, partial.read_text)
            partial.unlink()

    def _migrating(self, stack: stacks.Stack) -> processes.Work:
        """The superuser's password travels in the environment: command lines are everybody's to read."""
        database = next(each for each in self._databases if each.superuser == stack.superuser)
        url = f"postgresql://{stack.superuser}@{ports.HOST}:{database.port}/postgres"
        passwords = self.place.secret(stack.name, "roles.json")
        env = stacks.environment(self.place, self.base, stack, stack.role("migrator"))
        yield from processes.finishing(
            f"{stack.name} schema",
            [stack.command, "migrate", "--bootstrap-url", url, "--passwords", passwords],
            output=self.place.logs / f"{stack.name}-migrate.log",
            env=env | {"PGPASSWORD": database.password},
        )

    def _sealing_custody(self) -> processes.Work:
        """The seed of every custody wallet: made once, and never again."""
        stack = stacks.EXECUTION
        keystore = self.place.secret(stack.name, "custody.keystore")
        if not keystore.exists():
            yield from processes.finishing(
                "the custody vault",
                [stack.command, "wallets", "keystore", keystore],
                output=self.place.logs / "custody.log",
                env=stacks.environment(self.place, self.base, stack, stack.role("worker")),
            )

    def _opening_channel(self) -> processes.Work:
        stack, key = stacks.EXECUTION, self.place.password(stacks.CUSTOMER.name, "audit.public")
        yield from processes.finishing(
            "opening the channel",
            [stack.command, "channel", "open", self.place.channel, "--public-key", key],
            output=self.place.logs / "channel-open.log",
            env=stacks.environment(self.place, self.base, stack, stack.role("operator")),
        )


def up(
    place: places.Place,
    base: int,
    jurisdiction: str | None,
    screen: page.Page,
    *,
    fresh: bool = False,
    empty: bool = False,
    during: Callable[[], None] | None = None,
) -> None:
    """Runs the platform until somebody asks it to stop or, when there is something to do DURING it, that is done."""
    start, signals = time.monotonic(), Signals()
    ports.check_base(base)
    _check_programs()
    with place.occupied(), signals.caught():
        processes.together(_clearing(place), guard=signals.check)
        if fresh:
            place.empty()
        chosen = _jurisdiction(place, jurisdiction)
        place.furnish({stack.name: stack.roles for stack in stacks.STACKS.values()})
        ports.check_free(base)
        platform = Platform(place, base, chosen, screen, signals)
        try:
            with screen.watching():
                platform.start()
                place.announce(places.Running(os.getpid(), base, place.jurisdiction))
                if not empty:
                    platform.welcome()
            tell(place, base, screen, time.monotonic() - start)
            (during or platform.watch)()
        except Interrupted:
            screen.say("stopping")
        finally:
            platform.stop()
    screen.say("stopped")


def _check_programs() -> None:
    binaries.postgres()
    binaries.valkey()
    for name in stacks.STACKS:
        environments.make(name)
    for command in (stacks.BIN / "boundary", *(stack.command for stack in stacks.STACKS.values())):
        if not command.exists():
            raise processes.LaunchError(f"{command} is missing: remove .venv and start again")


def _jurisdiction(place: places.Place, wanted: str | None) -> str:
    """The one asked for, unless the data was made under another: a change of law is not a change of a word."""
    made_for = place.jurisdiction
    if wanted and made_for and wanted != made_for:
        raise processes.LaunchError(
            f"{place.root} was made for {made_for}, not {wanted}: add --fresh, or another --data"
        )
    return made_for or wanted or stacks.JURISDICTION


def _clearing(place: places.Place) -> processes.Work:
    """Ends what a killed launcher left: the kernel has told them to stop, and they may still be at it."""
    for pid in processes.inhabitants(place.root, {stack.command.name for stack in stacks.STACKS.values()}):
        yield from processes.stopping_leftover(pid, place.root, applications.STOP)
    for stack in stacks.STACKS:
        for directory, pid_file, steps in (
            (place.servers / f"{stack}-postgres" / "data", "postmaster.pid", postgres.STOP),
            (place.servers / f"{stack}-valkey", "valkey.pid", valkey.STOP),
        ):
            yield from processes.stopping_leftover(processes.first_number(directory / pid_file), directory, steps)


def tell(place: places.Place, base: int, screen: page.Page, seconds: float) -> None:
    customer, execution = (f"http://{ports.HOST}:{base + stack.api}" for stack in stacks.STACKS.values())
    elsewhere = "" if place.servers.parent == place.root else f" (databases: {place.servers})"
    screen.say(f"""
  Ready after {seconds:.1f} s

  customer API     {customer}
  its pages        {customer}/docs
  execution API    {execution}
  jurisdiction     {place.jurisdiction}
  data             {place.root}{elsewhere}
  logs             {place.logs}
  keys             {place.root / "secrets"}
  commands         ./bulkhead in customer -- customer-stack --help
  mail and SMS     ./bulkhead in customer -- customer-stack notifications outbox
  stop             Ctrl-C here, or ./bulkhead stop
""")
    screen.say("  people, all of them invented; ./bulkhead code LOGIN prints a one-time code")
    for known in people.everybody(place):
        screen.say(f"    {known['login']:<20}{known['email']:<36}{known['password']}")
    screen.say()
