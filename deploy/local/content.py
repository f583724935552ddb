"""What a platform needs before anybody can trade on it: two operators, a public document that both sign, an instrument.

Everything is done by the commands that people would use, in the execution stack's own environment, and only what is
missing: each step looks at what is there. The two keys stand for two people; on a real platform each is on a machine of
its own.
"""

import json
import pathlib
from collections.abc import Generator, Sequence

from deploy.local import places, processes, stacks

CODE = "RATE-CUT.DEMO"
CLOSES_AT = "2090-01-01T00:00:00"
REFERENCE_TICKS = 42
RULES = pathlib.Path(__file__).with_name("rules.md")
PEOPLE = ("first", "second")

Said = Generator[None, None, str]


class Content:
    """Furnishes one platform; `base` is where its ports begin."""

    def __init__(self, place: places.Place, base: int) -> None:
        self._place = place
        self._env = stacks.environment(place, base, stacks.EXECUTION, stacks.EXECUTION.role("operator"))
        self._files = place.root / "operators"

    def furnishing(self) -> processes.Work:
        """The instrument, and what it takes to list it."""
        listed = yield from self._execution("instruments", "list")
        if CODE in listed:
            return
        self._files.mkdir(mode=0o700, exist_ok=True)
        first, second = PEOPLE
        operators = [(yield from self._operator(first)), (yield from self._operator(second))]
        document = yield from self._document(operators)
        added = yield from self._execution(
            *("instruments", "add", "--code", CODE, "--closes-at", CLOSES_AT, "--document", document),
        )
        yield from self._execution("instruments", "price", added.split()[-1], str(REFERENCE_TICKS))

    def _operator(self, person: str) -> Said:
        """Somebody who may decide: a key of their own, registered and activated."""
        key = self._files / f"{person}.pem"
        if not key.exists():
            yield from self._boundary("operator-key", "new", str(key))
        public = (yield from self._boundary("operator-key", "public", str(key))).strip()
        known = json.loads((yield from self._execution("operators", "list", "--json")))
        mine = next((each for each in known if each["public_key"] == public), None)
        if mine is None:
            ref = (yield from self._execution("operators", "register", "--public-key", public)).strip()
        else:
            ref = str(mine["ref"])
        if mine is None or mine["state"] == "registered":
            made = yield from self._kept("activate", self._execution("operators", "statement", "activate", ref))
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

    def _approvals(
        self, made: pathlib.Path, operators: Sequence[str], people: Sequence[str]
    ) -> Generator[None, None, list[str]]:
        """The options that bring each person's approval."""
        options = []
        for ref, person in zip(operators, people, strict=True):
            key = str(self._files / f"{person}.pem")
            approving = self._boundary(
                "approve", "--key", key, "--operator", ref, "--statement", str(made), "--yes", notes=True
            )
            options += ["--approval", str((yield from self._kept(f"approval-{person}", approving)))]
        return options

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
        log = self._place.logs / "content.log"
        yield from processes.finishing(
            f"{pathlib.Path(command[0]).name} {command[1]}", command, output=log, env=self._env
        )
        return log.read_text()
