"""What the ledger asks of verdicts, in the database itself."""

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

ALL = (ALLOWS,)
