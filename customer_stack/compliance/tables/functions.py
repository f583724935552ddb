"""What the ledger asks of verdicts, in the database itself; and what every clearance begins with, in one call."""

ALLOWS = """\
CREATE FUNCTION clearance_allows(verdicts uuid[])
RETURNS TABLE (id uuid, operation uuid, ledger_account uuid, asset integer, amount numeric)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT c.id, c.operation, c.ledger_account, c.asset, c.amount
  FROM clearance c JOIN ledger_account l ON l.id = c.ledger_account AND l.owner = c.account
  WHERE c.id = ANY(verdicts) AND c.answer = 'allow' AND c.xid = pg_current_xact_id();
$$"""
"""The verdicts among these that allow, of this very transaction, about an account of the customer who was judged. The
ledger defines what it needs of this function, and calls it from the one that writes transfers.
"""

GROUND = """\
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
END $$"""
"""The accounts of these customers and the most that can have left each and come to it since two moments, read behind the
customers' turns: each is waited for, in the order of their ids, so that nobody waits in a circle.

Every row of the books carries its account's sums behind it, so all that left or came since a moment is the balance less
one row that the index ends at. What is pending counts whole, whenever it began.
"""

ALL = (ALLOWS, GROUND)
