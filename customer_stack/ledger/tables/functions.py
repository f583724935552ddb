"""The functions through which transfers and balances are written. They run as the tables' owner.

The rules decide what happens; these see to it that nothing else can. `ledger_apply` is handed amounts and accounts,
never balances: it computes them itself, row by row in the order given, checks the bounds of every account against
them, and writes thousands of transfers and their accounts' balances in one statement. Its plan is made once: planning
it anew would take longer than a single transfer, and without nested loops the one plan serves every size. A balance that moved since it
was held, or an id, a pending transfer or a key that somebody else was faster with, is a serialization failure: the
transaction runs again and finds out.
"""

HOLD = """\
CREATE FUNCTION ledger_hold(accounts uuid[], pendings uuid[])
RETURNS TABLE (account uuid, asset integer, flags integer, version bigint, last_at timestamptz,
  debits_pending bigint, debits_posted bigint, credits_pending bigint, credits_posted bigint, large text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  IF cardinality(pendings) > 0 THEN
    accounts := accounts || ARRAY(
      SELECT unnest(ARRAY[t.debit, t.credit]) FROM ledger_transfer t
      WHERE t.id = ANY(pendings) AND t.debit IS NOT NULL);
  END IF;
  RETURN QUERY
    SELECT b.account, b.asset, b.flags, b.version, b.last_at,
      CASE WHEN m.small THEN b.debits_pending::bigint END, CASE WHEN m.small THEN b.debits_posted::bigint END,
      CASE WHEN m.small THEN b.credits_pending::bigint END, CASE WHEN m.small THEN b.credits_posted::bigint END,
      CASE WHEN NOT m.small THEN ARRAY[b.debits_pending::text, b.debits_posted::text, b.credits_pending::text,
        b.credits_posted::text] END
    FROM ledger_balance b CROSS JOIN LATERAL (
      SELECT greatest(b.debits_pending, b.debits_posted, b.credits_pending, b.credits_posted) < 1e18 AS small) AS m
    WHERE b.account = ANY(accounts) ORDER BY b.account FOR NO KEY UPDATE OF b;
END $$"""

KNOWN = """\
CREATE FUNCTION ledger_known(ids uuid[], reversed uuid[])
RETURNS TABLE (id uuid, debit uuid, credit uuid, amount text, asset integer, code integer, flags integer,
  pending_id uuid, timeout integer, reference uuid, tag64 bigint, tag32 bigint, effective_at timestamptz,
  reverses uuid, posted_at timestamptz, ended integer)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
  RETURN QUERY
    SELECT t.id, t.debit, t.credit, t.amount::text, t.asset, t.code, t.flags, t.pending_id, t.timeout, t.reference,
      t.tag64, t.tag32, t.effective_at, t.reverses, t.posted_at,
      (SELECT e.flags FROM ledger_transfer e WHERE t.flags & 2 <> 0 AND e.pending_id = t.id)
    FROM ledger_transfer t WHERE t.id = ANY(ids);
  IF cardinality(reversed) > 0 THEN
    RETURN QUERY
      SELECT t.id, t.debit, t.credit, t.amount::text, t.asset, t.code, t.flags, t.pending_id, t.timeout, t.reference,
        t.tag64, t.tag32, t.effective_at, t.reverses, t.posted_at, NULL::integer
      FROM ledger_transfer t WHERE t.reverses = ANY(reversed);
  END IF;
END $$"""

