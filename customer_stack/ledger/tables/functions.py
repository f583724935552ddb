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
END $$"""

POST = """\
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
END $$"""
"""The whole of a batch in one call, if nothing stands against any of it: hold, check and write. When it was posted, which
is never before an account's last time; or nothing, and then nothing was done: the rules have to find out what it is.
"""

WARRANT = """\
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
END $$"""
"""What warrants that something leaves a customer's account; nothing, or what is wrong with the first that lacks it.

`clearance_allows` is the ledger's port in the database, and compliance defines it: the verdicts among these that allow,
were reached in this very transaction, and speak of the account's owner. Of the causes, a fee goes to a fees account
beside a cleared movement out of the same account; settlements and corrections are the worker's; what is posted by hand
is posted by two, which the trigger below asks for when the transaction ends. Recording what happened outside is for who
hears from outside: the API records nothing against a customer.
"""

BY_HAND = """\
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
END $$"""
BY_HAND_TRIGGER = """\
CREATE CONSTRAINT TRIGGER by_hand AFTER INSERT ON ledger_transfer DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (NEW.cause = 4) EXECUTE FUNCTION ledger_by_hand()"""
"""The decision is written behind the transfers, in the same transaction, so it is looked for when that ends."""

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
  INSERT INTO ledger_balance (account, asset, flags, code)
    SELECT * FROM unnest(ids, assets, bits, codes);
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

ALL = (HOLD, KNOWN, WARRANT, BY_HAND, BY_HAND_TRIGGER, APPLY, POST, REFUSE, CLOSE, OPEN, REMEMBER)
