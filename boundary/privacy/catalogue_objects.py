"""Everything that a PostgreSQL database consists of beside its rows, as lists of (identity, definition).

`snapshot` keeps a digest of each definition of a database that the stack's own `migrate` made; a live database must
show the same lists. So whatever a migration did not make is found, be it a column, a default, a grant or a function,
and so is whatever a migration made and somebody changed.

Two words in the statements are abbreviations: `@role(x)` is the name of a role, `(superuser)` for any superuser, since
their names differ from cluster to cluster; `@acl(x, kind, owner)` is a privilege list, sorted, with names so written.
`16384` is the first number that PostgreSQL gives to an object which initdb did not make.
"""

import re
from typing import NamedTuple

_ROLE = (
    "CASE WHEN \\1 = 0 THEN 'public' ELSE "
    "(SELECT CASE WHEN rolsuper THEN '(superuser)' ELSE rolname::text END FROM pg_roles WHERE oid = \\1) END"
)
_ACL = (
    "(SELECT string_agg(concat_ws(' ', @role(e.grantee), e.privilege_type, e.is_grantable, @role(e.grantor)), ', ' "
    "ORDER BY @role(e.grantee), e.privilege_type, @role(e.grantor)) "
    "FROM aclexplode(coalesce(\\1, acldefault(\\2, \\3))) e)"
)
_TOAST_INDEX = (
    "EXISTS (SELECT FROM pg_index x JOIN pg_class h ON h.oid = x.indrelid "
    "WHERE x.indexrelid = \\1.oid AND h.relkind = 't')"
)


def written_out(sql: str) -> str:
    """The statement with its abbreviations expanded."""
    sql = re.sub(r"@toast_index\((\w+)\)", _TOAST_INDEX, sql)
    sql = re.sub(r"@acl\(([^,]+), ([^,]+), ([^)]+)\)", _ACL, sql)
    return re.sub(r"@role\(([^)]+)\)", _ROLE, sql)


class Section(NamedTuple):
    """One kind of object: a statement that yields `place` (a number that names nobody), `identity`, `definition`."""

    kind: str
    sql: str
    may_be_absent: bool = False
    """Traces of past migrations, which a dump and restore rightly removes."""


