"""The documents say what the code says: links lead somewhere, names exist, and checked tables agree row by row.

When a table differs, the failure shows the rows that the code expects, ready to be pasted; a last column of prose is
the author's.
"""

import os
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import msgspec
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from boundary import cli as boundary_cli
from boundary.kernel import audit_bytes, hashchain, states, strict_json
from boundary.kernel.runtime import app, guard, http_protocol, migrating
from boundary.privacy import closed_types
from boundary.wire import frame
from customer_stack import cli as customer_cli
from customer_stack import database as customer_database
from customer_stack import schema as customer_schema
from customer_stack import settings as customer_settings
from customer_stack import tables as customer_tables
from customer_stack.access import rules as access_rules
from customer_stack.gate import rules as customer_link
from customer_stack.monitoring.rules import cases as case_rules
from customer_stack.monitoring.rules import reports as report_rules
from customer_stack.notifications.rules import delivering
from customer_stack.payments.model import payouts
from deploy.local import commands as launcher
from deploy.local import ports
from execution_stack import cli as execution_cli
from execution_stack import database as execution_database
from execution_stack import settings as execution_settings
from execution_stack import tables as execution_tables
from execution_stack.clob import model as clob
from execution_stack.gate import rules as execution_link
from execution_stack.gate.service import receiving as execution_gate
from tests.docs import markdown, stack_facts

DOCUMENTS = markdown.documents()
ROOT = markdown.ROOT
PROGRAMS: dict[str, click.Command] = {
    "./bulkhead": launcher.main,
    "customer-stack": customer_cli.main,
    "execution-stack": execution_cli.main,
    "boundary": boundary_cli.main,
}
STACKS = ("customer", "execution")
PLANS = {"customer": customer_database.PLAN, "execution": execution_database.PLAN}
METADATA = {"customer": customer_tables.METADATA, "execution": execution_tables.METADATA}
SETTINGS = {"customer": customer_settings, "execution": execution_settings}
LINKS: dict[str, states.Machine[Any, Any]] = {"customer": customer_link.LINK, "execution": execution_link.LINK}

# What our own APIs answer to: the only absolute paths that a document may name.
ROUTES = re.compile(
    r"/(api/v1|channel|documents|market|config\.json|docs|health|jurisdiction|metrics|openapi\.json|problems|ws/v1)\b"
)
ABSOLUTE = re.compile(r"(?<![\w.:/…<}`\])-])/[A-Za-z][\w./-]*|(?<=`)/[A-Za-z][\w./-]*")


def by_name(document: markdown.Document) -> str:
    return document.name


def compare(document: str, name: str, expected: Sequence[Sequence[str]], *, ordered: bool = True) -> None:
    """The table's first columns are the expected cells; whatever follows them is prose."""
    width = len(expected[0])
    found = [row[:width] for row in markdown.document(document).table(name)]
    wanted = [list(row) for row in expected]
    if not ordered:
        found, wanted = sorted(found), sorted(wanted)
    missing = "\n".join(f"| {' | '.join(row)} |" for row in wanted if row not in found)
    surplus = "\n".join(f"| {' | '.join(row)} |" for row in found if row not in wanted)
    assert found == wanted, f"{document}, {name}\nnot in the document:\n{missing}\nnot in the code:\n{surplus}"


def code(text: object) -> str:
    return f"`{text}`"


# ---- every document


@pytest.mark.parametrize("document", DOCUMENTS, ids=by_name)
def test_links_lead_somewhere(document: markdown.Document) -> None:
    broken = []
    for link in document.links():
        target, _, anchor = link.partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        path = (document.path.parent / target).resolve() if target else document.path
        known = markdown.Document(path).anchors() if path.suffix == ".md" and path.exists() else set()
        if not path.exists() or (anchor and anchor not in known):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=by_name)
