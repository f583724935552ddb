"""Monitoring: rules in versions, alerts, cases behind their wall, reports, and windows over the books."""

from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"

_STATEMENTS = (
    """\
CREATE TYPE monitoring_severity AS ENUM ('low', 'medium', 'high', 'critical')""",
    """\
CREATE TYPE monitoring_answer AS ENUM ('note', 'review')""",
    """\
CREATE TYPE monitoring_case_state AS ENUM ('open', 'investigating', 'escalated', 'deciding', 'closed')""",
    """\
CREATE TYPE monitoring_conclusion AS ENUM ('no_suspicion', 'explained', 'reported', 'duplicate', 'relationship_ended')""",
    """\
CREATE TYPE monitoring_case_happening AS ENUM ('claim', 'release', 'escalate', 'conclude', 'approve', 'send_back', 'opened', 'joined', 'linked', 'noted', 'evidence', 'overdue', 'reported')""",
    """\
CREATE TYPE monitoring_report_kind AS ENUM ('suspicious', 'threshold')""",
    """\
CREATE TYPE monitoring_report_state AS ENUM ('draft', 'approved', 'exported', 'acknowledged', 'discarded')""",
    """\
CREATE SEQUENCE monitoring_case_event_id""",
    """\
CREATE TABLE monitoring_alert (
    id UUID NOT NULL,
    key BYTEA NOT NULL,
    rule TEXT NOT NULL,
    version BIGINT NOT NULL,
    account UUID NOT NULL,
    operation UUID NOT NULL,
    severity monitoring_severity NOT NULL,
    answer monitoring_answer NOT NULL,
    certain BOOLEAN NOT NULL,
    score INTEGER NOT NULL,
    half_life_days INTEGER NOT NULL,
    case_id UUID,
    raised_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (key)
)""",
    """\
CREATE TABLE monitoring_case (
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    subject UUID NOT NULL,
    link UUID DEFAULT '00000000-0000-0000-0000-000000000000' NOT NULL,
    reasons TEXT[] NOT NULL,
    state monitoring_case_state DEFAULT 'open' NOT NULL,
    investigator UUID,
    conclusion monitoring_conclusion,
    approver UUID,
    version BIGINT DEFAULT '1' NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    overdue_at TIMESTAMP WITH TIME ZONE,
    closed_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id),
    CHECK (investigator <> approver),
    CHECK ((state = 'closed') = (approver IS NOT NULL)),
    CHECK ((state = 'closed') = (closed_at IS NOT NULL)),
    CHECK (state NOT IN ('deciding', 'closed') OR conclusion IS NOT NULL),
    CHECK ((state IN ('investigating', 'deciding', 'closed')) = (investigator IS NOT NULL))
)""",
    """\
CREATE TABLE monitoring_cursor (
    name TEXT NOT NULL,
    watermark BIGINT DEFAULT '0' NOT NULL,
    low BIGINT DEFAULT '0' NOT NULL,
    target BIGINT DEFAULT '0' NOT NULL,
    position BIGINT DEFAULT '0' NOT NULL,
    mark_xid BIGINT DEFAULT '0' NOT NULL,
    mark_seq BIGINT DEFAULT '0' NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (name)
)""",
    """\
CREATE TABLE monitoring_link (
    one UUID NOT NULL,
    other UUID NOT NULL,
    reason TEXT NOT NULL,
    by UUID,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (one, other),
    CHECK (one < other)
)""",
    """\
CREATE TABLE monitoring_risk_note (
    id UUID NOT NULL,
    account UUID NOT NULL,
    reason TEXT NOT NULL,
    points INTEGER NOT NULL,
    half_life_days INTEGER NOT NULL,
    by UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id),
    CHECK (points BETWEEN 1 AND 1000 AND half_life_days BETWEEN 1 AND 3660)
)""",
    """\
CREATE TABLE monitoring_rules (
    number BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    document TEXT NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    proposer UUID,
    approver UUID,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (number),
    CHECK (number = 1 AND proposer IS NULL AND approver IS NULL OR proposer <> approver),
    UNIQUE (hash),
    UNIQUE (effective_at)
)""",
    """\
CREATE TABLE monitoring_shadow (
    key BYTEA NOT NULL,
    rule TEXT NOT NULL,
    version BIGINT NOT NULL,
    operation UUID NOT NULL,
    certain BOOLEAN NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (key)
)""",
    """\
CREATE TABLE monitoring_travel (
    operation UUID NOT NULL,
    account UUID NOT NULL,
    fields BYTEA NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (operation)
)""",
    """\
CREATE TABLE monitoring_case_event (
    id BIGINT DEFAULT nextval('monitoring_case_event_id') NOT NULL,
    case_id UUID NOT NULL,
    what monitoring_case_happening NOT NULL,
    by UUID,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(case_id) REFERENCES monitoring_case (id)
)""",
    """\
CREATE TABLE monitoring_case_link (
    one UUID NOT NULL,
    other UUID NOT NULL,
    by UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (one, other),
    CHECK (one < other),
    FOREIGN KEY(one) REFERENCES monitoring_case (id),
    FOREIGN KEY(other) REFERENCES monitoring_case (id)
)""",
    """\
CREATE TABLE monitoring_evidence (
    id UUID NOT NULL,
    case_id UUID NOT NULL,
    author UUID NOT NULL,
    name BYTEA NOT NULL,
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    content BYTEA NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(case_id) REFERENCES monitoring_case (id)
)""",
    """\
CREATE TABLE monitoring_note (
    id UUID NOT NULL,
    case_id UUID NOT NULL,
    author UUID NOT NULL,
    text BYTEA NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(case_id) REFERENCES monitoring_case (id)
)""",
    """\
CREATE TABLE monitoring_report (
    id UUID NOT NULL,
    kind monitoring_report_kind NOT NULL,
    code TEXT NOT NULL,
    case_id UUID,
    subject UUID NOT NULL,
    transfer UUID,
    state monitoring_report_state DEFAULT 'draft' NOT NULL,
    version BIGINT DEFAULT '1' NOT NULL,
    digest BYTEA NOT NULL,
    content BYTEA NOT NULL,
    file BYTEA,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    overdue_at TIMESTAMP WITH TIME ZONE,
    drafted_by UUID,
    proposed_by UUID,
    approved_by UUID,
    reference TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id),
    CHECK ((kind = 'threshold') = (transfer IS NOT NULL)),
    CHECK (kind <> 'suspicious' OR case_id IS NOT NULL),
    CHECK (proposed_by <> approved_by),
    CHECK (state IN ('draft', 'discarded') OR approved_by IS NOT NULL AND proposed_by IS NOT NULL),
    CHECK ((state IN ('exported', 'acknowledged')) = (file IS NOT NULL)),
    CHECK ((state = 'acknowledged') = (reference IS NOT NULL)),
    FOREIGN KEY(case_id) REFERENCES monitoring_case (id)
)""",
    """\
CREATE TABLE monitoring_export (
    report UUID NOT NULL,
    sha256 BYTEA NOT NULL,
    size BIGINT NOT NULL,
    signature BYTEA NOT NULL,
    public_key BYTEA NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (report),
    FOREIGN KEY(report) REFERENCES monitoring_report (id)
)""",
    """\
CREATE INDEX monitoring_alert_account ON monitoring_alert (account, raised_at)""",
    """\
CREATE INDEX monitoring_alert_case ON monitoring_alert (case_id) WHERE case_id IS NOT NULL""",
    """\
CREATE INDEX monitoring_alert_operation ON monitoring_alert (operation)""",
    """\
CREATE INDEX monitoring_alert_order ON monitoring_alert (raised_at, id)""",
    """\
CREATE INDEX monitoring_case_due ON monitoring_case (due_at) WHERE state <> 'closed' AND overdue_at IS NULL""",
    """\
CREATE UNIQUE INDEX monitoring_case_once ON monitoring_case (kind, subject, link) WHERE state <> 'closed'""",
    """\
CREATE INDEX monitoring_case_order ON monitoring_case (opened_at, id)""",
    """\
CREATE INDEX monitoring_case_subject ON monitoring_case (subject)""",
    """\
CREATE INDEX monitoring_case_event_case ON monitoring_case_event (case_id, id)""",
    """\
CREATE INDEX monitoring_case_link_other ON monitoring_case_link (other)""",
    """\
CREATE INDEX monitoring_evidence_case ON monitoring_evidence (case_id, at)""",
    """\
CREATE INDEX monitoring_link_other ON monitoring_link (other)""",
    """\
CREATE INDEX monitoring_note_case ON monitoring_note (case_id, at)""",
    """\
CREATE UNIQUE INDEX monitoring_report_case ON monitoring_report (case_id) WHERE kind = 'suspicious' AND state <> 'discarded'""",
    """\
CREATE INDEX monitoring_report_due ON monitoring_report (due_at) WHERE state IN ('draft', 'approved')""",
    """\
CREATE INDEX monitoring_report_order ON monitoring_report (created_at, id)""",
    """\
CREATE UNIQUE INDEX monitoring_report_transfer ON monitoring_report (transfer, subject) WHERE kind = 'threshold'""",
    """\
CREATE INDEX monitoring_risk_note_account ON monitoring_risk_note (account)""",
    """\
CREATE INDEX monitoring_shadow_rule ON monitoring_shadow (version, rule)""",
    """\
CREATE INDEX monitoring_travel_account ON monitoring_travel (account)""",
    """\
CREATE FUNCTION monitoring_sees() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (
    SELECT FROM access_grant g JOIN access_standing s ON s.account = g.account
    WHERE g.account = nullif(current_setting('monitoring.officer', true), '')::uuid
      AND s.role IN ('admin', 'staff') AND (g.until IS NULL OR g.until > now())
      AND g.item IN ('compliance.view', 'compliance_officer', 'regulator', 'super_admin'));
END $$""",
    """\
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
END $$""",
    """\
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
END $$""",
    """\
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
END $$""",
    """\
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
END $$""",
    """\
CREATE FUNCTION monitoring_count(keys bytea[], rules text[], the_version bigint, operations uuid[], certains boolean[],
  at timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO monitoring_shadow (key, rule, version, operation, certain, at)
  SELECT a.key, a.rule, the_version, a.operation, a.certain, at
  FROM unnest(keys, rules, operations, certains) AS a(key, rule, operation, certain)
  ORDER BY a.key ON CONFLICT (key) DO NOTHING;
$$""",
    """\
CREATE FUNCTION monitoring_points(accounts uuid[])
RETURNS TABLE (account uuid, points integer, half_life_days integer, at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT a.account, a.score, a.half_life_days, a.raised_at FROM monitoring_alert a
  WHERE a.account = ANY(accounts) AND a.score > 0
  UNION ALL
  SELECT n.account, n.points, n.half_life_days, n.at FROM monitoring_risk_note n WHERE n.account = ANY(accounts);
$$""",
    """\
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
END $$""",
    """\
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
END $$""",
    """\
CREATE FUNCTION monitoring_rules_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.number <> 1 + coalesce((SELECT max(number) FROM monitoring_rules), 0) OR NEW.number > 1 AND NOT EXISTS (
      SELECT FROM access_proposal p WHERE p.state = 'open' AND p.needs = 'compliance.manage' AND p.proposer = NEW.proposer
        AND position(convert_to(NEW.document, 'UTF8') IN p.payload) > 0) THEN
    RAISE EXCEPTION 'monitoring_rules_not_proposed' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$""",
    """\
CREATE TRIGGER guard BEFORE UPDATE ON monitoring_case FOR EACH ROW EXECUTE FUNCTION monitoring_case_guard()""",
    """\
CREATE TRIGGER guard BEFORE UPDATE ON monitoring_report FOR EACH ROW EXECUTE FUNCTION monitoring_report_guard()""",
    """\
CREATE TRIGGER guard BEFORE INSERT ON monitoring_rules FOR EACH ROW EXECUTE FUNCTION monitoring_rules_guard()""",
)

_APPEND_ONLY = ("rules", "risk_note", "case_event", "case_link", "export")
_WALLED = ("alert", "shadow", "risk_note", "case", "case_event", "case_link", "note", "evidence", "report", "export")
_KEEP = (
    (
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON monitoring_{} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    ),
)
_WALL = (
    "ALTER TABLE monitoring_{} ENABLE ROW LEVEL SECURITY",
    (
        "CREATE POLICY wall ON monitoring_{} TO customer_api "
        "USING ((SELECT monitoring_sees())) WITH CHECK ((SELECT monitoring_sees()))"
    ),
    "CREATE POLICY inside ON monitoring_{} TO customer_worker USING (true) WITH CHECK (true)",
    "CREATE POLICY audit ON monitoring_{} FOR SELECT TO customer_auditor USING (true)",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    for statement in _STATEMENTS:
        op.execute(statement)
    for tables, statements in ((_APPEND_ONLY, _KEEP), (_WALLED, _WALL)):
        for table in tables:
            for statement in statements:
                op.execute(statement.format(table))


def downgrade() -> None:
    raise RuntimeError("cases are not unmade; restore a backup instead")
