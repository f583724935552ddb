"""The house rules that neither a linter nor an import contract can say, as functions over one parsed file.

`violations(root)` walks the tree that it is given, so that a copy with a breach planted in it can be judged too.
"""

import ast
import functools
import io
import pathlib
import re
import tokenize
from collections.abc import Callable, Iterator
from typing import NamedTuple

STACKS = ("customer_stack", "execution_stack")
OURS = ("boundary", *STACKS)
MIGRATIONS = ("migrations_customer", "migrations_execution")
PYTHON = (*OURS, *MIGRATIONS, "deploy", "tests")
TEXTS = {
    ".py",
    ".sql",
    ".mako",
    ".toml",
    ".md",
    ".yaml",
    ".yml",
    ".json",
    ".sh",
    ".lock",
    ".txt",
    ".css",
    ".html",
    ".js",
    ".ts",
    ".cpp",
    ".hpp",
    "",
}
CACHES = {"__pycache__", "node_modules"}

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 500
PURE_KERNEL_LINES_MAX = 1_500

ROOMS = {
    "__init__",
    "model",
    "rules",
    "ports",
    "tables",
    "repo",
    "service",
    "jobs",
    "api",
    "adapters",
    "formats",
    "simulators",
}
MORE_ROOMS = {
    "clob": {"book", "native", "replay", "market_data", "breakers", "auctions"},
    "chain": {"registry", "deploy", "mint", "indexer", "gas"},
    "screening": {"matchers", "lists"},
}
FREE_ANATOMY = {"web"}
ROOTS = {"__init__", "__main__", "app", "worker", "engine", "cli", "settings", "tables", "schema", "database"} | {
    "crew",
    "desks",
    "neighbours",
    "vault_cli",
}
COMPOSITION = {
    "tables": {"tables"},
    "app": {"adapters"},
    "worker": {"adapters"},
    "engine": {"adapters"},
    "cli": {"adapters"},
    "desks": {"adapters"},
    "vault_cli": {"adapters"},
}
PRIVATE = {"repo", "tables", "adapters"}

FINDERS = (
    "boundary/kernel/runtime/docs.py",
    "deploy/local/",
)  # may ask where a package is; nobody may load one by name
LISTERS = ("boundary/kernel/runtime/manifest.py",)  # may say what is loaded
TRANSACTIONS = ("boundary/kernel/runtime/transaction.py", "boundary/kernel/runtime/migrating.py")
FLOATS = (
    "boundary/kernel/runtime/",  # seconds of the event loop
    "boundary/privacy/detect/",  # likelihoods
    "boundary/privacy/prove/chance.py",  # probabilities
    "boundary/wire/capacity.py",  # bits, which are logarithms
    "customer_stack/gate/service/hearing.py",  # seconds of the event loop, here and in the next four
    "customer_stack/gate/service/sending.py",
    "execution_stack/gate/service/lanes.py",
    "execution_stack/gate/service/offering.py",
    "execution_stack/gate/service/telling.py",
    "customer_stack/branding/rules/colours.py",  # luminance, as WCAG defines it
    "customer_stack/screening/matchers/",  # likeness of names; what leaves is millionths
)
MONEY = {
    "aggregation", "allocation", "billing", "cap_table", "clob", "corporate_actions", "currencies", "fx", "ledger", "money",
    "offerings", "orders", "payments", "portfolio", "reconciliation", "resolution", "risk", "rounding", "settlement",
    "settlement_batches",
}  # fmt: skip
VAGUE = {"common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}

_IMPORTERS = {
    "__import__",
    "import_module",
    "exec_module",
    "load_module",
    "module_from_spec",
    "__loader__",
    "__builtins__",
}
_LOADERS = {"builtins", "imp", "importlib", "pkgutil", "runpy", "zipimport"}
_BEGINS = re.compile(
    r"\s*((BEGIN|COMMIT|ROLLBACK|ABORT)\s*(;|$|WORK|ISOLATION|READ|TRANSACTION)|SAVEPOINT |START TRANSACTION|SET TRANSACTION)"
)
_EXEMPTION = re.compile(r"#\s*(noqa|type:\s*ignore)", re.IGNORECASE)
_REASONED = re.compile(
    r"# noqa: [A-Z]+[0-9]+(, [A-Z]+[0-9]+)* --? \S.*|# type: ignore\[[a-z-]+(, [a-z-]+)*\]  # \S.*", re.DOTALL
)
_LEFTOVER = re.compile(r"\b(TODO|FIXME|XXX)\b")
_MACHINE = re.compile(r"(?<![\w.~}-])/(home|Users|root|work|workspace|mnt)/[\w.]")


class Violation(NamedTuple):
    rule: str
    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line} [{self.rule}] {self.text}"


