"""How the execution database is made, who may connect to it as what, and the wall inside it.

The event trigger belongs to the bootstrap superuser: neither the owner of the tables nor any process can drop or
disable it. After every DDL command it asks whether a migration may use that command at all, and then looks at the whole
catalogue, so no order of commands gets around it. What only a superuser can do, `boundary.privacy.catalogue` finds.
"""

from pathlib import Path

from boundary.kernel.runtime import migrating, schema_version, transaction
from boundary.privacy import closed_types
from execution_stack import settings

_ROOT = Path(__file__).resolve().parent.parent
_DOMAINS = ", ".join(f"('{name}', '{type_.base}')" for name, type_ in closed_types.CLOSED_TYPES.items())
_PLAIN = ", ".join(f"'{name}'" for name in sorted(closed_types.PLAIN_TYPES))
_VERSION_TABLE, _VERSION_COLUMN = closed_types.VERSION_TABLE

WALL = f"""\
CREATE SCHEMA IF NOT EXISTS wall;
REVOKE ALL ON SCHEMA wall FROM PUBLIC;
CREATE OR REPLACE FUNCTION wall.refuse_open_types() RETURNS event_trigger LANGUAGE plpgsql
SET search_path = pg_catalog AS $wall$
BEGIN
  IF TG_TAG NOT LIKE 'DROP %' AND TG_TAG NOT IN (
    'ALTER DEFAULT PRIVILEGES', 'ALTER FUNCTION', 'ALTER INDEX', 'ALTER SCHEMA', 'ALTER SEQUENCE', 'ALTER TABLE',
    'ALTER TRIGGER', 'ALTER TYPE', 'ALTER VIEW', 'CREATE DOMAIN', 'CREATE FUNCTION', 'CREATE INDEX', 'CREATE SCHEMA',
    'CREATE SEQUENCE', 'CREATE TABLE', 'CREATE TRIGGER', 'CREATE TYPE', 'CREATE VIEW', 'GRANT', 'REINDEX', 'REVOKE'
  ) THEN
    RAISE EXCEPTION 'no migration may use this command' USING ERRCODE = 'check_violation';
  END IF;
  IF EXISTS (
    SELECT FROM pg_namespace
    WHERE nspname NOT IN ('pg_catalog', 'pg_toast', 'information_schema', 'public', 'wall')
      AND nspname !~ '^pg_(toast_)?temp_[0-9]+$'
  ) THEN
    RAISE EXCEPTION 'no schema may be added' USING ERRCODE = 'check_violation';
  END IF;
  IF EXISTS (
    SELECT FROM pg_type t
    WHERE t.oid >= 16384 AND t.typnamespace <> 'pg_toast'::regnamespace
      AND NOT (t.typnamespace = 'public'::regnamespace AND t.typtype = 'd'
        AND (t.typname, format_type(t.typbasetype, t.typtypmod)) IN ({_DOMAINS})
        AND t.typdefault IS NULL AND (SELECT count(*) FROM pg_constraint o WHERE o.contypid = t.oid) = 1)
      AND NOT (t.typnamespace = 'public'::regnamespace AND t.typtype = 'e')
      AND NOT (t.typtype = 'c' AND EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind <> 'c'))
      AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)
  ) THEN
    RAISE EXCEPTION 'a type is not on the closed list' USING ERRCODE = 'check_violation';
  END IF;
  IF EXISTS (SELECT FROM pg_enum WHERE enumlabel !~ '^[a-z][a-z0-9_]{{0,31}}$' OR enumlabel ~ '[0-9]{{5}}') THEN
    RAISE EXCEPTION 'a label of an enum is not a word of this program' USING ERRCODE = 'check_violation';
  END IF;
  IF EXISTS (
    SELECT FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_type t ON t.oid = a.atttypid
    WHERE c.oid >= 16384 AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind NOT IN ('S', 't')
      AND NOT (c.relkind = 'i' AND n.nspname ~ '^pg_toast')
      AND NOT (t.typnamespace = 'public'::regnamespace AND t.typtype IN ('d', 'e'))
      AND NOT (t.typnamespace = 'pg_catalog'::regnamespace AND format_type(t.oid, NULL) IN ({_PLAIN}))
      AND NOT (n.nspname = 'public' AND c.relname IN ('{_VERSION_TABLE}', '{_VERSION_TABLE}_pkc')
        AND a.attname = '{_VERSION_COLUMN}')
  ) THEN
    RAISE EXCEPTION 'a column has a type that is not on the closed list' USING ERRCODE = 'check_violation';
  END IF;
END $wall$;
REVOKE ALL ON FUNCTION wall.refuse_open_types() FROM PUBLIC;
DROP EVENT TRIGGER IF EXISTS wall;
CREATE EVENT TRIGGER wall ON ddl_command_end EXECUTE FUNCTION wall.refuse_open_types();
ALTER EVENT TRIGGER wall ENABLE ALWAYS;
"""  # noqa: S608 -- written in are constants of this program

PLAN = migrating.Plan(
    database="execution",
    owner="execution_owner",
    migrator="execution_migrator",
    roles=("execution_gate", "execution_worker", "execution_engine", "execution_operator", "execution_auditor"),
    versions=_ROOT / "migrations_execution" / "versions",
    grants=_ROOT / "deploy" / "grants" / "execution",
    superuser_ddl=(WALL,),
)
READERS = frozenset({"execution_operator", "execution_auditor"})


async def connect(config: settings.Settings, roles: frozenset[str]) -> transaction.Database:
    """The pool, once the role and the schema are known to be right."""
    db = await transaction.connect(config.database_url.reveal(), application="execution-stack", size=config.pool_size)
    try:
        await schema_version.check(db, roles=roles, versions=PLAN.versions, command="execution-stack migrate")
    except BaseException:
        await db.close()
        raise
    return db
