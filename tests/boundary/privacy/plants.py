"""What might one day stand in an execution database and must not: one line of SQL each, most with a name in it.

The list knows nothing of the lint. `found` is the check that must notice; `refused` says that the event trigger alone
stops it, which leaves to the lint what only a superuser, or somebody with the trigger disabled, can do.
"""

from typing import NamedTuple


class Plant(NamedTuple):
    title: str
    sql: str
    found: str
    refused: bool = False
    undo: str = ""
    """For what no rollback takes back, or may not run inside a transaction at all."""


TYPES = (
    Plant("a text column", "ALTER TABLE channel ADD nimal_perera text", "column-type", refused=True),
    Plant("a varchar column", "ALTER TABLE channel ADD name varchar(40)", "column-type", refused=True),
    Plant("a char column", "ALTER TABLE channel ADD name char(12)", "column-type", refused=True),
    Plant("a json column", "ALTER TABLE channel ADD extra json", "column-type", refused=True),
    Plant("a jsonb column", "ALTER TABLE channel ADD extra jsonb", "column-type", refused=True),
    Plant("a bytea column", "ALTER TABLE channel ADD photo bytea", "column-type", refused=True),
    Plant("a bigint column", "ALTER TABLE channel ADD phone bigint", "column-type", refused=True),
    Plant("a numeric column", "ALTER TABLE channel ADD phone numeric", "column-type", refused=True),
    Plant("a uuid column", "ALTER TABLE channel ADD person uuid", "column-type", refused=True),
    Plant("an inet column", "ALTER TABLE channel ADD seen_from inet", "column-type", refused=True),
    Plant("an array of text", "ALTER TABLE channel ADD names text[]", "column-type", refused=True),
    Plant("an array of a closed type", "ALTER TABLE channel ADD refs ref[]", "column-type", refused=True),
    Plant("a range column", "ALTER TABLE channel ADD born daterange", "column-type", refused=True),
    Plant("a table of text", "CREATE TABLE people (name text)", "column-type", refused=True),
    Plant(
        "a table made from a query", "CREATE TABLE people AS SELECT 'NIMAL PERERA' AS name", "column-type", refused=True
    ),
    Plant("a selection into a table", "SELECT 'NIMAL PERERA' AS name INTO people", "column-type", refused=True),
    Plant(
        "a partition of text", "CREATE TABLE people (name text) PARTITION BY LIST (name)", "column-type", refused=True
    ),
    Plant("a temporary table of text", "CREATE TEMP TABLE people (name text)", "column-type", refused=True),
    Plant(
        "a view over a cast",
        "CREATE VIEW names AS SELECT payload::text AS name FROM outbox",
        "column-type",
        refused=True,
    ),
    Plant(
        "a materialised view",
        "CREATE MATERIALIZED VIEW names AS SELECT 'NIMAL PERERA' AS name",
        "column-type",
        refused=True,
    ),
    Plant("an index on text", "CREATE INDEX nimal ON channel ((id::text))", "column-type", refused=True),
    Plant("a composite type", "CREATE TYPE person AS (name text)", "type-kind", refused=True),
    Plant("a composite of closed types", "CREATE TYPE pair AS (one ref, other ref)", "type-kind", refused=True),
    Plant("a range type", "CREATE TYPE names AS RANGE (subtype = text)", "type-kind", refused=True),
    Plant("a shell type", "CREATE TYPE nimal_perera", "type-kind", refused=True),
    Plant("a new domain", "CREATE DOMAIN nimal_perera AS text", "domain-open", refused=True),
    Plant(
        "a domain without its check", "ALTER DOMAIN hash32 DROP CONSTRAINT hash32_closed", "domain-open", refused=True
    ),
    Plant(
        "a domain with another base",
        "DROP DOMAIN signature65 CASCADE;"
        "CREATE DOMAIN signature65 AS text CONSTRAINT signature65_closed CHECK (octet_length(VALUE) = 65)",
        "domain-open",
        refused=True,
    ),
    Plant(
        "a domain with a wider check",
        "DROP DOMAIN address20 CASCADE;"
        "CREATE DOMAIN address20 AS bytea CONSTRAINT address20_closed CHECK (octet_length(VALUE) < 21)",
        "domain-open",
    ),
    Plant("a domain with a default", "ALTER DOMAIN hash32 SET DEFAULT sha256('nimal')", "domain-open", refused=True),
    Plant("a coded column elsewhere", "ALTER TABLE channel ADD note coded", "coded-column"),
    Plant("a view that moves coded bytes", "CREATE VIEW notes AS SELECT payload FROM outbox", "coded-column"),
    Plant("a code column elsewhere", "ALTER TABLE channel ADD nimal code", "code-column"),
    Plant("an enum label that is a name", "ALTER TYPE job_state ADD VALUE 'NIMAL PERERA'", "enum-labels", refused=True),
    Plant(
        "an enum label that is a number", "ALTER TYPE job_state ADD VALUE 'p94771234567'", "enum-labels", refused=True
    ),
    Plant("an enum label in our style", "ALTER TYPE job_state ADD VALUE 'nimal_perera'", "enum-labels"),
    Plant("an enum of the database's own", "CREATE TYPE nimal_perera AS ENUM ('customer')", "enum-labels"),
)

