"""How the execution database is made, who may connect to it as what, and the wall inside it.

The event trigger belongs to the bootstrap superuser: neither the owner of the tables nor any process can drop or
disable it. It looks at the whole catalogue after every DDL command, so no order of commands gets around it.
"""

from pathlib import Path

from boundary.kernel.runtime import migrating, schema_version, transaction
from boundary.privacy import closed_types
from execution_stack import settings

_ROOT = Path(__file__).resolve().parent.parent
_DOMAINS = ", ".join(f"'{name}'" for name in closed_types.CLOSED_TYPES)
_PLAIN = ", ".join(f"'{'bool' if name == 'boolean' else name}'" for name in sorted(closed_types.PLAIN_TYPES))
_VERSION_TABLE, _VERSION_COLUMN = closed_types.VERSION_TABLE

WALL = f"""\
CREATE SCHEMA IF NOT EXISTS wall;
REVOKE ALL ON SCHEMA wall FROM PUBLIC;
GRANT USAGE ON SCHEMA wall TO PUBLIC;
CREATE OR REPLACE FUNCTION wall.refuse_open_types() RETURNS event_trigger LANGUAGE plpgsql
SET search_path = pg_catalog AS $wall$
BEGIN
  IF EXISTS (
    SELECT FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_type t ON t.oid = a.atttypid
    JOIN pg_namespace tn ON tn.oid = t.typnamespace
    WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
      AND c.relkind NOT IN ('S', 't') AND a.attnum > 0 AND NOT a.attisdropped
      AND NOT (t.typtype = 'd' AND tn.nspname = 'public' AND t.typname IN ({_DOMAINS}))
      AND NOT (t.typtype = 'e' AND tn.nspname = 'public')
      AND NOT (tn.nspname = 'pg_catalog' AND t.typname IN ({_PLAIN}))
      AND NOT (n.nspname = 'public' AND c.relname = '{_VERSION_TABLE}' AND a.attname = '{_VERSION_COLUMN}')
      AND NOT (n.nspname = 'public' AND c.relname = '{_VERSION_TABLE}_pkc' AND a.attname = '{_VERSION_COLUMN}')
  ) THEN
    RAISE EXCEPTION 'a column has a type that is not on the closed list' USING ERRCODE = 'check_violation';
  END IF;
END $wall$;
DROP EVENT TRIGGER IF EXISTS wall;
CREATE EVENT TRIGGER wall ON ddl_command_end EXECUTE FUNCTION wall.refuse_open_types();
ALTER EVENT TRIGGER wall ENABLE ALWAYS;
"""

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