def test_paths_in_code_font_exist(document: markdown.Document) -> None:
    """A path of the repository is one whose first step lies at its top. Placeholders are no paths."""
    top = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    paths = [span for span in document.spans() if "/" in span and re.fullmatch(r"[\w./*-]+", span)]
    named = [path for path in paths if path.split("/")[0] in top]
    assert [path for path in named if not any(ROOT.glob(path.rstrip("/")))] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=by_name)
def test_modules_in_code_font_exist(document: markdown.Document) -> None:
    packages = ("boundary", "customer_stack", "execution_stack")
    named = [span for span in document.spans() if re.fullmatch(rf"({'|'.join(packages)})(\.\w+)+", span)]
    assert [name for name in named if not module_of(name.split("."))] == []


def module_of(parts: list[str]) -> bool:
    """Whether the dotted name is a module, or something in one."""
    candidates = (ROOT.joinpath(*parts[:length]) for length in (len(parts), len(parts) - 1) if length > 1)
    return any(path.is_dir() or path.with_suffix(".py").exists() for path in candidates)


@pytest.mark.parametrize("document", DOCUMENTS, ids=by_name)
def test_commands_exist(document: markdown.Document) -> None:
    wrong = [found for text in (*document.spans(), *document.scripts()) for found in unknown_commands(text)]
    assert wrong == []


def unknown_commands(text: str) -> list[str]:
    """What the text asks of our programs that they do not know. `a|b` names two commands, `…` leaves the rest open."""
    words = text.split()
    wrong = []
    for start, word in enumerate(words):
        if word in PROGRAMS and (start == 0 or words[start - 1] in {"--", "|", "&&"}):
            wrong += unknown_words(PROGRAMS[word], words[start + 1 :])
    return [f"{text}: {word}" for word in wrong]


def unknown_words(command: click.Command, words: list[str]) -> list[str]:
    for position, word in enumerate(words):
        options = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        if word in {"--", "|", ">", "…", "..."} or "…" in word:
            return []
        if word.startswith("-"):
            if word.partition("=")[0] not in options and not command.ignore_unknown_options:
                return [word]
        elif isinstance(command, click.Group):
            chosen = [command.commands.get(name) for name in word.split("|")]
            if None in chosen:
                return [word]
            if len(chosen) == 1 and chosen[0] is not None:
                return unknown_words(chosen[0], words[position + 1 :])
            return []
    return []


@pytest.mark.parametrize(
    "text", ["customer-stack fly", "./bulkhead up --sideways", "customer-stack audit forget", "x | boundary nothing"]
)
def test_an_unknown_command_is_noticed(text: str) -> None:
    assert unknown_commands(text)


@pytest.mark.parametrize("document", DOCUMENTS, ids=by_name)
def test_no_document_names_a_place_of_one_machine(document: markdown.Document) -> None:
    """An absolute path in a document is a route of ours; the repository's own place is none."""
    assert str(ROOT) not in document.text
    assert [path for path in ABSOLUTE.findall(document.text) if not ROUTES.match(path)] == []


@pytest.mark.parametrize("picture", sorted((ROOT / "docs").rglob("*.svg")), ids=lambda path: str(path.name))
def test_a_picture_says_in_words_what_it_shows_and_loads_nothing(picture: Path) -> None:
    text = picture.read_text("utf-8")
    assert "<title" in text
    assert "<desc" in text
    assert "prefers-color-scheme: dark" in text
    assert re.findall(r"(?:href|src|url)\s*[=(]\s*[\"']?(?!#)[^\"')\s]+", text.replace("marker-end", "")) == []


# ---- README.md, docs/decisions


def test_the_readme_runs_the_tests_as_everybody_does() -> None:
    assert "./bulkhead test" in [line.strip() for line in markdown.document("README.md").scripts()]


def test_the_index_of_decisions_is_complete_and_each_has_its_four_parts() -> None:
    pages = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
    index = markdown.document("docs/decisions/README.md")
    assert [link for link in index.links() if link[0].isdigit()] == [page.name for page in pages]
    for number, page in enumerate(pages, start=1):
        assert page.name.startswith(f"{number:04}-")
        assert re.findall(r"^## (.+)$", page.read_text("utf-8"), re.MULTILINE) == [
            "Context",
            "Decision",
            "Consequences",
            "Rejected",
        ]