class Source(NamedTuple):
    """One Python file; `parts` are its directories and its name without suffix."""

    path: str
    text: str
    tree: ast.Module
    nodes: list[ast.AST]
    comments: list[tuple[int, str]]

    @property
    def parts(self) -> tuple[str, ...]:
        return pathlib.PurePath(self.path).with_suffix("").parts

    @property
    def top(self) -> str:
        return self.parts[0]

    @property
    def capability(self) -> str | None:
        return self.parts[1] if self.top in STACKS and len(self.parts) > 2 else None

    def imports(self) -> Iterator[tuple[int, str]]:
        """Every module, or name of one, that the file imports, wherever in the file it does."""
        for node in self.nodes:
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from (
                    (node.lineno, f"{'.' * node.level}{node.module or ''}.{alias.name}") for alias in node.names
                )


Found = Iterator[tuple[int, str]]
Rule = Callable[[Source], Found]


def long_function(source: Source) -> Found:
    for node in source.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield node.lineno, f"{node.name} has {lines} lines"


def long_file(source: Source) -> Found:
    lines = source.text.count("\n")
    if lines > FILE_LINES_MAX:
        yield 1, f"{lines} lines"


def undocumented(source: Source) -> Found:
    if source.top != "tests" and not ast.get_docstring(source.tree):
        yield 1, "the module says nothing about itself"


def dynamic_import(source: Source) -> Found:
    """Whoever imports by a name made at run time passes under every contract."""
    if source.top == "tests":
        return
    finder = source.path.startswith(FINDERS)
    for line, name in source.imports():
        if name.startswith("."):
            yield line, "a relative import"
        words = name.split(".")
        reader = words[:2] == ["importlib", "resources"] or words == ["importlib", "metadata", "version"]
        harmless = reader or (finder and words == ["importlib", "util"])
        if words[0] in _LOADERS and not harmless:
            yield line, f"imports {name}"
    for node in source.nodes:
        if isinstance(node, ast.Name) and node.id in _IMPORTERS | {"exec", "eval", "compile"}:
            yield node.lineno, f"uses {node.id}"
        elif isinstance(node, ast.Attribute) and (node.attr in _IMPORTERS or _is_import_machinery(node)):
            if node.attr == "modules" and source.path in LISTERS:
                continue
            yield node.lineno, f"uses .{node.attr}"
        elif isinstance(node, ast.Constant) and node.value in _IMPORTERS:
            yield node.lineno, f"names {node.value}"


def _is_import_machinery(node: ast.Attribute) -> bool:
    owner = node.value.id if isinstance(node.value, ast.Name) else getattr(node.value, "attr", "")
    return (owner == "sys" and node.attr in {"modules", "path", "meta_path", "path_hooks"}) or (
        owner == "util" and node.attr in {"spec_from_file_location", "spec_from_loader", "LazyLoader"}
    )


def private_room(source: Source) -> Found:
    """Another capability is spoken to through its service; a root module takes only what it wires."""
    if source.top not in STACKS:
        return
    room = source.parts[2] if source.capability else source.parts[1]
    for line, name in source.imports():
        words = name.split(".")
        if len(words) < 3 or words[0] != source.top or words[2] not in PRIVATE:
            continue
        if source.capability is None:
            if words[2] not in COMPOSITION.get(room, set()):
                yield line, f"{room} may not use {name}"
        elif words[1] != source.capability:
            yield line, f"{name} is private to {words[1]}"


def skipped_service(source: Source) -> Found:
    """The import contract allows an upper layer to reach any lower one; the two entry points may not."""
    if source.capability is None or source.parts[2] not in {"api", "jobs"}:
        return
    for line, name in source.imports():
        words = name.split(".")
        if words[:2] == [source.top, source.capability] and len(words) > 2 and words[2] in PRIVATE:
            yield line, f"{source.parts[2]} goes through service, not {words[2]}"


def simulator(source: Source) -> Found:
    if source.top in STACKS and "simulators" not in source.parts:
        yield from ((line, f"uses {name}") for line, name in source.imports() if "simulators" in name.split("."))


def transaction(source: Source) -> Found:
    """Entry points open transactions through the kernel, and only the kernel ends them."""
    if source.top not in (*OURS, *MIGRATIONS) or source.path in TRANSACTIONS:
        return
    for node in source.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in {"commit", "rollback", "begin", "begin_nested", "transaction"}:
                yield node.lineno, f"calls .{node.func.attr}()"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _BEGINS.match(node.value):
            yield node.lineno, "says BEGIN or COMMIT itself"


def floating(source: Source) -> Found:
    if source.top not in OURS:
        return
    money = bool(MONEY & set(source.parts))
    for node in source.nodes:
        if isinstance(node, ast.Name) and node.id == "float" and not source.path.startswith(FLOATS):
            yield node.lineno, "uses float"
        elif money and isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield node.lineno, "a float beside money"