APPLY = """\
CREATE FUNCTION ledger_apply(at timestamptz, ids uuid[], debits uuid[], credits uuid[], assets integer[],
  amounts text[], releases text[], codes integer[], bits integer[], pendings uuid[], timeouts integer[],
  refs uuid[], tags64 bigint[], tags32 bigint[], effective timestamptz[], mirrors uuid[], chains integer[])
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_nestloop = off AS $$
DECLARE
  touched uuid[] := debits || credits;
  found record;
BEGIN
  WITH held AS MATERIALIZED (
    SELECT * FROM ledger_balance WHERE account = ANY(touched)
  ), given AS MATERIALIZED (
    SELECT nextval('ledger_transfer_seq') AS seq, u.*,
      CASE WHEN u.flags & 2 <> 0 THEN u.amount ELSE -u.released END AS pending,
      CASE WHEN u.flags & 1034 = 0 THEN u.amount ELSE 0 END AS posted
    FROM (
      SELECT n, id, debit, credit, asset, amount::numeric, coalesce(released, '0')::numeric AS released, code, flags,
        pending_id, coalesce(timeout, 0) AS timeout, reference, tag64, tag32, effective_at, reverses, chain
      FROM unnest(ids, debits, credits, assets, amounts, releases, codes, bits, pendings, timeouts, refs, tags64,
        tags32, effective, mirrors, chains) WITH ORDINALITY
        AS a(id, debit, credit, asset, amount, released, code, flags, pending_id, timeout, reference, tag64, tag32,
          effective_at, reverses, chain, n)
      ORDER BY n) AS u
  ), side AS (
    SELECT n, debit AS account, flags, pending AS dp, posted AS dpo, 0::numeric AS cp, 0::numeric AS cpo FROM given
    UNION ALL
    SELECT n, credit, flags, 0, 0, pending, posted FROM given
  ), running AS MATERIALIZED (
    SELECT s.n, s.account, s.flags, b.flags AS bounds, b.version, b.last_at,
      s.dp + s.dpo AS debited, s.cp + s.cpo AS credited,
      b.debits_pending + sum(s.dp) OVER w AS debits_pending, b.debits_posted + sum(s.dpo) OVER w AS debits_posted,
      b.credits_pending + sum(s.cp) OVER w AS credits_pending, b.credits_posted + sum(s.cpo) OVER w AS credits_posted,
      row_number() OVER w AS move, count(*) OVER (PARTITION BY s.account) AS moves
    FROM side s JOIN held b ON b.account = s.account
    WINDOW w AS (PARTITION BY s.account ORDER BY s.n ROWS UNBOUNDED PRECEDING)
  ), written AS (
    INSERT INTO ledger_transfer (seq, posted_at, id, debit, credit, asset, code, flags, timeout, amount, released,
      debits_pending, debits_posted, credits_pending, credits_posted, chain, pending_id, reverses, reference, tag64,
      tag32, effective_at)
    SELECT g.seq, at, g.id, g.debit, g.credit, g.asset, g.code, g.flags, g.timeout, g.amount, g.released,
      d.debits_pending, d.debits_posted, c.credits_pending, c.credits_posted, h.seq, g.pending_id, g.reverses,
      g.reference, g.tag64, g.tag32, g.effective_at
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
    (SELECT max(seq) FROM given) AS last,
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
  RAISE EXCEPTION 'ledger_raced' USING ERRCODE = 'serialization_failure';
END $$"""

REFUSE = """\
CREATE FUNCTION ledger_refuse(at timestamptz, ids uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO ledger_transfer (posted_at, id, flags) SELECT at, id, 32768 FROM unnest(ids) AS id;
EXCEPTION WHEN unique_violation THEN
  RAISE EXCEPTION 'ledger_raced' USING ERRCODE = 'serialization_failure';
END $$"""

CLOSE = """\
CREATE FUNCTION ledger_close(closed uuid[], opened uuid[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE ledger_balance SET flags = CASE WHEN account = ANY(closed) THEN flags | 32 ELSE flags & ~32 END
  WHERE account = ANY(closed) OR account = ANY(opened);
$$"""

OPEN = """\
CREATE FUNCTION ledger_open(ids uuid[], assets integer[], codes integer[], bits integer[], owners uuid[],
  refs uuid[], tags64 bigint[], tags32 bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO ledger_account (id, asset, code, flags, owner, reference, tag64, tag32)
    SELECT * FROM unnest(ids, assets, codes, bits, owners, refs, tags64, tags32);
  INSERT INTO ledger_balance (account, asset, flags)
    SELECT * FROM unnest(ids, assets, bits);
EXCEPTION WHEN unique_violation THEN
  RAISE EXCEPTION 'ledger_raced' USING ERRCODE = 'serialization_failure';
END $$"""

REMEMBER = """\
CREATE FUNCTION ledger_remember(keys bytea[], inputs bytea[], answers bytea[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO ledger_command (key, input, answer) SELECT * FROM unnest(keys, inputs, answers);
EXCEPTION WHEN unique_violation THEN
  RAISE EXCEPTION 'ledger_raced' USING ERRCODE = 'serialization_failure';
END $$"""

ALL = (HOLD, KNOWN, APPLY, REFUSE, CLOSE, OPEN, REMEMBER)
