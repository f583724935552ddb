"""P01 to P03: what the database is made of, what stands beside its rows, and whether its wall holds when pushed."""

from typing import Any

from boundary.kernel import errors
from boundary.kernel.runtime import transaction
from boundary.privacy import catalogue, closed_types
from boundary.privacy.prove import report, subject

_OF_P01 = {"column-type", "coded-column", "code-column", "domain-open", "enum-labels", "type-kind", "schema"}
_OF_P03 = {"wall"}
_REFUSALS = {"42501", "23514", "23000"}
"""Not privileged, the event trigger, a table that only grows."""

FORBIDDEN = (
    "CREATE TABLE person (name text)",
    "CREATE TEMPORARY TABLE person (name text)",
    "CREATE SCHEMA person",
    "CREATE VIEW person AS SELECT payload FROM audit_entry",
    "CREATE TYPE person AS (name text)",
    "CREATE DOMAIN person AS text",
    "CREATE FUNCTION person() RETURNS text LANGUAGE sql AS 'SELECT NULL::text'",
    "CREATE SEQUENCE person",
    "CREATE EXTENSION citext",
    "CREATE ROLE person",
    "ALTER TABLE channel ADD name text",
    "ALTER DOMAIN hash32 DROP CONSTRAINT hash32_closed",
    "ALTER TYPE channel_link ADD VALUE 'person'",
    "ALTER EVENT TRIGGER wall DISABLE",
    "DROP EVENT TRIGGER wall",
    "COMMENT ON TABLE channel IS 'person'",
    "SELECT lo_from_bytea(0, 'person')",
    "UPDATE audit_entry SET payload = payload",
    "DELETE FROM audit_seal",
    "TRUNCATE channel_sent",
    "UPDATE alembic_version SET version_num = 'person'",
    "SET ROLE execution_owner",
    "ALTER ROLE execution_auditor CREATEROLE",
)
"""Each tried in a transaction that is rolled back. None of them is any process's business."""

_PRIVILEGES = """
SELECT r.rolname::text AS role, w.what FROM pg_roles r CROSS JOIN LATERAL (
  SELECT 'makes objects in a schema' AS what FROM pg_namespace n
    WHERE n.oid >= 2200 AND has_schema_privilege(r.oid, n.oid, 'CREATE')
  UNION ALL SELECT 'makes schemas' WHERE has_database_privilege(r.oid, current_database(), 'CREATE')
  UNION ALL SELECT 'makes temporary tables' WHERE has_database_privilege(r.oid, current_database(), 'TEMPORARY')
  UNION ALL SELECT 'takes the place of the owner' WHERE r.rolname <> $2 AND pg_has_role(r.oid, $3::name, 'MEMBER')
  UNION ALL SELECT 'writes large objects' FROM pg_proc p WHERE p.oid < 16384 AND p.proname = ANY($4::text[])
    AND has_function_privilege(r.oid, p.oid, 'EXECUTE')
  UNION ALL SELECT 'empties ' || c.relname FROM pg_class c WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p')
    AND has_table_privilege(r.oid, c.oid, 'TRUNCATE, TRIGGER, REFERENCES')
  UNION ALL SELECT 'changes ' || c.relname FROM pg_class c WHERE c.relname = ANY($5::text[]) AND c.relkind = 'r'
    AND (has_table_privilege(r.oid, c.oid, 'DELETE') OR has_any_column_privilege(r.oid, c.oid, 'UPDATE'))
  UNION ALL SELECT 'changes ' || c.relname FROM pg_class c WHERE c.relname = ANY($6::text[]) AND c.relkind = 'r'
    AND (has_any_column_privilege(r.oid, c.oid, 'UPDATE') OR (has_table_privilege(r.oid, c.oid, 'DELETE')
      AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'kept' AND t.tgenabled = 'O')))
) w WHERE r.rolname = ANY($1::text[]) AND NOT (r.rolname = $2 AND w.what = 'makes objects in a schema')"""
_LARGE_OBJECTS = ("lo_creat", "lo_create", "lo_from_bytea", "lo_put", "lo_unlink", "lowrite")
_ONLY_GROW = (
    *("audit_entry", "audit_seal", "audit_node", "audit_head", "audit_era"),
    *("channel_heads", "channel_reopening", "channel_epoch", "channel_checkpoint", "alembic_version"),
)
_KEPT = ("channel_sent", "channel_received", "channel_void")
"""Their rows go when they are old; that none goes earlier is a trigger's to see to."""


