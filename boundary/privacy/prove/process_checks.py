"""P04, P08, P12 and P13: what the running code may reach, speaks, is made of, and writes into its logs."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from boundary.kernel import primitives
from boundary.privacy import scan, wire_rules
from boundary.privacy.prove import report, subject
from boundary.wire import export

_OTHER = {"execution": "customer", "customer": "execution"}
PEOPLE_PACKAGES = frozenset(
    {
        *("email-validator", "mrz", "nameparser", "passporteye", "phonenumbers", "presidio-analyzer"),
        *("probablepeople", "pyotp", "python-stdnum", "sumsub", "usaddress", "web3-identity", "onfido-python"),
    }
)
_COMMON = {"event", "level", "at", "service"}
_SETTINGS = {
    "log_statement": ("none",),
    "log_min_duration_statement": ("-1",),
    "log_min_duration_sample": ("-1",),
    "log_parameter_max_length_on_error": ("0",),
    "log_transaction_sample_rate": ("0",),
}
_LINE_MAX = 64 * 1024


async def separation(about: subject.Subject) -> report.Found:
    """By what this environment, this server and this code can be asked; the network is the deployment's to show."""
    manifest, other = about.manifest, _OTHER[about.manifest.stack]
    prefix = f"{other.upper()}_"
    findings = [report.Finding("foreign-variable", name) for name in about.environment if name.startswith(prefix)]
    findings += [report.Finding("foreign-setting", name) for name in manifest.settings if name.startswith(prefix)]
    rows = await about.connection.fetch(
        "SELECT 'role' AS kind, count(*) AS found FROM pg_roles WHERE starts_with(rolname::text, $1)"
        " UNION ALL SELECT 'database', count(*) FROM pg_database WHERE datname = $2"
        " UNION ALL SELECT 'session', count(*) FROM pg_stat_activity WHERE application_name = $2 || '-stack'"
        " UNION ALL SELECT 'foreign server', count(*) FROM pg_foreign_server"
        " UNION ALL SELECT 'subscription', count(*) FROM pg_subscription",
        f"{other}_",
        other,
    )
    findings += [report.Finding(f"foreign-{row['kind'].replace(' ', '-')}", "server") for row in rows if row["found"]]
    findings += [report.Finding("foreign-module", name) for name in _within(manifest.modules, other)]
    if not about.execution:
        channels = {key.channel for key in manifest.keys}
        findings += [report.Finding("foreign-key", "keys of more than one channel")] if len(channels) > 1 else []
    figures: dict[str, int | str] = {
        "settings": len(manifest.settings),
        "channels with keys": len({k.channel for k in manifest.keys}),
    }
    return report.Found(findings, figures, "Network paths are not tried from here: they are the deployment's to show.")


def _within(modules: Iterable[str], stack: str) -> Iterator[str]:
    packages = (f"{stack}_stack", f"migrations_{stack}")
    return (name for name in modules if name.split(".")[0] in packages)


async def capacity(about: subject.Subject) -> report.Found:
    """Made anew from this release and compared with the pinned files, and with what the stack says that it speaks."""
    folder = Path(export.__file__).parent / "schema"
    made = export.files()
    findings = [
        report.Finding("pin-differs", name)
        for name, text in made.items()
        if not (folder / name).is_file() or (folder / name).read_text("utf-8") != text
    ]
    digest = primitives.sha256("".join(made[name] for name in sorted(made)).encode()).hex()
    if digest != about.manifest.vocabulary:
        findings.append(report.Finding("vocabulary-differs", "the running stack speaks other words than this release"))
    findings += [report.Finding("open-field", each.where) for each in wire_rules.violations()]
    findings += [
        report.Finding("open-record", f"{record.tag}.{field.name}")
        for record in about.manifest.records
        for field in record.fields
        if about.execution and (field.kind in {"text", "other"} or (field.kind == "bytes" and field.low != field.high))
    ]
    figures: dict[str, int | str] = {"records": len(about.manifest.records)}
    for way in ("to_execution", "to_customer"):
        rows = json.loads(made["capacity.json"])[way]["messages"]
        figures[f"messages {way}"] = len(rows)
        figures[f"most free bits in one message {way}"] = str(max(row["free_bits"] for row in rows.values()))
    return report.Found(findings, figures)


