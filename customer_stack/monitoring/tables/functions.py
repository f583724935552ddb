"""What the database does for monitoring itself: the wall, windows over the books, and how things get behind the wall.

`monitoring_sees` is the wall. A session says which officer it works for (`monitoring.officer`, for one transaction);
the function looks up that account's rights as they are at that moment. A route that serves customers or support says
nothing, and finds empty tables; one that says its own caller finds them empty too, unless the caller may look. The
worker serves nobody and sees everything; the auditor sees what its grants leave of the columns; nobody else sees a row.

Alerts and cases are opened from inside customers' own requests, so that happens in functions that run as the tables'
owner and tell nothing back but what their caller brought along.

Rules that are not the first are taken only while the proposal of exactly their text waits for its approval.

The windows read the books through their indexes, for many operations in one statement, with plans that are made once:
planning would take longer than reading.
"""

from customer_stack.access import model as access

_ITEMS = sorted(
    [access.Permission.COMPLIANCE_VIEW.value]
    + [preset.value for preset, held in access.PRESETS.items() if access.Permission.COMPLIANCE_VIEW in held]
)
_LIST = ", ".join(f"'{each}'" for each in _ITEMS)

SEES = f"""\
CREATE FUNCTION monitoring_sees() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (
    SELECT FROM access_grant g JOIN access_standing s ON s.account = g.account
    WHERE g.account = nullif(current_setting('monitoring.officer', true), '')::uuid
      AND s.role IN ('admin', 'staff') AND (g.until IS NULL OR g.until > now())
      AND g.item IN ({_LIST}));
END $$"""

WINDOWS = """\
CREATE FUNCTION monitoring_windows(owners uuid[], ats timestamptz[], uptos bigint[], hours integer[], skips integer[],
  directions text[], externals boolean[], units integer[], alikes boolean[], bound_of integer[], bound_assets integer[],
  floors numeric[], ceilings numeric[], outside integer[], widest interval)
RETURNS TABLE (op integer, spec integer, asset integer, number bigint, total text, largest text)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_mergejoin = off AS $$
BEGIN
  RETURN QUERY
  WITH o AS MATERIALIZED (
    SELECT a.n::integer AS n, a.account, a.at, a.upto
    FROM unnest(owners, ats, uptos) WITH ORDINALITY AS a(account, at, upto, n)
  ), s AS MATERIALIZED (
    SELECT a.n::integer AS n, a.hours, a.skip, a.direction, a.external, a.unit, a.alike
    FROM unnest(hours, skips, directions, externals, units, alikes) WITH ORDINALITY
      AS a(hours, skip, direction, external, unit, alike, n)
  ), b AS MATERIALIZED (
    SELECT * FROM unnest(bound_of, bound_assets, floors, ceilings) AS a(n, asset, floor, ceiling)
  ), whose AS (
    SELECT o.n, o.account, false AS alike, o.at, o.upto FROM o
    UNION ALL
    SELECT o.n, l.other, true, o.at, o.upto FROM o JOIN monitoring_link l ON l.one = o.account WHERE true = ANY(alikes)
    UNION ALL
    SELECT o.n, l.one, true, o.at, o.upto FROM o JOIN monitoring_link l ON l.other = o.account WHERE true = ANY(alikes)
  ), moved AS MATERIALIZED (
    SELECT w.n, w.alike, w.at, c.asset, power(10::numeric, g.scale) AS whole, m.posted_at, m.amount, m.direction,
      h.code = ANY(outside) AS external
    FROM whose w
      JOIN ledger_account c ON c.owner = w.account AND c.code = 1
      JOIN ledger_asset g ON g.number = c.asset AND g.kind = 'currency'
      CROSS JOIN LATERAL (
        SELECT t.posted_at, t.amount, 'out' AS direction, t.credit AS other FROM ledger_transfer t
        WHERE t.debit = c.id AND t.posted_at > w.at - widest AND t.posted_at <= w.at AND t.seq <= w.upto
          AND t.reverses IS NULL AND (t.flags & 1034 = 0 OR t.flags & 2 <> 0 AND NOT EXISTS (
            SELECT FROM ledger_transfer e WHERE e.pending_id = t.id AND e.seq <= w.upto))
        UNION ALL
        SELECT t.posted_at, t.amount, 'in', t.debit FROM ledger_transfer t
        WHERE t.credit = c.id AND t.posted_at > w.at - widest AND t.posted_at <= w.at AND t.seq <= w.upto
          AND t.reverses IS NULL AND t.flags & 1034 = 0) AS m
      JOIN ledger_account h ON h.id = m.other
  )
  SELECT m.n, s.n, m.asset, count(*), sum(m.amount)::text, max(m.amount)::text
  FROM moved m JOIN s ON m.posted_at > m.at - make_interval(hours => s.hours)
    AND m.posted_at <= m.at - make_interval(hours => s.skip)
    AND (s.direction = '' OR s.direction = m.direction) AND (m.external OR NOT s.external) AND (s.alike OR NOT m.alike)
    AND (s.unit = 0 OR m.amount % (s.unit * m.whole) = 0)
    LEFT JOIN b ON b.n = s.n AND b.asset = m.asset
  WHERE b.n IS NULL OR m.amount BETWEEN b.floor AND b.ceiling
  GROUP BY m.n, s.n, m.asset;
END $$"""

