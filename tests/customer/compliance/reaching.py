"""Which handlers can come to the ledger's posting, found in the source: who names whom, and whom those name.

It rather finds too much than too little. A call through something whose type is not known (`state.desk.pay(…)`) counts
as a call of every method of that name, of a private one in the same file; naming a class counts as calling all its methods.
"""

import ast
import pathlib
from collections.abc import Iterator
from typing import NamedTuple

ROOT = pathlib.Path(__file__).parents[3]
STACK = "customer_stack"
POSTING = f"{STACK}.ledger.service.posting"
SINKS = frozenset({f"{POSTING}:post", f"{POSTING}:post_all", f"{POSTING}:execute", f"{POSTING}:Poster.submit"})
FOREIGN = frozenset({(f"{STACK}.identity.adapters.hashing", "submit"), (f"{STACK}.kyc.service.freezing", "apply")})
"""Calls by a name of ours of what is not meant: the pool of threads that hashes passwords; and the steps of a freeze, of
which a handler does the first alone, that of the account. The others are the worker's.
"""
ROUTES = frozenset({"get", "post", "put", "patch", "delete", "route"})


class Function(NamedTuple):
    """A function of the stack, by `module:name` or `module:Class.name`, and everything that it names."""

    key: str
    named: frozenset[str]
    handler: bool


def modules(root: pathlib.Path = ROOT) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((root / STACK).rglob("*.py")):
        if "simulators" in path.parts:
            continue  # no composition root imports them
        name = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        yield name, ast.parse(path.read_text("utf-8"))


def functions(root: pathlib.Path = ROOT) -> dict[str, Function]:
    found: dict[str, Function] = {}
    for module, tree in modules(root):
        aliases = dict(_aliases(tree))
        local = {
            node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        }
        for owner, node in _defined(tree):
            key = f"{module}:{owner}{node.name}"
            found[key] = Function(key, frozenset(_named(module, node, aliases, local)), _handles(node))
    return found


def _defined(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield "", node
        elif isinstance(node, ast.ClassDef):
            yield from (
                (f"{node.name}.", each)
                for each in node.body
                if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
            )


def _aliases(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """What a name of the file stands for: a module, or something in one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == STACK:
            yield from ((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)


def _named(module: str, node: ast.AST, aliases: dict[str, str], local: set[str]) -> Iterator[str]:
    called = {id(each.func) for each in ast.walk(node) if isinstance(each, ast.Call)}
    for each in ast.walk(node):
        if isinstance(each, ast.Attribute):
            base = each.value
            if isinstance(base, ast.Name) and base.id in aliases:
                yield f"{aliases[base.id]}:{each.attr}"
            elif id(each) in called and not each.attr.startswith("__") and (module, each.attr) not in FOREIGN:
                yield f"{module if each.attr.startswith('_') else '*'}:.{each.attr}"
        elif isinstance(each, ast.Name):
            if each.id in aliases:
                parent, _, name = aliases[each.id].rpartition(".")
                yield f"{parent}:{name}"
            elif each.id in local:
                yield f"{module}:{each.id}"


def _handles(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether it is decorated as a route: `@litestar.get(…)`, `@moving.post(…)`."""
    return any(
        isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and each.func.attr in ROUTES
        for each in node.decorator_list
    )


def reaching(found: dict[str, Function], sinks: frozenset[str] = SINKS) -> set[str]:
    """Every function from which a sink can be come to."""
    methods: dict[str, set[str]] = {}
    classes: dict[str, set[str]] = {}
    for key in found:
        module, _, name = key.partition(":")
        if "." in name:
            owner, _, method = name.partition(".")
            methods.setdefault(method, set()).add(key)
            classes.setdefault(f"{module}:{owner}", set()).add(key)

    def meant(name: str) -> set[str]:
        module, _, method = name.partition(":.")
        if method:
            return {key for key in methods.get(method, set()) if module in {"*", key.partition(":")[0]}}
        return {name} | classes.get(name, set())

    calls = {key: {target for name in each.named for target in meant(name)} for key, each in found.items()}
    reached = set(sinks)
    while True:
        more = {key for key, targets in calls.items() if key not in reached and targets & reached}
        if not more:
            return reached
        reached |= more


def handlers(root: pathlib.Path = ROOT) -> set[str]:
    found = functions(root)
    return {key for key in reaching(found) if key in found and found[key].handler}
