"""Starts a stack's commands by forking a process that has imported them: a kill costs milliseconds, not an import.

`python -m tests.faults.nursery customer|execution` reads one JSON object per line: {"args", "env", "log", "point"}. It
forks a child that runs the very function behind the console script, prints {"pid"} when it began and {"ended", "status"}
when it is gone. The nursery has no thread and no event loop, so a fork of it is a fresh process but for its imports.
"""

import contextlib
import ctypes
import json
import os
import select
import signal
import sys
from collections.abc import Mapping
from typing import Any, NoReturn

import customer_stack.cli
import execution_stack.cli
from tests.bench import sampling
from tests.faults import crash_points

PR_SET_PDEATHSIG = 1
COMMANDS = {"customer": customer_stack.cli.main, "execution": execution_stack.cli.main}


def main(stack: str) -> None:
    """Until standard input ends. Children die with us."""
    for line in _lines():
        if line is not None:
            order = json.loads(line)
            pid = os.fork()
            if pid == 0:
                _become(stack, order)
            _say(pid=pid)
        with contextlib.suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG))[0]:
                _say(ended=found[0], status=os.waitstatus_to_exitcode(found[1]))


def _lines() -> Any:
    """Lines as they come, and None every few milliseconds, so that children who ended are noticed."""
    pending = b""
    while True:
        readable, _, _ = select.select([0], [], [], 0.02)
        if readable:
            chunk = os.read(0, 65536)
            if not chunk:
                return
            *whole, pending = (pending + chunk).split(b"\n")
            yield from whole
        yield None


def _say(**what: int) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")


def _become(stack: str, order: Mapping[str, Any]) -> NoReturn:
    """In the child: its own environment, its own output, and then what the console script does."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.setsid()
    os.environ.clear()
    os.environ.update(order["env"])
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, to in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(number, to)
    status = 1
    try:
        match order["point"].split(" ", 1):
            case ["sample", path]:
                sampling.plant(path)
            case [_, _]:
                crash_points.plant(order["point"])
        COMMANDS[stack](args=order["args"], prog_name=f"{stack}-stack")
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main(sys.argv[1])
