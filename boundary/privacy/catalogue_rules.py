"""What holds for an execution database whatever its migrations say: the closed list, as statements that find breaches.

Each rule selects the breaches themselves: the kind of object, its place (numbers, which name nobody) and its name. The
name goes no further than the comparison with names that the source knows. `16384` as in `catalogue_objects`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from boundary.privacy import closed_types

SEQUENCE_MAX = 10**10
"""More rows than one cluster holds. A telephone number with its country code is larger."""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What the program says of its database and cluster; written down by the stack, which this package never imports."""

    databases: tuple[str, ...]
    owner: str
    migrator: str
    processes: tuple[str, ...]
    superusers: tuple[str, ...]
    enums: Mapping[str, tuple[str, ...]]
    code_columns: tuple[tuple[str, str], ...]
    revisions: tuple[str, ...]
    wall: str
    """The SHA-256 of the body of the event trigger's function."""
    applications: tuple[str, ...]
    """The names that sessions may give themselves."""
    settings: tuple[str, ...] = ()
    """`name=value` kept for a role or a database."""
    slots: tuple[str, ...] = ()
    """Replication slots, where the cluster has standbys."""


class Rule(NamedTuple):
    code: str
    sql: str
    arguments: Callable[[Source], Sequence[object]] = lambda _: ()
    breaks: Callable[[Any, Source], bool] = lambda _row, _source: True
    """Of the rows selected, which are breaches: for what SQL cannot compare."""


def _pairs(columns: Sequence[tuple[str, str]]) -> list[str]:
    return [f"public.{table}.{column}" for table, column in columns]


def _domain_is_open(row: Any, _source: Source) -> bool:
    closed = closed_types.CLOSED_TYPES.get(row["name"]) if row["schema"] == "public" else None
    if closed is None:
        return True
    checks = [_plain(text) for text in row["checks"]]
    return row["base"] != closed.base or row["more"] or checks != [f"{row['name']}_closed {_plain(closed.check)}"]


def _plain(check: str) -> str:
    """A check as written and as PostgreSQL gives it back, made alike: without casts, brackets and shorthand."""
    check = re.sub(r"(\S+) BETWEEN (\S+) AND (\S+)", r"\1 >= \2 AND \1 <= \3", check)
    check = re.sub(r"(\S+) IS NOT DISTINCT FROM", r"NOT \1 IS DISTINCT FROM", check)
    check = re.sub(r"::[a-z ]+", "", check)
    check = re.sub(r"'(\d+)'", r"\1", check)
    return re.sub(r"CHECK |[()]", "", check)


def _labels_differ(row: Any, source: Source) -> bool:
    return row["schema"] != "public" or source.enums.get(row["name"]) != tuple(row["labels"])


_COLUMNS = """
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
CROSS JOIN LATERAL (SELECT format('%s.%s.%s', c.relnamespace::regnamespace, c.relname, a.attname) AS name) n
WHERE c.oid >= 16384 AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind NOT IN ('S', 't')
AND NOT EXISTS (SELECT FROM pg_index x JOIN pg_class h ON h.oid = x.indrelid
                WHERE x.indexrelid = c.oid AND h.relkind = 't')"""
_COLUMN = "SELECT 'column' AS kind, c.oid::text || '.' || a.attnum AS place, n.name" + _COLUMNS