# ---- docs/ARCHITECTURE.md


def test_the_ports_are_those_of_the_launcher() -> None:
    compare("docs/ARCHITECTURE.md", "ports", [(str(int(port)), port.label) for port in ports.Port])


def test_a_reserved_room_is_empty_and_a_built_one_is_not() -> None:
    for _, _, room, _, _, state in markdown.document("docs/ARCHITECTURE.md").table("rooms"):
        name = room.strip("`*")
        assert state in {"built", "reserved"}, name
        assert room == (code(name) if state == "built" else f"*{name}*")
        assert (ROOT / name / "__init__.py").exists() is (state == "built"), f"{name} is not {state}"


# ---- docs/WALL.md


def test_every_import_contract_has_its_sentence() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    compare("docs/WALL.md", "contracts", [(code(contract["id"]),) for contract in contracts])


def test_the_closed_list_is_the_one_that_the_database_is_made_from() -> None:
    expected = [
        (code(name), type_.base, code(type_.check), type_.purpose) for name, type_ in closed_types.CLOSED_TYPES.items()
    ]
    compare("docs/WALL.md", "closed types", expected)


def test_every_column_of_records_is_named() -> None:
    expected = [(code(table), code(column), kind) for (table, column), kind in closed_types.CODED_COLUMNS.items()]
    compare("docs/WALL.md", "coded columns", expected)


def test_every_record_is_listed_with_its_fields() -> None:
    kinds = {"Entry": "audit", "Message": "outbox", "Job": "job"}
    owners: dict[tuple[str, str, str], list[str]] = {}
    for stack in STACKS:
        for kind, tag, fields in stack_facts.of(stack)["records"]:
            text = ", ".join(f"{name}: {type_}" for name, type_ in fields)
            owners.setdefault((kinds.get(kind, kind), code(tag), text.replace("|", "\\|")), []).append(stack)
    expected = [(stack_facts.whose(stacks), *record) for record, stacks in owners.items()]
    compare("docs/WALL.md", "records", expected, ordered=False)


def test_the_frame_is_described_byte_by_byte() -> None:
    rows = markdown.document("docs/WALL.md").table("frame")
    sizes = [int(row[1]) for row in rows if row[0].isdigit() and row[1].isdigit()]
    assert [int(row[0]) for row in rows if row[1].isdigit() and row[0].isdigit()] == [
        sum(sizes[:position]) for position in range(len(sizes))
    ]
    assert sum(sizes) == frame.HEADER_SIZE
    assert rows[-2][0] == str(frame.HEADER_SIZE)
    assert rows[-1][1] == str(frame.TAG_SIZE)
    text = markdown.document("docs/WALL.md").text
    assert code(frame.MAGIC.hex(" ")) in text
    assert f"at most {frame.SIZE_MAX:,} bytes" in text


def test_the_audit_logs_bytes_are_as_described() -> None:
    rows = dict(markdown.document("docs/WALL.md").table("audit bytes"))
    signed = audit_bytes.head_bytes(1, bytes(32), bytes(32), 1)
    assert signed.startswith(b"audit-head/1\0")
    assert f"{len(signed)} bytes" in rows["head, as signed"]
    assert "32 zero bytes" in rows["chain"]
    assert bytes(32) == hashchain.GENESIS


# ---- docs/DATA_MODEL.md


@pytest.mark.parametrize("stack", STACKS)
def test_every_table_is_described_and_no_other(stack: str) -> None:
    """A heading names a table, with the stack behind it if it is that stack's alone or means something else there."""
    headings = re.findall(r"^### `(\w+)`(?: \((\w+)\))?$", markdown.document("docs/DATA_MODEL.md").text, re.MULTILINE)
    described = [table for table, whose in headings if whose in {"", stack}]
    assert sorted(described) == sorted([*METADATA[stack].tables, closed_types.VERSION_TABLE[0]])