TEXT_BESIDE_ROWS = (
    Plant("a comment on a table", "COMMENT ON TABLE channel IS 'NIMAL PERERA'", "comment", refused=True),
    Plant("a comment on a column", "COMMENT ON COLUMN channel.id IS 'NIMAL PERERA'", "comment", refused=True),
    Plant("a comment on a role", "COMMENT ON ROLE execution_gate IS 'NIMAL PERERA'", "comment"),
    Plant("a comment on a database", "COMMENT ON DATABASE template1 IS 'NIMAL PERERA'", "comment"),
    Plant(
        "a comment on a built-in function",
        "COMMENT ON FUNCTION pg_catalog.now() IS 'NIMAL PERERA'",
        "object-changed",
        refused=True,
    ),
    Plant(
        "a security label",
        "SET LOCAL allow_system_table_mods = on;"
        "INSERT INTO pg_seclabel VALUES ('channel'::regclass, 'pg_class'::regclass, 0, 'nimal', 'NIMAL PERERA')",
        "security-label",
    ),
    Plant("a large object", "SELECT lo_from_bytea(0, 'NIMAL PERERA')", "large-object"),
    Plant(
        "a name in a function",
        "CREATE FUNCTION who() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'NIMAL PERERA'; END $$",
        "object-unexpected",
    ),
    Plant(
        "a name in our function",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE 'NIMAL PERERA'; END $$",
        "object-changed",
    ),
    Plant("a default that is a name", "ALTER TABLE job ALTER key SET DEFAULT sha256('NIMAL PERERA')", "object-changed"),
    Plant(
        "a value kept for rows that lack it",
        "ALTER TABLE job ADD k hash32 DEFAULT sha256('NIMAL PERERA'); ALTER TABLE job ALTER k DROP DEFAULT",
        "object-unexpected",
    ),
    Plant(
        "a column that was dropped", "ALTER TABLE job ADD note coded; ALTER TABLE job DROP note", "object-unexpected"
    ),
    Plant("a name in a check", "ALTER TABLE job ADD CHECK (key <> sha256('NIMAL PERERA'))", "object-unexpected"),
    Plant("a name in an index", "CREATE INDEX ON job (id) WHERE key <> sha256('NIMAL PERERA')", "object-unexpected"),
    Plant(
        "a generated column",
        "ALTER TABLE job ADD size counter GENERATED ALWAYS AS (length('NIMAL PERERA')) STORED",
        "object-unexpected",
    ),
    Plant("a sequence named after a person", "CREATE SEQUENCE nimal_perera", "object-unexpected"),
    Plant("a sequence that starts at one", "ALTER SEQUENCE outbox_id START 94771234567", "sequence-value"),
    Plant("a table named after a person", "CREATE TABLE nimal_perera (id ref)", "object-unexpected"),
    Plant("a column named after a person", "ALTER TABLE channel ADD nimal_perera counter", "object-unexpected"),
    Plant("a renamed column", "ALTER TABLE channel RENAME heard_at TO nimal_perera", "object-missing"),
    Plant("an index named after a person", "ALTER INDEX job_due RENAME TO nimal_perera", "object-unexpected"),
    Plant(
        "a constraint named after a person",
        "ALTER TABLE job RENAME CONSTRAINT job_pkey TO nimal_perera",
        "object-missing",
    ),
    Plant("a schema named after a person", "CREATE SCHEMA nimal_perera", "schema", refused=True),
    Plant("a revision that is a name", "UPDATE alembic_version SET version_num = 'NIMAL PERERA'", "revision"),
    Plant("a second revision", "INSERT INTO alembic_version VALUES ('NIMAL PERERA')", "revision"),
)