RULES = (
    # Columns, of tables, partitions, views, materialised views, composites, foreign and temporary tables, and indexes.
    Rule(
        "column-type",
        _COLUMN
        + """
AND NOT (t.typnamespace = 'public'::regnamespace AND t.typtype = 'd' AND t.typname = ANY($1::text[]))
AND NOT (t.typnamespace = 'public'::regnamespace AND t.typtype = 'e' AND t.typname = ANY($2::text[]))
AND NOT (t.typnamespace = 'pg_catalog'::regnamespace AND format_type(t.oid, NULL) = ANY($3::text[]))
AND NOT n.name = ANY($4::text[])""",
        lambda source: (
            list(closed_types.CLOSED_TYPES),
            list(source.enums),
            list(closed_types.PLAIN_TYPES),
            _pairs(
                [closed_types.VERSION_TABLE, (f"{closed_types.VERSION_TABLE[0]}_pkc", closed_types.VERSION_TABLE[1])]
            ),
        ),
    ),
    Rule(
        "coded-column",
        _COLUMN + " AND c.relkind NOT IN ('i', 'I') AND t.typname = 'coded' AND NOT n.name = ANY($1::text[])",
        lambda _: (_pairs(list(closed_types.CODED_COLUMNS)),),
    ),
    Rule(
        "code-column",
        _COLUMN + " AND c.relkind NOT IN ('i', 'I') AND t.typname = 'code' AND NOT n.name = ANY($1::text[])",
        lambda source: (_pairs(source.code_columns),),
    ),
    # Types.
    Rule(
        "domain-open",
        """
SELECT 'domain' AS kind, t.oid::text AS place, t.typname AS name, t.typnamespace::regnamespace::text AS schema,
  format_type(t.typbasetype, t.typtypmod) AS base, t.typnotnull OR t.typdefault IS NOT NULL AS more,
  array(SELECT o.conname || ' ' || pg_get_constraintdef(o.oid) || CASE WHEN o.convalidated THEN '' ELSE ' unchecked' END
        FROM pg_constraint o WHERE o.contypid = t.oid ORDER BY o.conname) AS checks
FROM pg_type t WHERE t.typtype = 'd' AND t.oid >= 16384""",
        breaks=_domain_is_open,
    ),
    Rule(
        "enum-labels",
        """
SELECT 'enum' AS kind, t.oid::text AS place, t.typname AS name, t.typnamespace::regnamespace::text AS schema,
  array(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder) AS labels
FROM pg_type t WHERE t.typtype = 'e'""",
        breaks=_labels_differ,
    ),
    Rule(
        "type-kind",
        """
SELECT 'type' AS kind, t.oid::text AS place, t.typname AS name FROM pg_type t
WHERE t.oid >= 16384 AND t.typtype NOT IN ('d', 'e')
AND NOT (t.typtype = 'c' AND EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind <> 'c'))
AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)""",
    ),
    # Text beside the rows.
    Rule(
        "comment",
        """
SELECT 'comment' AS kind, concat_ws('.', classoid, objoid, objsubid) AS place, NULL AS name
FROM pg_description WHERE objoid >= 16384
UNION ALL
SELECT 'shared comment', concat_ws('.', classoid, objoid), NULL FROM pg_shdescription
WHERE objoid >= 16384 OR description NOT IN ('default template for new databases', 'unmodifiable empty database',
                                             'default administrative connection database')""",
    ),
    Rule(
        "security-label",
        """
SELECT 'security label' AS kind, concat_ws('.', classoid, objoid) AS place, NULL AS name FROM pg_seclabel
UNION ALL SELECT 'shared security label', concat_ws('.', classoid, objoid), NULL FROM pg_shseclabel""",
    ),
    Rule(
        "large-object",
        "SELECT 'large object' AS kind, oid::text AS place, NULL AS name FROM pg_largeobject_metadata",
    ),
    Rule(
        "sequence-value",
        f"""
SELECT 'sequence' AS kind, c.oid::text AS place, format('%s.%s', s.schemaname, s.sequencename) AS name
FROM pg_sequences s JOIN pg_class c
  ON c.relname = s.sequencename AND c.relnamespace::regnamespace::text = quote_ident(s.schemaname)
WHERE s.last_value NOT BETWEEN 0 AND {SEQUENCE_MAX} OR s.start_value NOT BETWEEN 0 AND {SEQUENCE_MAX}""",  # noqa: S608 -- a constant
    ),
    # Kinds of object that the program never makes.
    Rule(
        "extension",
        "SELECT 'extension' AS kind, oid::text AS place, NULL AS name FROM pg_extension WHERE extname <> 'plpgsql'",
    ),
    Rule(
        "object-kind",
        """
SELECT kind, oid::text AS place, NULL AS name FROM (
  SELECT 'foreign-data wrapper' AS kind, oid FROM pg_foreign_data_wrapper
  UNION ALL SELECT 'foreign server', oid FROM pg_foreign_server
  UNION ALL SELECT 'foreign table', ftrelid FROM pg_foreign_table
  UNION ALL SELECT 'user mapping', umid FROM pg_user_mappings
  UNION ALL SELECT 'publication', oid FROM pg_publication
  UNION ALL SELECT 'subscription', oid FROM pg_subscription
  UNION ALL SELECT 'statistics', oid FROM pg_statistic_ext
  UNION ALL SELECT 'policy', oid FROM pg_policy
  UNION ALL SELECT 'transform', oid FROM pg_transform
  UNION ALL SELECT 'access method', oid FROM pg_am
  UNION ALL SELECT 'cast', oid FROM pg_cast
  UNION ALL SELECT 'operator', oid FROM pg_operator
  UNION ALL SELECT 'operator class', oid FROM pg_opclass
  UNION ALL SELECT 'operator family', oid FROM pg_opfamily
  UNION ALL SELECT 'collation', oid FROM pg_collation
  UNION ALL SELECT 'conversion', oid FROM pg_conversion
  UNION ALL SELECT 'language', oid FROM pg_language
  UNION ALL SELECT 'text search configuration', oid FROM pg_ts_config
  UNION ALL SELECT 'text search dictionary', oid FROM pg_ts_dict
  UNION ALL SELECT 'text search parser', oid FROM pg_ts_parser
  UNION ALL SELECT 'text search template', oid FROM pg_ts_template
  UNION ALL SELECT 'tablespace', oid FROM pg_tablespace
  UNION ALL SELECT 'parameter privilege', oid FROM pg_parameter_acl
  UNION ALL SELECT 'temporary relation', oid FROM pg_class WHERE relpersistence = 't'
) o WHERE oid >= 16384""",
    ),
    Rule(
        "schema",
        """
SELECT 'schema' AS kind, oid::text AS place, NULL AS name FROM pg_namespace
WHERE nspname NOT IN ('pg_catalog', 'pg_toast', 'information_schema', 'public', 'wall')
AND nspname !~ '^pg_(toast_)?temp_[0-9]{1,6}$'""",
    ),
    # The wall inside the database.
    Rule(
        "wall",
        """
SELECT 'event trigger' AS kind, 'none' AS place, 'wall' AS name WHERE NOT EXISTS (
  SELECT FROM pg_event_trigger v JOIN pg_proc p ON p.oid = v.evtfoid JOIN pg_roles r ON r.oid = v.evtowner
  JOIN pg_roles o ON o.oid = p.proowner JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE v.evtname = 'wall' AND v.evtevent = 'ddl_command_end' AND v.evtenabled = 'A' AND v.evttags IS NULL
  AND r.rolsuper AND r.rolname <> $1 AND o.rolsuper AND n.nspname = 'wall' AND p.proname = 'refuse_open_types'
  AND p.prolang = (SELECT oid FROM pg_language WHERE lanname = 'plpgsql' AND oid < 16384)
  AND p.proconfig = '{search_path=pg_catalog}' AND encode(sha256(convert_to(p.prosrc, 'UTF8')), 'hex') = $2)
UNION ALL SELECT 'event trigger', oid::text, NULL FROM pg_event_trigger WHERE evtname <> 'wall'
UNION ALL SELECT 'parameter', name, NULL FROM pg_settings
WHERE (name, setting) IN (('event_triggers', 'off'), ('allow_system_table_mods', 'on'))""",
        lambda source: (source.owner, source.wall),
    ),
    Rule(
        "setting",
        """
SELECT 'setting' AS kind, concat_ws('.', s.setdatabase, s.setrole) AS place, NULL AS name
FROM pg_db_role_setting s CROSS JOIN unnest(s.setconfig) u (setting) WHERE NOT u.setting = ANY($1::text[])""",
        lambda source: (source.settings,),
    ),
    # The cluster: who may come in, and what else is there.
    Rule(
        "database",
        """
SELECT 'database' AS kind, oid::text AS place, NULL AS name FROM pg_database WHERE NOT datname = ANY($1::text[])
UNION ALL
SELECT 'database open to everybody', d.oid::text, NULL FROM pg_database d,
  aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) e WHERE d.datname = current_database() AND e.grantee = 0""",
        lambda source: (source.databases,),
    ),
    Rule(
        "role",
        """
SELECT 'role' AS kind, oid::text AS place, rolname::text AS name FROM pg_roles
WHERE NOT (oid < 16384 AND rolname ~ '^pg_[a-z_]+$') AND NOT (rolsuper AND rolname = ANY($1::text[]))
AND NOT (rolname = ANY($2::text[]) AND NOT rolsuper AND NOT rolcreaterole AND NOT rolcreatedb AND NOT rolreplication
         AND NOT rolbypassrls AND NOT rolinherit AND rolcanlogin = (rolname <> $3))""",
        lambda source: (source.superusers, [source.owner, source.migrator, *source.processes], source.owner),
    ),
    Rule(
        "membership",
        """
SELECT 'membership' AS kind, concat_ws('.', m.roleid, m.member) AS place, NULL AS name FROM pg_auth_members m
JOIN pg_roles r ON r.oid = m.roleid JOIN pg_roles w ON w.oid = m.member
WHERE NOT (m.roleid < 16384 AND m.member < 16384) AND NOT (r.rolname = $1 AND w.rolname = $2 AND NOT m.admin_option)""",
        lambda source: (source.owner, source.migrator),
    ),
    Rule(
        "replication-slot",
        """
SELECT 'replication slot' AS kind, 'slot ' || row_number() OVER (ORDER BY slot_name) AS place, NULL AS name
FROM pg_replication_slots WHERE NOT slot_name = ANY($1::text[])
UNION ALL SELECT 'replication origin', roident::text, NULL FROM pg_replication_origin""",
        lambda source: (source.slots,),
    ),
    Rule(
        "prepared-transaction",
        "SELECT 'prepared transaction' AS kind, transaction::text AS place, NULL AS name FROM pg_prepared_xacts",
    ),
    Rule(
        "session-name",
        """
SELECT 'session' AS kind, pid::text AS place, NULL AS name FROM pg_stat_activity
WHERE application_name <> '' AND NOT application_name = ANY($1::text[])""",
        lambda source: (source.applications,),
    ),
)

VERSIONS = "SELECT version_num FROM public.alembic_version"
