"""Plain batches are posted in one call, and what a clearance begins with is read in one."""

from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"

_STATEMENTS = (
    """\
DROP FUNCTION ledger_apply""",
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
  ), bound AS MATERIALIZED (
    SELECT coalesce(bool_or(flags & 512 = 0
      AND (bounds & 2 <> 0 AND debited > 0 AND debits_pending + debits_posted > credits_posted
        OR bounds & 4 <> 0 AND credited > 0 AND credits_pending + credits_posted > debits_posted)), false) AS over
    FROM running
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
    WHERE NOT (SELECT over FROM bound)
    ORDER BY g.seq
    RETURNING 1
  ), moved AS (
    UPDATE ledger_balance b SET version = b.version + r.moves, last_at = at,
      debits_pending = r.debits_pending, debits_posted = r.debits_posted,
      credits_pending = r.credits_pending, credits_posted = r.credits_posted
    FROM running r
    WHERE b.account = ANY(touched) AND r.move = r.moves AND b.account = r.account AND b.version = r.version
      AND NOT (SELECT over FROM bound)
    RETURNING 1
  )
  SELECT (SELECT count(*) FROM written) AS written, (SELECT count(*) FROM moved) AS moved,
    count(*) FILTER (WHERE move = 1) AS accounts, coalesce(bool_or(last_at > at), false) AS backwards,
    (SELECT max(seq) FROM given) AS last, bool_or(code < 10 AND debited > 0) AS takes,
    (SELECT over FROM bound) AS over
  INTO found FROM running;
  IF found.over THEN
    RAISE EXCEPTION 'ledger_bound' USING ERRCODE = 'check_violation';
  END IF;
  IF found.moved <> found.accounts OR found.backwards THEN
    RAISE EXCEPTION 'ledger_moved' USING ERRCODE = 'serialization_failure';
  END IF;
  IF found.written <> cardinality(ids) THEN
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
  IF releases IS NOT NULL AND EXISTS (SELECT FROM unnest(releases, pendings) AS r(released, pending_id)
      WHERE pending_id IS NULL AND released <> '0') THEN
    RAISE EXCEPTION 'ledger_released' USING ERRCODE = 'check_violation';
  END IF;
  IF timeouts IS NOT NULL THEN
    INSERT INTO ledger_timer (id, expires_at)
      SELECT t.id, at + make_interval(secs => t.timeout)
      FROM unnest(ids, timeouts, pendings) AS t(id, timeout, pending_id)
      WHERE t.timeout > 0 AND NOT EXISTS (SELECT FROM unnest(pendings) AS p WHERE p = t.id);
  END IF;
  RETURN found.last;
EXCEPTION WHEN unique_violation THEN
  GET STACKED DIAGNOSTICS broken = CONSTRAINT_NAME;
  IF broken = 'ledger_transfer_verdict' THEN
    RAISE EXCEPTION 'ledger_warrant: used' USING ERRCODE = 'check_violation';
  END IF;
  RAISE EXCEPTION 'ledger_raced' USING ERRCODE = 'serialization_failure';
END $$""",
    """\
CREATE FUNCTION ledger_post(at timestamptz, ids uuid[], debits uuid[], credits uuid[], assets integer[],
  amounts text[], codes integer[], bits integer[], refs uuid[], tags64 bigint[], tags32 bigint[], chains integer[],
  verdicts uuid[], causes integer[])
RETURNS timestamptz LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_nestloop = off AS $$
DECLARE
  touched uuid[] := debits || credits;
  held record;
BEGIN
  SELECT greatest(at, max(b.last_at)) AS moment, bool_or(b.flags & 32 <> 0) AS closed,
    bool_or(greatest(b.debits_pending, b.debits_posted, b.credits_pending, b.credits_posted) >= 1e37) AS large
  INTO held FROM (
    SELECT * FROM ledger_balance WHERE account = ANY(touched) ORDER BY account FOR NO KEY UPDATE) AS b;
  IF held.closed OR held.large THEN
    RETURN NULL;
  END IF;
  PERFORM ledger_apply(held.moment, ids, debits, credits, assets, amounts, NULL, codes, bits, NULL, NULL, refs, tags64,
    tags32, NULL, NULL, chains, verdicts, causes);
  RETURN held.moment;
EXCEPTION WHEN integrity_constraint_violation OR check_violation OR foreign_key_violation OR not_null_violation
    OR serialization_failure OR numeric_value_out_of_range THEN
  RETURN NULL;
END $$""",
    """\
CREATE FUNCTION clearance_ground(people uuid[], day timestamptz, month timestamptz)
RETURNS TABLE (released boolean, id uuid, owner uuid, asset integer, out_day text, out_month text, in_day text,
  in_month text)
LANGUAGE plpgsql SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  turns bigint;
BEGIN
  LOOP
    SELECT count(*) INTO turns FROM (
      SELECT FROM clearance_turn t WHERE t.account = ANY(people) ORDER BY t.account FOR NO KEY UPDATE) AS held;
    EXIT WHEN turns = cardinality(people);
    INSERT INTO clearance_turn (account) SELECT p FROM unnest(people) AS p ORDER BY p ON CONFLICT DO NOTHING;
  END LOOP;
  RETURN QUERY
    SELECT EXISTS (SELECT FROM clearance_review r WHERE r.account = ANY(people) AND r.state = 'released'),
      a.id, a.owner, a.asset,
      (b.debits_posted + b.debits_pending - coalesce(dd.o, 0))::text,
      (b.debits_posted + b.debits_pending - coalesce(dm.o, 0))::text,
      (b.credits_posted + b.credits_pending - coalesce(cd.o, 0))::text,
      (b.credits_posted + b.credits_pending - coalesce(cm.o, 0))::text
    FROM unnest(people) AS p
    LEFT JOIN (ledger_account a JOIN ledger_balance b ON b.account = a.id) ON a.owner = p AND a.code < 10
    LEFT JOIN LATERAL (
      SELECT t.debits_posted AS o FROM ledger_transfer t WHERE t.debit = a.id AND t.posted_at < day
      ORDER BY t.posted_at DESC, t.seq DESC LIMIT 1) AS dd ON true
    LEFT JOIN LATERAL (
      SELECT t.debits_posted AS o FROM ledger_transfer t WHERE t.debit = a.id AND t.posted_at < month
      ORDER BY t.posted_at DESC, t.seq DESC LIMIT 1) AS dm ON true
    LEFT JOIN LATERAL (
      SELECT t.credits_posted AS o FROM ledger_transfer t WHERE t.credit = a.id AND t.posted_at < day
      ORDER BY t.posted_at DESC, t.seq DESC LIMIT 1) AS cd ON true
    LEFT JOIN LATERAL (
      SELECT t.credits_posted AS o FROM ledger_transfer t WHERE t.credit = a.id AND t.posted_at < month
      ORDER BY t.posted_at DESC, t.seq DESC LIMIT 1) AS cm ON true;
END $$""",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("what was posted this way is not unmade; restore a backup instead")
