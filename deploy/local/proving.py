"""`prove`: the auditor's whole proof of a running platform, in one command.

It does what an auditor does by hand with `boundary prove` (docs/WALL.md): a scratch server for each stack, on which the
stack's own `migrate` runs; each half in an environment that knows nothing of the other stack; then the sum of both. The
hash of each half goes into that stack's audit log. Nothing here judges: the verdict is what `boundary` says.
"""

import contextlib
import dataclasses
import hashlib
import json
import pathlib
import secrets
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from deploy.local import page, places, ports, postgres, processes, stacks

BOUNDARY = stacks.BIN / "boundary"
PATIENCE = 600.0
RELOAD_SECONDS = 3.0  # a gate looks for new keys every second
SUPERUSER = "scratch_superuser"
CANARY_KEY_ID = 999_999_999  # a key id belongs to one channel of a stack; this one nobody counts up to
PARTS = ("execution", "customer", "merged")


@dataclasses.dataclass(frozen=True)
class Proof:
    """One proof of one running platform, into one directory."""

    place: places.Place
    base: int
    out: pathlib.Path
    screen: page.Page

    @property
    def key(self) -> pathlib.Path:
        """The auditor's own: with the platform's secrets only because this machine plays every part."""
        return self.place.secret("auditor", "auditor.key")

    @property
    def canary(self) -> pathlib.Path:
        return self.place.secret("auditor", "canary")

    def make(self) -> int:
        """The exit status: 0 proven, 1 findings, 2 incomplete or void."""
        places.once(self.key, lambda: secrets.token_hex(32) + "\n")
        places.once(self.canary, lambda: str(uuid.UUID(bytes=secrets.token_bytes(16), version=4)))
        public = self._said([BOUNDARY, "key", "public", self.key], processes.environment()).strip()
        with tempfile.TemporaryDirectory() as folder:
            half = {stack: self._half(stacks.STACKS[stack], pathlib.Path(folder)) for stack in PARTS[:2]}
        merge = [BOUNDARY, "prove", "merge", "--key", self.key, "--out", self.out / "merged"]
        for stack in half:
            merge += [f"--{stack}", self.out / stack, f"--{stack}-key", public]
        merged = self._run("both halves together", merge, processes.environment())
        self.screen.say(f"  reports in {self.out}; check one without trusting us:")
        self.screen.say(f"  python boundary/verify/report.py {self.out / 'merged'} --public-key {public}")
        return max(*half.values(), merged)

    def _half(self, stack: stacks.Stack, folder: pathlib.Path) -> int:
        env = stacks.environment(self.place, self.base, stack, stack.role("auditor"))
        manifest = folder / f"{stack.name}.json"
        manifest.write_text(self._said([stack.command, "privacy", "manifest", "--json"], env))
        with self._scratch(stack) as scratch:
            command = [BOUNDARY, "prove", stack.name, "--manifest", manifest, "--key", self.key]
            command += ["--out", self.out / stack.name, "--scratch-url", scratch, "--superuser", stack.superuser]
            if stack is stacks.EXECUTION:
                command += ["--role-urls", self._roles(stack, folder), "--logs", self._logs(stack, folder)]
                command += ["--canary-url", f"http://{ports.HOST}:{self.base + stack.api}"]
                command += ["--canary-key", self._admit_canary(stack)]
            status = self._run(f"{stack.name} half", command, env)
        self._record(stack)
        return status

    @contextlib.contextmanager
    def _scratch(self, stack: stacks.Stack) -> Iterator[str]:
        """A server of the auditor's own with what the stack's `migrate` makes, gone when the half is proven."""
        directory = self.place.servers / f"{stack.name}-scratch"
        shutil.rmtree(directory, ignore_errors=True)
        port = ports.free_port()
        cluster = postgres.Cluster(
            directory, port, SUPERUSER, secrets.token_hex(24), name=f"{stack.name} scratch server"
        )
        try:
            with self.screen.timed(cluster.name):
                cluster.start()
                passwords = self.place.secret(stack.name, "roles.json")
                migrator = stack.role("migrator")
                secret = self.place.role_password(migrator)
                env = stacks.environment(self.place, self.base, stack, migrator) | {
                    f"{stack.name.upper()}_DATABASE_URL": cluster.url(stack.name, migrator, secret),
                    "PGPASSWORD": cluster.password,
                }
                url = f"postgresql://{SUPERUSER}@{ports.HOST}:{port}/postgres"
                self._said([stack.command, "migrate", "--bootstrap-url", url, "--passwords", passwords], env)
            yield cluster.url(stack.name)
        finally:
            cluster.stop()
            shutil.rmtree(directory, ignore_errors=True)

    def _roles(self, stack: stacks.Stack, folder: pathlib.Path) -> pathlib.Path:
        """Logins of every process, so that each is pushed against the wall and not only read about."""
        pushed = [role for role in stack.roles if role != stack.role("migrator")]
        urls = {
            role: stacks.settings(self.place, self.base, stack, role)[f"{stack.name.upper()}_DATABASE_URL"]
            for role in pushed
        }
        file = folder / "roles.json"
        places.write_secret(file, json.dumps(urls))
        return file

    def _logs(self, stack: stacks.Stack, folder: pathlib.Path) -> pathlib.Path:
        """What its processes logged; the servers' own logs are not lines of ours."""
        logs = folder / "logs"
        logs.mkdir()
        for service in stacks.SERVICES:
            name = f"{service.name.replace(' ', '-').lower()}.log"
            if service.stack is stack and (self.place.logs / name).exists():
                shutil.copy(self.place.logs / name, logs / name)
        return logs

    def _admit_canary(self, stack: stacks.Stack) -> pathlib.Path:
        """A channel of the canary's own, admitted as any customer stack's is."""
        channel = self.canary.read_text()
        theirs = self.place.channel_key(stack.name, channel).with_name(f"{channel}.{CANARY_KEY_ID}.key")
        ours = self.canary.with_name(theirs.name)
        if not theirs.exists():
            places.once(ours, lambda: secrets.token_hex(32) + "\n")
            places.once(theirs, ours.read_text)
            operator = stacks.environment(self.place, self.base, stack, stack.role("operator"))
            self._said([stack.command, "channel", "open", channel], operator)
            time.sleep(RELOAD_SECONDS)
        return ours

    def _record(self, stack: stacks.Stack) -> None:
        """An auditor writes nothing: the operator puts the hash of the half into the audit log."""
        digest = hashlib.sha256((self.out / stack.name / "report.json").read_bytes()).hexdigest()
        operator = stacks.environment(self.place, self.base, stack, stack.role("operator"))
        self._said([stack.command, "privacy", "record", digest], operator)

    def _said(self, command: Sequence[Any], env: Mapping[str, str]) -> str:
        done = subprocess.run(command, env=dict(env), capture_output=True, text=True, timeout=PATIENCE, check=False)
        if done.returncode:
            words = " ".join(map(str, command[:3]))
            raise processes.LaunchError(f"{words} ended with {done.returncode}: {(done.stderr or done.stdout).strip()}")
        return done.stdout

    def _run(self, name: str, command: Sequence[Any], env: Mapping[str, str]) -> int:
        """One step of the proof; whatever its verdict, what it says is shown."""
        with self.screen.timed(name):
            done = subprocess.run(command, env=dict(env), capture_output=True, text=True, timeout=PATIENCE, check=False)
        for line in (done.stdout + done.stderr).splitlines():
            self.screen.say(f"      {line}")
        if done.returncode not in {0, 1, 2}:
            raise processes.LaunchError(f"{name} ended with {done.returncode}")
        return done.returncode