async def imports(about: subject.Subject) -> report.Found:
    """What the running code has loaded, and what is installed beside it."""
    manifest = about.manifest
    findings = [report.Finding("foreign-module", name) for name in _within(manifest.modules, _OTHER[manifest.stack])]
    if about.execution:
        findings += [
            report.Finding("people-package", name) for name in sorted(PEOPLE_PACKAGES & manifest.packages.keys())
        ]
    figures: dict[str, int | str] = {"modules": len(manifest.modules), "packages": len(manifest.packages)}
    return report.Found(findings, figures)


async def logs(about: subject.Subject) -> report.Found:
    """The registry of events, the server's own logging, and the files if the auditor has some."""
    events = about.manifest.events
    findings = [
        report.Finding("event-open", f"{name}.{field}")
        for name, fields in events.items()
        for field, type_ in fields.items()
        if type_ not in {"int", "bool", "uuid", "word"} and not _is_words(type_)
    ]
    rows = await about.connection.fetch(
        "SELECT name, setting FROM pg_settings WHERE name = ANY($1::text[])", list(_SETTINGS)
    )
    findings += [
        report.Finding("statement-logging", row["name"]) for row in rows if row["setting"] not in _SETTINGS[row["name"]]
    ]
    rows = await about.connection.fetch("SELECT 1 FROM pg_extension WHERE extname = 'pg_stat_statements'")
    findings += [report.Finding("statement-logging", "pg_stat_statements")] if rows else []
    figures: dict[str, int | str] = {"events": len(events), "lines": 0, "files": 0}
    if about.logs is None:
        note = "No log file was given (--logs): the registry was judged, not what stands in the logs."
        return report.Found(findings, figures, note)
    files = sorted(each for each in about.logs.rglob("*") if each.is_file())
    lines = 0
    for number, file in enumerate(files, start=1):
        with file.open("rb") as stream:
            for at, line in enumerate(iter(lambda: stream.readline(_LINE_MAX), b""), start=1):
                lines += 1
                if code := _judge(line, events):
                    findings.append(report.Finding(code, f"file {number} line {at}"))
    return report.Found(findings, {**figures, "lines": lines, "files": len(files)})


def _is_words(type_: str) -> bool:
    return all(word.isidentifier() for word in type_.split("|"))


def _judge(line: bytes, events: Mapping[str, Mapping[str, str]]) -> str:
    """What is wrong with a line of a log; nothing for a registered event with its own fields."""
    if not line.strip():
        return ""
    try:
        said = json.loads(line)
    except ValueError:
        return "line-unregistered"
    fields = events.get(str(said.get("event"))) if isinstance(said, dict) else None
    if fields is None or said.keys() - _COMMON - fields.keys():
        return "line-unregistered"
    if not all(_fits(said[name], type_) for name, type_ in fields.items() if name in said):
        return "line-unregistered"
    free = {name: value for name, value in said.items() if fields.get(name) in {"int", "uuid"}}
    return "" if scan.clean(free) else "line-personal"


def _fits(value: object, type_: str) -> bool:
    match type_:
        case "int":
            return type(value) is int
        case "bool":
            return type(value) is bool
        case _:
            return isinstance(value, str) and ("|" not in type_ or value in type_.split("|"))


CHECKS = (
    subject.Check(
        "P04",
        "separation",
        "Neither this environment, nor this server, nor this code holds a name, a login or a module of the other stack.",
        separation,
    ),
    subject.Check(
        "P08",
        "schema capacity",
        "The running code speaks the pinned messages, none of which has room for text, and no more bits than pinned.",
        capacity,
    ),
    subject.Check(
        "P12",
        "imports and packages",
        "The running code has loaded nothing of the other stack, and nothing that deals with people.",
        imports,
    ),
    subject.Check(
        "P13",
        "logs",
        "Every event that can be logged is registered with typed fields, and the server logs no statement.",
        logs,
    ),
)
