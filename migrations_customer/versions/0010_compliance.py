"""Clearance and safeguards: verdicts, held operations, limits, exclusions; and the ledger, which asks for a verdict."""

from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"

_STATEMENTS = (
    """\
CREATE TYPE clearance_answer AS ENUM ('allow', 'review', 'refuse')""",
    """\
CREATE TYPE clearance_kind AS ENUM ('deposit', 'withdrawal', 'conversion', 'stake', 'trade', 'transfer')""",
    """\
CREATE TYPE clearance_review_state AS ENUM ('open', 'released', 'refused', 'used', 'lapsed')""",
    """\
CREATE TYPE safeguard_exclusion_kind AS ENUM ('cool_off', 'self_exclusion')""",
    """\
CREATE TYPE safeguard_fact AS ENUM ('limit_set', 'increase_asked', 'increase_cancelled', 'cool_off', 'self_exclusion', 'reality_check')""",
    """\
CREATE TYPE safeguard_limit_kind AS ENUM ('deposit', 'loss', 'stake')""",
    """\
CREATE TYPE safeguard_period AS ENUM ('day', 'week', 'month')""",
    """\
CREATE SEQUENCE safeguard_change_id""",
    """\
CREATE TABLE clearance (
    id UUID NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    operation UUID NOT NULL,
    kind clearance_kind NOT NULL,
    account UUID NOT NULL,
    ledger_account UUID NOT NULL,
    asset INTEGER NOT NULL,
    amount NUMERIC(38, 0) NOT NULL,
    home NUMERIC(38, 0),
    counterparty UUID,
    destination TEXT NOT NULL,
    answer clearance_answer NOT NULL,
    reasons TEXT[] NOT NULL,
    facts BYTEA NOT NULL,
    review UUID,
    PRIMARY KEY (id),
    CONSTRAINT clearance_country CHECK (destination ~ '^([A-Z]{2})?$')
)""",
    """\
CREATE INDEX clearance_account_at ON clearance (account, at, id)""",
    """\
CREATE INDEX clearance_operation ON clearance (operation)""",
    """\
CREATE TABLE clearance_review (
    verdict UUID NOT NULL,
    operation UUID NOT NULL,
    account UUID NOT NULL,
    ledger_account UUID NOT NULL,
    asset INTEGER NOT NULL,
    amount NUMERIC(38, 0) NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    state clearance_review_state DEFAULT 'open' NOT NULL,
    ground TEXT DEFAULT '' NOT NULL,
    decided_by UUID,
    approved_by UUID,
    decided_at TIMESTAMP WITH TIME ZONE,
    expires_at TIMESTAMP WITH TIME ZONE,
    used_by UUID,
    PRIMARY KEY (verdict),
    FOREIGN KEY(verdict) REFERENCES clearance (id)
)""",
    """\
CREATE UNIQUE INDEX clearance_review_live ON clearance_review (operation, account, ledger_account, asset, amount) WHERE state = 'open'""",
    """\
CREATE INDEX clearance_review_order ON clearance_review (state, at, verdict)""",
    """\
CREATE INDEX clearance_review_released ON clearance_review (account) WHERE state = 'released'""",
    """\
CREATE TABLE clearance_turn (
    account UUID NOT NULL,
    turns BIGINT DEFAULT '0' NOT NULL,
    PRIMARY KEY (account)
)""",
    """\
CREATE TABLE safeguard_change (
    id BIGINT DEFAULT nextval('safeguard_change_id') NOT NULL,
    change UUID NOT NULL,
    account UUID NOT NULL,
    fact safeguard_fact NOT NULL,
    kind TEXT NOT NULL,
    period TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    currency TEXT NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (change)
)""",
    """\
CREATE INDEX safeguard_change_account ON safeguard_change (account, id)""",
    """\
CREATE TABLE safeguard_exclusion (
    id UUID NOT NULL,
    account UUID NOT NULL,
    kind safeguard_exclusion_kind NOT NULL,
    begins_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id),
    CHECK (ends_at > begins_at)
)""",
    """\
CREATE INDEX safeguard_exclusion_account ON safeguard_exclusion (account)""",
    """\
CREATE TABLE safeguard_limit (
    account UUID NOT NULL,
    kind safeguard_limit_kind NOT NULL,
    period safeguard_period NOT NULL,
    amount BIGINT,
    currency TEXT NOT NULL,
    next_amount BIGINT,
    next_at TIMESTAMP WITH TIME ZONE,
    version BIGINT DEFAULT '0' NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (account, kind, period),
    CHECK (amount >= 0 AND next_amount >= 0)
)""",
    """\
CREATE TABLE safeguard_reality (
    account UUID NOT NULL,
    minutes BIGINT NOT NULL,
    told_at TIMESTAMP WITH TIME ZONE,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (account)
)""",
    """\
ALTER TABLE ledger_account ADD CONSTRAINT ledger_account_customers CHECK (code >= 10 OR owner IS NOT NULL AND owner <> '00000000-0000-8000-8000-000000000001')""",
    """\
ALTER TABLE ledger_balance ADD COLUMN code INTEGER DEFAULT '0' NOT NULL""",
    """\
UPDATE ledger_balance b SET code = a.code FROM ledger_account a WHERE a.id = b.account""",
    """\
ALTER TABLE ledger_transfer ADD COLUMN verdict UUID, ADD COLUMN cause SMALLINT""",
    """\
CREATE UNIQUE INDEX ledger_transfer_verdict ON ledger_transfer (verdict) WHERE verdict IS NOT NULL""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON clearance FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON safeguard_change FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON safeguard_exclusion FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """\
DROP FUNCTION ledger_hold""",
    """\
DROP FUNCTION ledger_apply""",
    """\
DROP FUNCTION ledger_open""",
    """\
CREATE FUNCTION ledger_hold(accounts uuid[], pendings uuid[])
RETURNS TABLE (account uuid, asset integer, code integer, flags integer, version bigint, last_at timestamptz,
  debits_pending bigint, debits_posted bigint, credits_pending bigint, credits_posted bigint, large text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  IF cardinality(pendings) > 0 THEN
    accounts := accounts || ARRAY(
      SELECT unnest(ARRAY[t.debit, t.credit]) FROM ledger_transfer t
      WHERE t.id = ANY(pendings) AND t.debit IS NOT NULL);
  END IF;
  RETURN QUERY
    SELECT b.account, b.asset, b.code, b.flags, b.version, b.last_at,
      CASE WHEN m.small THEN b.debits_pending::bigint END, CASE WHEN m.small THEN b.debits_posted::bigint END,
      CASE WHEN m.small THEN b.credits_pending::bigint END, CASE WHEN m.small THEN b.credits_posted::bigint END,
      CASE WHEN NOT m.small THEN ARRAY[b.debits_pending::text, b.debits_posted::text, b.credits_pending::text,
        b.credits_posted::text] END
    FROM ledger_balance b CROSS JOIN LATERAL (
      SELECT greatest(b.debits_pending, b.debits_posted, b.credits_pending, b.credits_posted) < 1e18 AS small) AS m
    WHERE b.account = ANY(accounts) ORDER BY b.account FOR NO KEY UPDATE OF b;
END $$""",
    """\
CREATE FUNCTION ledger_warrant(ids uuid[], debits uuid[], credits uuid[], assets integer[], amounts text[],
  bits integer[], pendings uuid[], refs uuid[], mirrors uuid[], verdicts uuid[], causes integer[])
RETURNS text LANGUAGE plpgsql STABLE SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_nestloop = off AS $$
DECLARE
  worker boolean := session_user = 'customer_worker';
  wrong text;
BEGIN
  WITH kind AS MATERIALIZED (
    SELECT account, code FROM ledger_balance WHERE account = ANY(debits || credits)
  ), given AS MATERIALIZED (
    SELECT u.*, d.code < 10 AS takes, CASE WHEN d.code < 10 THEN u.debit ELSE u.credit END AS whose, c.code AS towards
    FROM unnest(ids, debits, credits, assets, amounts, bits, pendings, refs, mirrors, verdicts, causes)
        AS u(id, debit, credit, asset, amount, flags, pending_id, reference, reverses, verdict, cause)
      JOIN kind d ON d.account = u.debit JOIN kind c ON c.account = u.credit
  )
  SELECT CASE
      WHEN g.verdict IS NOT NULL AND (g.cause IS NOT NULL OR g.pending_id IS NOT NULL) THEN 'misplaced'
      WHEN g.verdict IS NOT NULL THEN CASE WHEN a.id IS NULL OR a.ledger_account <> g.whose OR a.asset <> g.asset
        OR a.amount <> g.amount::numeric OR (a.operation <> g.id AND a.operation IS DISTINCT FROM g.reference)
        THEN 'verdict' END
      WHEN g.cause = 1 THEN CASE WHEN g.towards <> 12 OR NOT (worker OR g.debit IN (
        SELECT beside.debit FROM given beside WHERE beside.verdict IS NOT NULL)) THEN 'fee' END
      WHEN g.cause = 2 THEN CASE WHEN NOT worker THEN 'settlement' END
      WHEN g.cause = 3 THEN CASE WHEN g.reverses IS NULL OR NOT worker THEN 'correction' END
      WHEN g.cause = 4 THEN CASE WHEN session_user NOT IN ('customer_api', 'customer_operator') THEN 'by_hand' END
      WHEN g.cause IS NOT NULL THEN 'cause'
      WHEN g.takes AND g.pending_id IS NULL AND g.amount <> '0'
        AND (g.flags & 512 = 0 OR session_user = 'customer_api') THEN 'missing'
    END INTO wrong
  FROM given g LEFT JOIN clearance_allows(verdicts) AS a ON a.id = g.verdict
  ORDER BY 1 LIMIT 1;
  RETURN wrong;
END $$""",
    """\
CREATE FUNCTION ledger_by_hand() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM access_proposal p WHERE p.xmin = pg_current_xact_id()::xid AND p.state = 'executed'
      AND p.decided_by <> p.proposer AND position(uuid_send(NEW.id) IN p.payload) > 0
  ) AND NOT EXISTS (
    SELECT FROM operator_decision d WHERE d.xmin = pg_current_xact_id()::xid AND d.first <> d.second
  ) THEN
    RAISE EXCEPTION 'ledger_warrant: one person' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$""",
    """\
CREATE CONSTRAINT TRIGGER by_hand AFTER INSERT ON ledger_transfer DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (NEW.cause = 4) EXECUTE FUNCTION ledger_by_hand()""",
    """\
CREATE FUNCTION ledger_apply(at timestamptz, ids uuid[], debits uuid[], credits uuid[], assets integer[],
  amounts text[], releases text[], codes integer[], bits integer[], pendings uuid[], timeouts integer[],
  refs uuid[], tags64 bigint[], tags32 bigint[], effective timestamptz[], mirrors uuid[], chains integer[],
  verdicts uuid[], causes integer[])
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_nestloop = off AS $$
DECLARE
  touched uuid[] := debits || credits;
  found record;
  broken text;
BEGIN
  WITH held AS MATERIALIZED (
    SELECT * FROM ledger_balance WHERE account = ANY(touched)
  ), given AS MATERIALIZED (
    SELECT nextval('ledger_transfer_seq') AS seq, u.*,
      CASE WHEN u.flags & 2 <> 0 THEN u.amount ELSE -u.released END AS pending,
      CASE WHEN u.flags & 1034 = 0 THEN u.amount ELSE 0 END AS posted
    FROM (
      SELECT n, id, debit, credit, asset, amount::numeric, coalesce(released, '0')::numeric AS released, code, flags,
        pending_id, coalesce(timeout, 0) AS timeout, reference, tag64, tag32, effective_at, reverses, chain, verdict, cause
      FROM unnest(ids, debits, credits, assets, amounts, releases, codes, bits, pendings, timeouts, refs, tags64,
        tags32, effective, mirrors, chains, verdicts, causes) WITH ORDINALITY
        AS a(id, debit, credit, asset, amount, released, code, flags, pending_id, timeout, reference, tag64, tag32,
          effective_at, reverses, chain, verdict, cause, n)
      ORDER BY n) AS u
  ), side AS (
    SELECT n, debit AS account, flags, pending AS dp, posted AS dpo, 0::numeric AS cp, 0::numeric AS cpo FROM given
    UNION ALL
    SELECT n, credit, flags, 0, 0, pending, posted FROM given
  ), running AS MATERIALIZED (
    SELECT s.n, s.account, s.flags, b.flags AS bounds, b.code, b.version, b.last_at,
      s.dp + s.dpo AS debited, s.cp + s.cpo AS credited,
      b.debits_pending + sum(s.dp) OVER w AS debits_pending, b.debits_posted + sum(s.dpo) OVER w AS debits_posted,
      b.credits_pending + sum(s.cp) OVER w AS credits_pending, b.credits_posted + sum(s.cpo) OVER w AS credits_posted,
      row_number() OVER w AS move, count(*) OVER (PARTITION BY s.account) AS moves
    FROM side s JOIN held b ON b.account = s.account
    WINDOW w AS (PARTITION BY s.account ORDER BY s.n ROWS UNBOUNDED PRECEDING)
  ), written AS (
    INSERT INTO ledger_transfer (seq, posted_at, id, debit, credit, asset, code, flags, timeout, amount, released,
      debits_pending, debits_posted, credits_pending, credits_posted, chain, pending_id, reverses, reference, tag64,
      tag32, effective_at, verdict, cause)
    SELECT g.seq, at, g.id, g.debit, g.credit, g.asset, g.code, g.flags, g.timeout, g.amount, g.released,
      d.debits_pending, d.debits_posted, c.credits_pending, c.credits_posted, h.seq, g.pending_id, g.reverses,
      g.reference, g.tag64, g.tag32, g.effective_at, g.verdict, g.cause
    FROM given g
      JOIN running d ON d.n = g.n AND d.account = g.debit JOIN running c ON c.n = g.n AND c.account = g.credit
      LEFT JOIN given h ON h.n = g.chain
    ORDER BY g.seq
    RETURNING 1
  ), moved AS (
    UPDATE ledger_balance b SET version = b.version + r.moves, last_at = at,
      debits_pending = r.debits_pending, debits_posted = r.debits_posted,
      credits_pending = r.credits_pending, credits_posted = r.credits_posted
    FROM running r
    WHERE b.account = ANY(touched) AND r.move = r.moves AND b.account = r.account AND b.version = r.version
    RETURNING 1
  )
  SELECT (SELECT count(*) FROM written) AS written, (SELECT count(*) FROM moved) AS moved,
    count(*) FILTER (WHERE move = 1) AS accounts, coalesce(bool_or(last_at > at), false) AS backwards,
    (SELECT max(seq) FROM given) AS last, bool_or(code < 10 AND debited > 0) AS takes,
    coalesce(bool_or(flags & 512 = 0
      AND (bounds & 2 <> 0 AND debited > 0 AND debits_pending + debits_posted > credits_posted
        OR bounds & 4 <> 0 AND credited > 0 AND credits_pending + credits_posted > debits_posted)), false) AS broken
  INTO found FROM running;
  IF found.moved <> found.accounts OR found.backwards THEN
    RAISE EXCEPTION 'ledger_moved' USING ERRCODE = 'serialization_failure';
  END IF;
  IF found.broken OR found.written <> cardinality(ids) THEN
    RAISE EXCEPTION 'ledger_bound' USING ERRCODE = 'check_violation';
  END IF;
  IF found.takes OR verdicts IS NOT NULL OR causes IS NOT NULL THEN
    broken := ledger_warrant(ids, debits, credits, assets, amounts, bits, pendings, refs, mirrors, verdicts, causes);
    IF broken IS NOT NULL THEN
      RAISE EXCEPTION 'ledger_warrant: %', broken USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  IF EXISTS (SELECT FROM unnest(pendings) AS p WHERE p IS NOT NULL) THEN
    IF EXISTS (
      SELECT FROM (SELECT * FROM ledger_transfer WHERE id = ANY(ids) AND pending_id IS NOT NULL) AS r
        JOIN (SELECT * FROM ledger_transfer WHERE id = ANY(pendings)) AS p ON p.id = r.pending_id
      WHERE (p.flags & 2 = 0 OR r.flags & 1036 = 0 OR r.debit <> p.debit OR r.credit <> p.credit
        OR r.released <> p.amount OR r.amount > p.amount
        OR r.flags & 1032 <> 0 AND r.amount <> p.amount OR r.seq <= p.seq)) THEN
      RAISE EXCEPTION 'ledger_pending' USING ERRCODE = 'check_violation';
    END IF;
    DELETE FROM ledger_timer WHERE id = ANY(pendings);
  END IF;
  IF EXISTS (SELECT FROM unnest(releases, pendings) AS r(released, pending_id)
      WHERE pending_id IS NULL AND released <> '0') THEN
    RAISE EXCEPTION 'ledger_released' USING ERRCODE = 'check_violation';
  END IF;
  INSERT INTO ledger_timer (id, expires_at)
    SELECT t.id, at + make_interval(secs => t.timeout)
    FROM unnest(ids, timeouts, pendings) AS t(id, timeout, pending_id)
    WHERE t.timeout > 0 AND NOT EXISTS (SELECT FROM unnest(pendings) AS p WHERE p = t.id);
  RETURN found.last;
EXCEPTION WHEN unique_violation THEN
  GET STACKED DIAGNOSTICS broken = CONSTRAINT_NAME;
  IF broken = 'ledger_transfer_verdict' THEN
    RAISE EXCEPTION 'ledger_warrant: used' USING ERRCODE = 'check_violation';
  END IF;
  RAISE EXCEPTION 'ledger_raced' USING ERRCODE = 'serialization_failure';
END $$""",
    """\
CREATE FUNCTION ledger_open(ids uuid[], assets integer[], codes integer[], bits integer[], owners uuid[],
  refs uuid[], tags64 bigint[], tags32 bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO ledger_account (id, asset, code, flags, owner, reference, tag64, tag32)
    SELECT * FROM unnest(ids, assets, codes, bits, owners, refs, tags64, tags32);
  INSERT INTO ledger_balance (account, asset, flags, code)
    SELECT * FROM unnest(ids, assets, bits, codes);
EXCEPTION WHEN unique_violation THEN
  RAISE EXCEPTION 'ledger_raced' USING ERRCODE = 'serialization_failure';
END $$""",
    """\
CREATE FUNCTION clearance_allows(verdicts uuid[])
RETURNS TABLE (id uuid, operation uuid, ledger_account uuid, asset integer, amount numeric)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT c.id, c.operation, c.ledger_account, c.asset, c.amount
  FROM clearance c JOIN ledger_account l ON l.id = c.ledger_account AND l.owner = c.account
  WHERE c.id = ANY(verdicts) AND c.answer = 'allow' AND c.xid = pg_current_xact_id();
$$""",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("verdicts are not unmade; restore a backup instead")