def vague_name(source: Source) -> Found:
    for part in source.parts:
        if VAGUE & set(part.lower().split("_")):
            yield 1, f"{part} says nothing"
    for node in source.nodes:
        if isinstance(node, ast.ClassDef) and VAGUE & {word.lower() for word in re.findall(r"[A-Z][a-z]+", node.name)}:
            yield node.lineno, f"{node.name} says nothing"


def anatomy(source: Source) -> Found:
    if source.top not in STACKS:
        return
    capability = source.capability
    if capability is None:
        if source.parts[1] not in ROOTS:
            yield 1, f"{source.parts[1]} is no module that a stack has"
    elif capability not in FREE_ANATOMY and source.parts[2] not in ROOMS | MORE_ROOMS.get(capability, set()):
        yield 1, f"{source.parts[2]} is no room that a capability has"


def migration_alone(source: Source) -> Found:
    """A revision is history: what it does may not change when the code does."""
    if source.top in MIGRATIONS and "versions" in source.parts:
        yield from ((line, f"imports {name}") for line, name in source.imports() if name.split(".")[0] in OURS)


def leftover(source: Source) -> Found:
    yield from ((line, text) for line, text in source.comments if _LEFTOVER.search(text))


def unfinished(source: Source) -> Found:
    for node in source.nodes:
        if isinstance(node, ast.Name) and node.id == "NotImplementedError":
            yield node.lineno, "something is not done"


def unexplained(source: Source) -> Found:
    """An exemption names its rule and its reason."""
    for line, text in source.comments:
        if _EXEMPTION.match(text) and not _REASONED.fullmatch(text):
            yield line, text


def printing(source: Source) -> Found:
    if source.top in OURS and source.path.split("/")[1] != "verify":
        for node in source.nodes:
            if isinstance(node, ast.Name) and node.id == "print":
                yield node.lineno, "prints"


RULES: tuple[Rule, ...] = (
    long_function,
    long_file,
    undocumented,
    dynamic_import,
    private_room,
    skipped_service,
    simulator,
    transaction,
    floating,
    vague_name,
    anatomy,
    migration_alone,
    leftover,
    unfinished,
    unexplained,
    printing,
)


def violations(root: pathlib.Path) -> list[Violation]:
    """Every rule over every file of ours, and over the texts that are no Python."""
    found = [violation for path in python_files(root) for violation in of_file(root, path)]
    for path in text_files(root):
        found += of_text(root, path)
    return found


def of_file(root: pathlib.Path, path: pathlib.Path) -> list[Violation]:
    source = parse(path.relative_to(root).as_posix(), path.read_text("utf-8"))
    return [Violation(rule.__name__, source.path, *found) for rule in RULES for found in rule(source)]


def of_text(root: pathlib.Path, path: pathlib.Path) -> list[Violation]:
    """No path of somebody's machine, no leftover; and a lock file names packages, not the registry they came from."""
    name = path.relative_to(root).as_posix()
    lock = path.suffix == ".lock" or path.name in {"package-lock.json", "pnpm-lock.yaml"}
    found = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if _MACHINE.search(line):
            found.append(Violation("machine_path", name, number, "a path of one machine"))
        if lock and re.search(r"https?://|\"resolved\"", line):
            found.append(Violation("registry_host", name, number, "a lock file names a host"))
        if path.suffix not in {".py", ".json", ".lock"} and re.search(r"\b(TODO|FIXME)\b", line):
            found.append(Violation("leftover", name, number, "something is left to do"))
    return found


@functools.lru_cache(maxsize=1024)
def parse(path: str, text: str) -> Source:
    tree = ast.parse(text, path)
    worth_reading = _EXEMPTION.search(text) or _LEFTOVER.search(text)  # tokens take longer than the tree
    comments = [
        (token.start[0], token.string)
        for token in (tokenize.generate_tokens(io.StringIO(text).readline) if worth_reading else ())
        if token.type == tokenize.COMMENT
    ]
    return Source(path, text, tree, list(ast.walk(tree)), comments)


def python_files(root: pathlib.Path) -> list[pathlib.Path]:
    return [path for path in text_files(root) if path.suffix == ".py" and path.relative_to(root).parts[0] in PYTHON]


def text_files(root: pathlib.Path) -> list[pathlib.Path]:
    """Whatever is not hidden and not made by a tool."""
    found = []
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        made = any(part.startswith(".") or part in CACHES for part in parts)
        if not made and path.suffix in TEXTS and path.is_file():
            found.append(path)
    return found


def capabilities(root: pathlib.Path) -> list[str]:
    """`customer_stack.ledger`, …: every package directly inside a stack."""
    return sorted(f"{stack}.{path.parent.name}" for stack in STACKS for path in (root / stack).glob("*/__init__.py"))


def pure_kernel(root: pathlib.Path) -> list[pathlib.Path]:
    return sorted((root / "boundary" / "kernel").glob("*.py"))