async def _lint(about: subject.Subject, codes: set[str]) -> list[report.Finding]:
    expected = about.expected or catalogue.Expected(source=subject.source(about), objects={})
    found = await catalogue.findings(about.connection, expected)
    return [report.Finding(each.check, f"{each.kind} {each.where}") for each in found if each.check in codes]


async def columns(about: subject.Subject) -> report.Found:
    rows = await about.connection.fetch(
        "SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
        " WHERE c.oid >= 16384 AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind NOT IN ('S', 't', 'i')"
    )
    findings = await _lint(about, _OF_P01)
    return report.Found(findings, {"columns": rows[0][0], "types allowed": len(closed_types.CLOSED_TYPES)})


async def side_doors(about: subject.Subject) -> report.Found:
    found = await catalogue.findings(
        about.connection, about.expected or catalogue.Expected(source=subject.source(about), objects={})
    )
    others = [each for each in found if each.check not in _OF_P01 | _OF_P03]
    if about.expected is None:
        others = [each for each in others if not each.check.startswith("object-") or each.check == "object-kind"]
    findings = [report.Finding(each.check, f"{each.kind} {each.where}") for each in others]
    objects = sum(len(kind) for kind in about.expected.objects.values()) if about.expected else 0
    note = (
        ""
        if about.expected
        else "No scratch server was given (--scratch-url): objects were not compared with what `migrate` makes."
    )
    return report.Found(findings, {"objects compared": objects}, note, complete=about.expected is not None)


async def live_wall(about: subject.Subject) -> report.Found:
    """Every role that a login was given for is pushed; of the others the server is asked what they may do."""
    manifest = about.manifest
    findings = await _lint(about, _OF_P03)
    rows = await about.connection.fetch(
        _PRIVILEGES,
        [manifest.migrator, *manifest.processes],
        manifest.migrator,
        manifest.owner,
        list(_LARGE_OBJECTS),
        list(_ONLY_GROW),
        list(_KEPT),
    )
    findings += [report.Finding("privilege", f"{row['role']} {row['what']}") for row in rows]
    tried = 0
    for role, url in sorted(about.role_urls.items()):
        findings += await _push(role, url)
        tried += 1
    untried = sorted(set(manifest.processes) - set(about.role_urls))
    note = (
        f"No login was given for {', '.join(untried)}: of these only the privileges were read (--role-urls)."
        if untried
        else ""
    )
    figures: dict[str, int | str] = {
        "roles pushed": tried,
        "statements each": len(FORBIDDEN),
        "roles read": len(untried),
    }
    return report.Found(findings, figures, note, complete=not untried)


async def _push(role: str, url: str) -> list[report.Finding]:
    try:
        connection: Any = await transaction.connect_alone(url)
    except errors.Unavailable:
        return [report.Finding("role-login", role)]
    try:
        name = await connection.fetchval("SELECT current_user::text")
        if name != role:
            return [report.Finding("role-login", role)]
        return [
            report.Finding("not-refused", f"{role}: statement {number}")
            for number, statement in enumerate(FORBIDDEN, start=1)
            if not await _refuses(connection, statement)
        ]
    finally:
        await connection.close()


async def _refuses(connection: Any, statement: str) -> bool:
    async with transaction.undone(connection):
        try:
            await connection.execute(statement)
        except Exception as error:  # noqa: BLE001 -- the driver's classes are the kernel's; the SQLSTATE says it all
            return getattr(error, "sqlstate", "") in _REFUSALS
        return False


CHECKS = (
    subject.Check(
        "P01",
        "catalogue",
        "No column of the execution database has a type that could hold a name, a number of a person or a document.",
        columns,
        execution_only=True,
    ),
    subject.Check(
        "P02",
        "side doors",
        "No comment, label, object, role, setting or default stands in the execution database but what its own"
        " migrations make.",
        side_doors,
        execution_only=True,
    ),
    subject.Check(
        "P03",
        "live wall",
        "The wall inside the database is armed, and each role that is pushed is refused each forbidden command.",
        live_wall,
        execution_only=True,
    ),
)