BEHAVIOUR = (
    Plant("a rule", "CREATE RULE nimal AS ON DELETE TO job DO INSTEAD NOTHING", "object-unexpected", refused=True),
    Plant("a policy", "CREATE POLICY nimal ON job USING (key <> sha256('NIMAL'))", "object-kind", refused=True),
    Plant(
        "a trigger",
        "CREATE TRIGGER nimal_perera BEFORE TRUNCATE ON job EXECUTE FUNCTION refuse_change('NIMAL PERERA')",
        "object-unexpected",
    ),
    Plant("a disabled trigger", "ALTER TABLE audit_entry DISABLE TRIGGER append_only", "object-changed"),
    Plant("a dropped trigger", "DROP TRIGGER append_only ON audit_head", "object-missing"),
    Plant("a table out of the log", "ALTER TABLE job SET UNLOGGED", "object-changed"),
    Plant("a table of another owner", "ALTER TABLE job OWNER TO execution_migrator", "object-changed"),
    Plant("a grant too many", "GRANT UPDATE ON audit_entry TO execution_gate", "object-changed"),
    Plant("a grant on a column", "GRANT UPDATE (payload) ON audit_entry TO execution_gate", "object-changed"),
    Plant(
        "privileges by default", "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO execution_gate", "object-unexpected"
    ),
    Plant("large objects for everybody", "GRANT EXECUTE ON FUNCTION lo_creat(integer) TO PUBLIC", "object-changed"),
    Plant("an extension", "CREATE EXTENSION citext", "extension", refused=True),
    Plant(
        "a foreign table",
        "CREATE FOREIGN DATA WRAPPER nimal; CREATE SERVER nimal FOREIGN DATA WRAPPER nimal;"
        "CREATE USER MAPPING FOR execution_gate SERVER nimal; CREATE FOREIGN TABLE people (id ref) SERVER nimal",
        "object-kind",
        refused=True,
    ),
    Plant("a publication", "CREATE PUBLICATION nimal_perera", "object-kind", refused=True),
    Plant(
        "a subscription",
        "CREATE SUBSCRIPTION nimal CONNECTION 'dbname=nimal' PUBLICATION p WITH (connect = false, slot_name = NONE)",
        "object-kind",
        refused=True,
    ),
    Plant("statistics", "CREATE STATISTICS nimal_perera ON id, state FROM job", "object-kind", refused=True),
    Plant("a collation", "CREATE COLLATION nimal_perera (locale = 'C')", "object-kind", refused=True),
    Plant("a dictionary", "CREATE TEXT SEARCH DICTIONARY nimal (template = simple)", "object-kind", refused=True),
    Plant("a cast", "CREATE CAST (uuid AS bytea) WITH INOUT", "object-kind", refused=True),
    Plant("a temporary table of closed types", "CREATE TEMP TABLE nimal_perera (id ref)", "object-kind"),
    Plant("the wall disabled", "ALTER EVENT TRIGGER wall DISABLE", "wall"),
    Plant("the wall off for replicas", "ALTER EVENT TRIGGER wall ENABLE", "wall"),
    Plant("event triggers switched off", "SET LOCAL event_triggers = off", "wall"),
    Plant("system tables open to writing", "SET LOCAL allow_system_table_mods = on", "wall"),
    Plant("the wall gone", "DROP EVENT TRIGGER wall", "wall"),
    Plant(
        "the wall's function emptied",
        "CREATE OR REPLACE FUNCTION wall.refuse_open_types() RETURNS event_trigger LANGUAGE plpgsql"
        " SET search_path = pg_catalog AS $$ BEGIN END $$",
        "wall",
    ),
    Plant("the wall's function led astray", "ALTER FUNCTION wall.refuse_open_types() SET search_path = public", "wall"),
    Plant(
        "another event trigger",
        "CREATE EVENT TRIGGER nimal_perera ON sql_drop EXECUTE FUNCTION wall.refuse_open_types()",
        "wall",
    ),
)

CLUSTER = (
    Plant("a setting of a role", "ALTER ROLE execution_gate SET application_name = 'NIMAL PERERA'", "setting"),
    Plant("event triggers off for a role", "ALTER ROLE execution_owner SET event_triggers = off", "setting"),
    Plant("a setting of all databases", "ALTER ROLE ALL SET search_path = public", "setting"),
    Plant("a role named after a person", "CREATE ROLE nimal_perera", "role"),
    Plant("a role that may do anything", "ALTER ROLE execution_gate SUPERUSER", "role"),
    Plant("an owner that logs in", "ALTER ROLE execution_owner LOGIN", "role"),
    Plant("a role in the owner's place", "GRANT execution_owner TO execution_gate", "membership"),
    Plant("a role that reads files", "GRANT pg_read_server_files TO execution_gate", "membership"),
    Plant("a privilege on a parameter", "GRANT SET ON PARAMETER event_triggers TO execution_owner", "object-kind"),
    Plant(
        "a database open to everybody",
        "DO $$ BEGIN EXECUTE format('GRANT CONNECT ON DATABASE %I TO PUBLIC', current_database()); END $$",
        "database",
    ),
    Plant("a session that calls itself a person", "SET LOCAL application_name = 'NIMAL PERERA'", "session-name"),
    Plant(
        "a sequence that is a telephone number",
        "SELECT setval('outbox_id', 94771234567)",
        "sequence-value",
        undo="SELECT setval('outbox_id', 1, false)",
    ),
    Plant(
        "a database named after a person", "CREATE DATABASE nimal_perera", "database", undo="DROP DATABASE nimal_perera"
    ),
    Plant(
        "a replication origin named after a person",
        "SELECT pg_replication_origin_create('nimal_perera')",
        "replication-slot",
        undo="SELECT pg_replication_origin_drop('nimal_perera')",
    ),
    Plant(
        "a replication slot named after a person",
        "SELECT pg_create_physical_replication_slot('nimal_perera')",
        "replication-slot",
        undo="SELECT pg_drop_replication_slot('nimal_perera')",
    ),
    Plant(
        "a prepared transaction named after a person",
        "BEGIN; INSERT INTO channel (id) VALUES (gen_random_uuid()); PREPARE TRANSACTION 'NIMAL PERERA'",
        "prepared-transaction",
        undo="ROLLBACK PREPARED 'NIMAL PERERA'",
    ),
)

PLANTS = (*TYPES, *TEXT_BESIDE_ROWS, *BEHAVIOUR, *CLUSTER)
