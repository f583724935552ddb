"""What a stack's commands bring into one process: problem codes, log events, metrics, records, routes.

In a process of its own, because problem codes, log events, metrics and records register themselves when they are
imported, and a test session imports both stacks and whatever tests declare.
"""

import functools
import json
import subprocess
import sys
from collections.abc import Iterable
from typing import Any

from tests.docs import markdown

# One source for both stacks: which one it is about is written in, since neither may be imported where the other is.
_SOURCE = """
import json
import msgspec
import prometheus_client
from boundary.kernel import records
from boundary.kernel.runtime import app, docs, problems, telemetry
from STACK_stack import app as stack_app, cli

def below(kind):
    for child in kind.__subclasses__():
        yield child
        yield from below(child)

def shown(type_):
    return getattr(type_, "__name__", str(type_))

api = app.create(
    title="", version="", description="", routes=stack_app.ROUTES, readiness=app.Readiness({}), state={}
)
paths = api._app.openapi_schema.to_schema()["paths"]
print(json.dumps({
    "codes": problems.known(),
    "description": json.loads(docs._described(api._app)),
    "events": {name: sorted(event.fields) for name, event in telemetry.registered().items()},
    "metrics": {
        metric._name: list(metric._labelnames)
        for metric in set(prometheus_client.REGISTRY._collector_to_names)
        if hasattr(metric, "_labelnames")
    },
    "records": [
        [kind.__name__, record.__struct_config__.tag,
         [[field.name, shown(field.type)] for field in msgspec.structs.fields(record)]]
        for kind in records.Record.__subclasses__() for record in below(kind)
        if isinstance(record.__struct_config__.tag, str)
    ],
    "routes": [[method.upper(), path] for path, methods in paths.items() for method in methods]
    + [["WebSocket", path] for path in sorted(api._sockets)],
}))
"""


@functools.cache
def _all() -> dict[str, dict[str, Any]]:
    """Of both stacks, asked side by side."""
    running = {
        stack: subprocess.Popen(
            [sys.executable, "-c", _SOURCE.replace("STACK", stack)],
            cwd=markdown.ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for stack in ("customer", "execution")
    }
    said = {stack: process.communicate(timeout=60) for stack, process in running.items()}
    assert [process.returncode for process in running.values()] == [0, 0], [errors for _, errors in said.values()]
    return {stack: json.loads(output) for stack, (output, _) in said.items()}


def of(stack: str) -> dict[str, Any]:
    return _all()[stack]


def both(part: str) -> dict[Any, dict[str, Any]]:
    """By key, what each stack says of it: `{key: {stack: value}}`."""
    found: dict[Any, dict[str, Any]] = {}
    for stack, facts in _all().items():
        for key, value in facts[part].items():
            found.setdefault(key, {})[stack] = value
    return found


def whose(stacks: Iterable[str]) -> str:
    """How a table calls one stack, or both."""
    names = list(stacks)
    return names[0] if len(names) == 1 else "both"