HISTORY = """\
CREATE FUNCTION monitoring_history(owners uuid[], ats timestamptz[], uptos bigint[])
RETURNS TABLE (op integer, last_at timestamptz, first_at timestamptz)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_mergejoin = off AS $$
BEGIN
  RETURN QUERY
  SELECT o.n::integer, max(m.at), min(f.at)
  FROM unnest(owners, ats, uptos) WITH ORDINALITY AS o(account, at, upto, n)
    JOIN ledger_account c ON c.owner = o.account AND c.code = 1
    CROSS JOIN LATERAL (
      SELECT greatest(
        (SELECT t.posted_at FROM ledger_transfer t WHERE t.debit = c.id AND t.posted_at <= o.at AND t.seq < o.upto
         ORDER BY t.posted_at DESC, t.seq DESC LIMIT 1),
        (SELECT t.posted_at FROM ledger_transfer t WHERE t.credit = c.id AND t.posted_at <= o.at AND t.seq < o.upto
         ORDER BY t.posted_at DESC, t.seq DESC LIMIT 1)) AS at) AS m
    CROSS JOIN LATERAL (
      SELECT least(
        (SELECT t.posted_at FROM ledger_transfer t WHERE t.debit = c.id ORDER BY t.posted_at, t.seq LIMIT 1),
        (SELECT t.posted_at FROM ledger_transfer t WHERE t.credit = c.id ORDER BY t.posted_at, t.seq LIMIT 1)) AS at) AS f
  GROUP BY o.n;
END $$"""

OPEN = """\
CREATE FUNCTION monitoring_open(fresh uuid, the_kind text, the_subject uuid, the_link uuid, the_reasons text[],
  at timestamptz, due timestamptz) RETURNS TABLE (opened uuid, is_new boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  held uuid;
BEGIN
  LOOP
    INSERT INTO monitoring_case (id, kind, subject, link, reasons, opened_at, due_at)
      VALUES (fresh, the_kind, the_subject, the_link, the_reasons, at, due)
      ON CONFLICT (kind, subject, link) WHERE state <> 'closed' DO NOTHING RETURNING id INTO held;
    IF held IS NOT NULL THEN
      INSERT INTO monitoring_case_event (case_id, what, at) VALUES (held, 'opened', at);
      RETURN QUERY SELECT held, true;
      RETURN;
    END IF;
    SELECT id INTO held FROM monitoring_case
      WHERE kind = the_kind AND subject = the_subject AND link = the_link AND state <> 'closed' FOR UPDATE;
    IF held IS NOT NULL THEN
      UPDATE monitoring_case SET version = version + 1, reasons = (
          SELECT array_agg(r ORDER BY first) FROM (
            SELECT r, min(n) AS first FROM unnest(reasons || the_reasons) WITH ORDINALITY AS u(r, n) GROUP BY r
            ORDER BY 2 LIMIT 16) AS kept)
        WHERE id = held AND NOT reasons @> the_reasons;
      IF FOUND THEN
        INSERT INTO monitoring_case_event (case_id, what, at) VALUES (held, 'joined', at);
      END IF;
      RETURN QUERY SELECT held, false;
      RETURN;
    END IF;
  END LOOP;
END $$"""