@pytest.mark.parametrize("stack", STACKS)
def test_every_column_is_named_below_its_table(stack: str) -> None:
    sections = re.split(r"^### ", markdown.document("docs/DATA_MODEL.md").text, flags=re.MULTILINE)[1:]
    for table in METADATA[stack].tables.values():
        mine = [part for part in sections if part.startswith((f"`{table.name}`\n", f"`{table.name}` ({stack})\n"))]
        assert [column.name for column in table.columns if code(column.name) not in mine[0]] == [], table.name


@pytest.mark.parametrize("stack", STACKS)
def test_the_matrix_of_rights_is_what_the_grants_say(stack: str) -> None:
    plan = PLANS[stack]
    rights = {role: granted(plan.grants / f"{role}.sql", METADATA[stack]) for role in plan.roles}
    names = [closed_types.VERSION_TABLE[0], *sorted(METADATA[stack].tables)]
    expected = [(code(name), *(rights[role].get(name, "") for role in plan.roles)) for name in names]
    compare("docs/DATA_MODEL.md", f"{stack} grants", expected)


def granted(file: Path, metadata: sa.MetaData) -> dict[str, str]:
    """By table: S, I, U, D, M, each with a star where it holds for some columns only."""
    found: dict[str, str] = {}
    for statement in migrating.statements(file.read_text("utf-8")):
        said = re.fullmatch(r"GRANT (.+) ON (.+) TO \w+", statement)
        assert said is not None, statement
        what, names = said.groups()
        if names.startswith(("SEQUENCE ", "FUNCTION ")):
            continue
        letters = " ".join(word[0] + "*" * bool(rest) for word, rest in re.findall(r"([A-Z]+)(\s*\([^)]*\))?", what))
        for name in names.split(", "):
            assert name in metadata.tables or name == closed_types.VERSION_TABLE[0], f"{file.name}: {name}"
            found[name] = f"{found.get(name, '')} {letters}".strip()
    return found


def test_what_each_column_holds_is_what_its_table_declares() -> None:
    """`customer-stack data-categories` prints the table that belongs there; REGENERATE_GOLDEN=1 puts it in."""
    if os.environ.get("REGENERATE_GOLDEN"):
        printed = CliRunner().invoke(customer_cli.main, ["data-categories"]).output
        markdown.document("docs/DATA_MODEL.md").put_table("data categories", printed)
    compare("docs/DATA_MODEL.md", "data categories", list(customer_schema.rows(customer_tables.METADATA)))


@pytest.mark.parametrize("stack", STACKS)
def test_the_diagram_of_a_link_is_its_machine(stack: str) -> None:
    assert markdown.document("docs/DATA_MODEL.md").diagram(f"{stack} link") == LINKS[stack].diagram()


def test_the_diagram_of_a_proposal_is_its_machine() -> None:
    assert markdown.document("docs/DATA_MODEL.md").diagram("proposal") == access_rules.PROPOSAL.diagram()


def test_the_diagram_of_a_delivery_is_its_machine() -> None:
    assert markdown.document("docs/DATA_MODEL.md").diagram("delivery") == delivering.DELIVERY.diagram()


def test_the_diagrams_of_cases_and_reports_are_their_machines() -> None:
    assert markdown.document("docs/DATA_MODEL.md").diagram("case") == case_rules.CASE.diagram()
    assert markdown.document("docs/DATA_MODEL.md").diagram("report") == report_rules.REPORT.diagram()


def test_the_diagram_of_a_withdrawal_is_its_machine() -> None:
    assert markdown.document("docs/DATA_MODEL.md").diagram("withdrawal") == payouts.MACHINE.diagram()


# ---- docs/OPERATIONS.md


