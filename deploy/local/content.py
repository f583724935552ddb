"""What a platform needs before anybody can trade on it: two operators, a public document that both sign, an instrument,
and the key under which the exchange's catalogue comes in.

Everything is done by the commands that people would use, in the execution stack's own environment, and only what is
missing: each step looks at what is there. The two keys stand for two people; on a real platform each is on a machine of
its own.
"""

import itertools
import json
import pathlib
from collections.abc import Generator, Sequence
from typing import TypeVar

from deploy.local import places, processes, stacks

CODE = "RATE-CUT.DEMO"
CAP_LOTS = 25_000
CLOSES_AT = "2090-01-01T00:00:00"
REFERENCE_TICKS = 42
RULES = pathlib.Path(__file__).with_name("rules.md")
PEOPLE = ("first", "second")

T = TypeVar("T")
Said = Generator[None, None, str]


class Content:
    """Furnishes one platform; `base` is where its ports begin."""

    def __init__(self, place: places.Place, base: int, *, code: str = CODE, cap_lots: int = CAP_LOTS) -> None:
        self._place = place
        self._code = code
        self._cap_lots = cap_lots
        self._env = stacks.environment(place, base, stacks.EXECUTION, stacks.EXECUTION.role("operator"))
        self._files = place.root / "operators"
        self._numbers = itertools.count(1)

    def furnishing(self) -> processes.Work:
        """The instrument, and what it takes to list it."""
        listed = yield from self._execution("instruments", "list")
        if self._code in listed.split():
            return
        self._files.mkdir(mode=0o700, exist_ok=True)
        known = json.loads((yield from self._execution("operators", "list", "--json")))
        operators = yield from _side_by_side([self._operator(person, known) for person in PEOPLE])
        document = yield from self._document(operators)
        yield from self._catalogue(operators)
        added = yield from self._execution(
            *("instruments", "add", "--code", self._code, "--cap-lots", str(self._cap_lots)),
            *("--closes-at", CLOSES_AT, "--document", document),
        )
        yield from self._execution("instruments", "price", added.split()[-1], str(REFERENCE_TICKS))

    def _operator(self, person: str, known: Sequence[dict[str, str]]) -> Said:
        """Somebody who may decide: a key of their own, registered and activated."""
        key = self._files / f"{person}.pem"
        what = "public" if key.exists() else "new"
        public = (yield from self._boundary("operator-key", what, str(key))).strip()
        mine = next((each for each in known if each["public_key"] == public), None)
        if mine is None:
            ref = (yield from self._execution("operators", "register", "--public-key", public)).strip()
        else:
            ref = mine["ref"]
        if mine is None or mine["state"] == "registered":
            stated = self._execution("operators", "statement", "activate", ref)
            made = yield from self._kept(f"activate-{person}", stated)
            signed = yield from self._approvals(made, [ref], [person])
            yield from self._execution("operators", "activate", "--statement", str(made), *signed)
        return ref

    def _document(self, operators: Sequence[str]) -> Said:
        """The rules, signed by both, by their hash."""
        described = (str(RULES), "--kind", "rules")
        made = yield from self._kept("import", self._execution("documents", "statement", *described))
        hashed = str(json.loads(made.read_text())["facts"]["document"])
        if hashed not in (yield from self._execution("documents", "list")):
            signed = yield from self._approvals(made, operators, PEOPLE)
            yield from self._execution("documents", "import", *described, "--statement", str(made), *signed)
        return hashed

    def _catalogue(self, operators: Sequence[str]) -> Said:
        """The worker's key, admitted by both; then the catalogue, which the worker takes in when it runs."""
        file = self._place.secret(stacks.EXECUTION.name, "catalogue.key")
        public = (yield from self._boundary("key", "public", str(file))).strip()
        if public not in (yield from self._execution("venue", "catalogue", "keys", "list")):
            stated = self._execution("venue", "catalogue", "keys", "statement", "admit", public)
            made = yield from self._kept("catalogue", stated)
            signed = yield from self._approvals(made, operators, PEOPLE)
            yield from self._execution(
                *("venue", "catalogue", "keys", "admit", public, "--statement", str(made)), *signed
            )
        return (yield from self._execution("venue", "markets", "sync"))

    def _approvals(
        self, made: pathlib.Path, operators: Sequence[str], people: Sequence[str]
    ) -> Generator[None, None, list[str]]:
        """The options that bring each person's approval."""
        signing = []
        for ref, person in zip(operators, people, strict=True):
            line = ("--key", str(self._files / f"{person}.pem"), "--operator", ref, "--statement", str(made), "--yes")
            signing.append(self._kept(f"{made.stem}-approval-{person}", self._boundary("approve", *line, notes=True)))
        return [word for path in (yield from _side_by_side(signing)) for word in ("--approval", str(path))]

    def _kept(self, name: str, saying: Said) -> Generator[None, None, pathlib.Path]:
        """What a command said, as a file."""
        said = yield from saying
        path = self._files / f"{name}.json"
        path.write_text(said)
        return path

    def _execution(self, *arguments: str) -> Said:
        return self._saying([str(stacks.EXECUTION.command), *arguments])

    def _boundary(self, *arguments: str, notes: bool = False) -> Said:
        said = yield from self._saying([str(stacks.own_bin(stacks.EXECUTION.name) / "boundary"), *arguments])
        return said[said.index("{") :] if notes else said  # what it shows to the person comes first

    def _saying(self, command: Sequence[str]) -> Said:
        log = self._place.logs / f"content-{next(self._numbers)}.log"
        yield from processes.finishing(
            f"{pathlib.Path(command[0]).name} {command[1]}", command, output=log, env=self._env
        )
        said = log.read_text()
        log.unlink()
        return said


def _side_by_side(works: Sequence[Generator[None, None, T]]) -> Generator[None, None, list[T]]:
    """Several at a time, for each is mostly a program that starts; their results in order."""
    results: dict[int, T] = {}
    while len(results) < len(works):
        for number, work in enumerate(works):
            if number not in results:
                try:
                    next(work)
                except StopIteration as ended:
                    results[number] = ended.value
        yield
    return [results[number] for number in range(len(works))]