RAISE = """\
CREATE FUNCTION monitoring_raise(ids uuid[], keys bytea[], rules text[], the_version bigint, accounts uuid[],
  operations uuid[], severities text[], answers text[], certains boolean[], scores integer[], halves integer[],
  opening boolean[], cases uuid[], also_of integer[], also uuid[], at timestamptz, due timestamptz)
RETURNS SETOF bytea
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  made record;
  opened uuid;
BEGIN
  FOR made IN
    INSERT INTO monitoring_alert (id, key, rule, version, account, operation, severity, answer, certain, score,
      half_life_days, raised_at)
    SELECT a.id, a.key, a.rule, the_version, a.account, a.operation, a.severity::monitoring_severity,
      a.answer::monitoring_answer, a.certain, a.score, a.half, at
    FROM unnest(ids, keys, rules, accounts, operations, severities, answers, certains, scores, halves) WITH ORDINALITY
      AS a(id, key, rule, account, operation, severity, answer, certain, score, half, n)
    WHERE NOT EXISTS (
      SELECT FROM monitoring_alert k WHERE k.rule = a.rule AND (k.operation = a.operation OR k.operation IN (
        SELECT u.id FROM unnest(also_of, also) AS u(n, id) WHERE u.n = a.n)) AND k.account = a.account)
    ORDER BY a.account, a.key
    ON CONFLICT (key) DO NOTHING RETURNING id, key, rule, account
  LOOP
    IF opening[array_position(ids, made.id)] THEN
      SELECT o.opened INTO opened FROM monitoring_open(cases[array_position(ids, made.id)], 'monitoring', made.account,
        '00000000-0000-0000-0000-000000000000', ARRAY[made.rule], at, due) AS o;
      UPDATE monitoring_alert SET case_id = opened WHERE id = made.id;
    END IF;
    RETURN NEXT made.key;
  END LOOP;
END $$"""

COUNT = """\
CREATE FUNCTION monitoring_count(keys bytea[], rules text[], the_version bigint, operations uuid[], certains boolean[],
  at timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO monitoring_shadow (key, rule, version, operation, certain, at)
  SELECT a.key, a.rule, the_version, a.operation, a.certain, at
  FROM unnest(keys, rules, operations, certains) AS a(key, rule, operation, certain)
  ORDER BY a.key ON CONFLICT (key) DO NOTHING;
$$"""

POINTS = """\
CREATE FUNCTION monitoring_points(accounts uuid[])
RETURNS TABLE (account uuid, points integer, half_life_days integer, at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT a.account, a.score, a.half_life_days, a.raised_at FROM monitoring_alert a
  WHERE a.account = ANY(accounts) AND a.score > 0
  UNION ALL
  SELECT n.account, n.points, n.half_life_days, n.at FROM monitoring_risk_note n WHERE n.account = ANY(accounts);
$$"""

CASE_GUARD = """\
CREATE FUNCTION monitoring_case_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state = 'closed' THEN
    RAISE EXCEPTION 'monitoring_case_closed' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.state = 'closed' AND (OLD.state <> 'deciding' OR NEW.investigator IS DISTINCT FROM OLD.investigator
      OR EXISTS (SELECT FROM monitoring_case_event e WHERE e.case_id = NEW.id AND e.what = 'claim' AND e.by = NEW.approver))
  THEN
    RAISE EXCEPTION 'monitoring_second_person' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$"""

REPORT_GUARD = """\
CREATE FUNCTION monitoring_report_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state <> 'draft' AND (NEW.digest <> OLD.digest OR NEW.subject <> OLD.subject
      OR NEW.approved_by IS DISTINCT FROM OLD.approved_by OR NEW.proposed_by IS DISTINCT FROM OLD.proposed_by)
    OR NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (('draft', 'approved'), ('draft', 'discarded'),
      ('approved', 'exported'), ('exported', 'acknowledged'))
  THEN
    RAISE EXCEPTION 'monitoring_report_final' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$"""

RULES_GUARD = """\
CREATE FUNCTION monitoring_rules_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.number <> 1 + coalesce((SELECT max(number) FROM monitoring_rules), 0) OR NEW.number > 1 AND NOT EXISTS (
      SELECT FROM access_proposal p WHERE p.state = 'open' AND p.needs = 'compliance.manage' AND p.proposer = NEW.proposer
        AND position(convert_to(NEW.document, 'UTF8') IN p.payload) > 0) THEN
    RAISE EXCEPTION 'monitoring_rules_not_proposed' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$"""

_GUARDED = (("case", "UPDATE"), ("report", "UPDATE"), ("rules", "INSERT"))
ALL = (
    SEES,
    WINDOWS,
    HISTORY,
    OPEN,
    RAISE,
    COUNT,
    POINTS,
    CASE_GUARD,
    REPORT_GUARD,
    RULES_GUARD,
    *(
        f"CREATE TRIGGER guard BEFORE {event} ON monitoring_{what} FOR EACH ROW EXECUTE FUNCTION monitoring_{what}_guard()"
        for what, event in _GUARDED
    ),
)


def wall(table: str) -> tuple[str, ...]:
    """Row security on a table: no row for whoever is not let through. What the function says holds for a statement."""
    return (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        (
            f"CREATE POLICY wall ON {table} TO customer_api "
            "USING ((SELECT monitoring_sees())) WITH CHECK ((SELECT monitoring_sees()))"
        ),
        f"CREATE POLICY inside ON {table} TO customer_worker USING (true) WITH CHECK (true)",
        f"CREATE POLICY audit ON {table} FOR SELECT TO customer_auditor USING (true)",
    )