@pytest.mark.parametrize("stack", STACKS)
def test_every_setting_is_listed_with_its_default_and_who_needs_it(stack: str) -> None:
    module = SETTINGS[stack]
    expected = []
    for field in msgspec.structs.fields(module.Settings):
        needs = ", ".join(process for process, names in module.NEEDS.items() if field.name in names)
        expected.append(
            (code(module.PREFIX + field.name.upper()), shown_default(field), "all" if field.required else needs)
        )
    compare("docs/OPERATIONS.md", f"{stack} settings", expected)


def shown_default(field: msgspec.structs.FieldInfo) -> str:
    if field.required or field.default is None:
        return "–"
    return "none" if field.default == () else code(field.default)


def test_the_roles_are_those_that_migrate_makes() -> None:
    rows = markdown.document("docs/OPERATIONS.md").table("roles")
    for column, stack in enumerate(STACKS):
        plan = PLANS[stack]
        assert {row[column].strip("`") for row in rows} - {""} == {plan.migrator, *plan.roles}


def test_every_metric_is_listed() -> None:
    expected = [
        (code(name), stack_facts.whose(stacks), ", ".join(next(iter(stacks.values()))))
        for name, stacks in stack_facts.both("metrics").items()
    ]
    compare("docs/OPERATIONS.md", "metrics", expected, ordered=False)


def test_every_log_event_is_listed_with_its_fields() -> None:
    expected = [
        (code(name), stack_facts.whose(stacks), ", ".join(next(iter(stacks.values()))))
        for name, stacks in sorted(stack_facts.both("events").items())
    ]
    compare("docs/OPERATIONS.md", "events", expected)


# ---- docs/API.md


def test_every_route_is_listed() -> None:
    owners: dict[tuple[str, str], list[str]] = {}
    for stack in STACKS:
        for method, path in stack_facts.of(stack)["routes"]:
            owners.setdefault((method, code(path)), []).append(stack)
    expected = [(stack_facts.whose(stacks), *route) for route, stacks in owners.items()]
    compare("docs/API.md", "routes", expected, ordered=False)


def test_every_problem_code_is_listed() -> None:
    owners: dict[tuple[str, int, str], list[str]] = {}
    for stack in STACKS:
        for name, (status, meaning) in stack_facts.of(stack)["codes"].items():
            owners.setdefault((name, status, meaning), []).append(stack)
    expected = [
        (code(name), str(status), stack_facts.whose(stacks), meaning.replace("|", "\\|"))
        for (name, status, meaning), stacks in sorted(owners.items())
    ]
    compare("docs/API.md", "problem codes", expected)


def test_the_limits_are_those_of_the_code() -> None:
    compare(
        "docs/API.md",
        "limits",
        [
            ("body, customer API", f"{app.BODY_MAX:,} bytes"),
            ("body, execution API", f"{execution_gate.BODY_BYTES_MAX:,} bytes"),
            ("JSON nesting", f"{strict_json.DEPTH_MAX} levels"),
            ("a number in JSON", f"{strict_json.NUMBER_LENGTH_MAX} characters"),
            ("request line and headers", f"{http_protocol.HEAD_BYTES_MAX:,} bytes"),
            ("time for them to arrive", f"{http_protocol.HEAD_SECONDS} s"),
            (
                "time for a body to arrive, customer API",
                f"{max(guard.BODY_SECONDS, app.BODY_MAX // guard.BYTES_PER_SECOND_MIN)} s",
            ),
            ("requests at once, per process", f"{guard.CONCURRENT_MAX:,}"),
            ("connections, per process", f"{http_protocol.CONNECTIONS_MAX:,}"),
        ],
    )


# ---- MATCHING.md


@pytest.mark.parametrize("name, words", [("events", clob.Kind), ("reasons", clob.Reason)])
def test_what_a_book_says_is_listed(name: str, words: type[clob.Kind] | type[clob.Reason]) -> None:
    compare("docs/MATCHING.md", name, [[str(each.value), code(each.name.lower())] for each in words])