_WRITTEN = (
    Section(
        "schema",
        """
SELECT n.oid AS place, n.nspname AS identity, concat_ws(' | ', @role(n.nspowner), @acl(n.nspacl, 'n', n.nspowner))
FROM pg_namespace n WHERE n.nspname !~ '^pg_(toast_)?temp_[0-9]+$'""",
    ),
    Section(
        "relation",
        """
SELECT c.oid, format('%s.%s', c.relnamespace::regnamespace, c.relname), concat_ws(' | ', c.relkind, c.relpersistence,
  @role(c.relowner), CASE WHEN c.relkind NOT IN ('i', 'I') THEN
  @acl(c.relacl, CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, c.relowner) END,
  c.reloptions, c.relrowsecurity, c.relforcerowsecurity, c.relreplident, pg_get_expr(c.relpartbound, c.oid),
  (SELECT string_agg(i.inhparent::regclass::text, ', ' ORDER BY i.inhseqno) FROM pg_inherits i WHERE i.inhrelid = c.oid))
FROM pg_class c WHERE c.oid >= 16384 AND c.relkind <> 't' AND NOT @toast_index(c)""",
    ),
    Section(
        "column",
        """
SELECT c.oid::text || '.' || a.attnum, format('%s.%s.%s', c.relnamespace::regnamespace, c.relname, a.attname),
  concat_ws(' | ', format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, a.attoptions,
  a.attcollation::regcollation, a.attcompression, pg_get_expr(d.adbin, d.adrelid), a.attfdwoptions,
  CASE WHEN a.attacl IS NOT NULL THEN @acl(a.attacl, 'c', c.relowner) END)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.oid >= 16384 AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind <> 't' AND NOT @toast_index(c)""",
    ),
    Section(
        "dropped column",
        """
SELECT c.oid::text || '.' || a.attnum, format('%s.%s.%s', c.relnamespace::regnamespace, c.relname, a.attnum),
  concat_ws(' | ', a.attname, a.attlen, a.attalign)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.oid >= 16384 AND a.attisdropped""",
        may_be_absent=True,
    ),
    Section(
        "stored default",
        """
SELECT c.oid::text || '.' || a.attnum, format('%s.%s.%s', c.relnamespace::regnamespace, c.relname, a.attname),
  a.attmissingval::text
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE a.attmissingval IS NOT NULL""",
        may_be_absent=True,
    ),
    Section(
        "constraint",
        """
SELECT o.oid, format('%s.%s.%s', o.connamespace::regnamespace,
    coalesce((SELECT relname FROM pg_class WHERE oid = o.conrelid), (SELECT typname FROM pg_type WHERE oid = o.contypid)),
    o.conname),
  concat_ws(' | ', o.contype, o.convalidated, o.conenforced, pg_get_constraintdef(o.oid))
FROM pg_constraint o WHERE o.oid >= 16384""",
    ),
    Section(
        "index",
        """
SELECT i.indexrelid, format('%s.%s', c.relnamespace::regnamespace, c.relname),
  concat_ws(' | ', pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisunique, i.indisprimary)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.oid >= 16384 AND NOT @toast_index(c)""",
    ),
    Section(
        "sequence",
        """
SELECT s.seqrelid, format('%s.%s', c.relnamespace::regnamespace, c.relname),
  concat_ws(' | ', s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle)
FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid""",
    ),
    Section(
        "type",
        """
SELECT t.oid, format('%s.%s', t.typnamespace::regnamespace, t.typname), concat_ws(' | ', t.typtype, t.typcategory,
  t.typlen, format_type(t.typbasetype, t.typtypmod), t.typnotnull, t.typdefault, t.typcollation, @role(t.typowner),
  @acl(t.typacl, 'T', t.typowner),
  (SELECT string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid))
FROM pg_type t WHERE t.oid >= 16384 AND t.typnamespace <> 'pg_toast'::regnamespace""",
    ),
    Section(
        "function",
        """
SELECT p.oid, format('%s.%s(%s)', p.pronamespace::regnamespace, p.proname, pg_get_function_identity_arguments(p.oid)),
  concat_ws(' | ', p.prokind, @role(p.proowner), @acl(p.proacl, 'f', p.proowner),
  CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) END)
FROM pg_proc p WHERE p.oid >= 16384""",
    ),
    Section(
        "rule",
        """
SELECT w.oid, format('%s.%s.%s', c.relnamespace::regnamespace, c.relname, w.rulename),
  concat_ws(' | ', w.ev_enabled, pg_get_ruledef(w.oid))
FROM pg_rewrite w JOIN pg_class c ON c.oid = w.ev_class WHERE w.oid >= 16384""",
    ),
    Section(
        "trigger",
        """
SELECT min(g.oid), format('%s.%s.%s', c.relnamespace::regnamespace, c.relname,
    CASE WHEN g.tgisinternal THEN 'foreign key' ELSE g.tgname END),
  string_agg(concat_ws(' | ', g.tgenabled, CASE WHEN g.tgisinternal THEN g.tgfoid::regproc::text
    ELSE pg_get_triggerdef(g.oid) END), ', ' ORDER BY g.tgfoid, g.tgenabled)
FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid GROUP BY 2""",
    ),
    Section(
        "policy",
        """
SELECT p.oid, format('%s.%s.%s', c.relnamespace::regnamespace, c.relname, p.polname), concat_ws(' | ', p.polcmd,
  p.polpermissive, pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid""",
    ),
    Section(
        "default privilege",
        """
SELECT d.oid, format('%s %s', d.defaclobjtype, @role(d.defaclrole)),
  concat_ws(' | ', d.defaclnamespace, @acl(d.defaclacl, d.defaclobjtype, d.defaclrole))
FROM pg_default_acl d""",
    ),
    Section(
        "event trigger",
        """
SELECT v.oid, v.evtname, concat_ws(' | ', v.evtevent, v.evtenabled, v.evttags, v.evtfoid::regproc, @role(v.evtowner))
FROM pg_event_trigger v""",
    ),
    # What initdb made, each list as one digest: a built-in function replaced, a comment on one.
    Section(
        "built-in function",
        """
SELECT 'all', 'all', sha256(string_agg(sha256(convert_to(concat_ws(' ', p.oid, p.proname, p.prosrc, p.probin, p.proconfig,
  p.prosecdef, CASE WHEN p.proacl IS NOT NULL THEN @acl(p.proacl, 'f', p.proowner) END), 'UTF8')), ''::bytea
  ORDER BY p.oid))::text
FROM pg_proc p WHERE p.oid < 16384""",
    ),
    Section(
        "built-in comment",
        """
SELECT 'all', 'all', sha256(string_agg(sha256(convert_to(concat_ws(' ', d.objoid, d.classoid, d.objsubid, d.description),
  'UTF8')), ''::bytea ORDER BY d.classoid, d.objoid, d.objsubid))::text
FROM pg_description d WHERE d.objoid < 16384""",
    ),
    Section(
        "built-in relation",
        """
SELECT 'all', 'all', sha256(string_agg(sha256(convert_to(concat_ws(' ', c.oid, c.relname, @acl(c.relacl, 'r', c.relowner),
  (SELECT string_agg(concat_ws(' ', a.attname, a.atttypid), ', ' ORDER BY a.attnum) FROM pg_attribute a
   WHERE a.attrelid = c.oid),
  (SELECT string_agg(w.ev_action::text, ', ') FROM pg_rewrite w WHERE w.ev_class = c.oid)),
  'UTF8')), ''::bytea ORDER BY c.oid))::text
FROM pg_class c WHERE c.oid < 16384 AND c.relkind IN ('r', 'v')""",
    ),
)

SECTIONS = tuple(section._replace(sql=written_out(section.sql)) for section in _WRITTEN)
