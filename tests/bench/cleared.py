"""Customers who may, and the product's own clearance between them and what they want: every neighbour is the real one."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from boundary.kernel import clock, ids
from boundary.kernel.runtime import transaction
from customer_stack import desks
from customer_stack.branding.adapters import files as branding_files
from customer_stack.branding.rules import packs
from customer_stack.compliance import ports
from customer_stack.compliance.service import evaluating
from customer_stack.fx.model import policy
from customer_stack.fx.service import worth
from customer_stack.monitoring.adapters import clearing, files
from customer_stack.monitoring.service import rulebook
from tests import stacks

# As onboarding and screening leave them, but for the forms and papers that nobody reads here.
_APPROVED = """
INSERT INTO kyc_application (id, account, level, policy_version, state, approved_at, expires_at, created_at, changed_at,
  residence)
SELECT gen_random_uuid(), account, 3, 1, 'approved', now(), now() + interval '1 year', now(), now(), 'LK'
FROM unnest($1::uuid[]) AS account"""
_SCREENED = """
INSERT INTO screening_subject (id, kind, owner, outcome, state, person, commitment, tokens, screened_at)
SELECT account, 'account', account, 'clear', 'clear', decode(repeat('00', 64), 'hex'), decode(repeat('00', 32), 'hex'), '',
  now()
FROM unnest($1::uuid[]) AS account"""


def clearance(random: ids.Ids, found: policy.Policy) -> evaluating.Clearance:
    """Put together as the API puts it together, by the law of Sri Lanka."""
    known = branding_files.jurisdictions()

    def law(now: datetime) -> ports.Law:
        pack = packs.pack_now(known, "LK", now)
        return ports.Law(pack.currency, pack.time_zone, pack.limits)

    worths = worth.Worths(found)
    return desks.cleared(law, worths, clearing.Rates(worths), random)


async def admit(schema: stacks.StackDatabase, worker: transaction.Database, customers: Sequence[UUID]) -> None:
    """Known at the highest level, screened clear, and watched by the rules that are shipped."""
    now = clock.SystemClock().now()
    await worker.run("bench.rules", lambda tx: rulebook.install(tx, files.shipped("LK"), now))
    superuser = await schema.superuser()
    for statement in (_APPROVED, _SCREENED):
        await superuser.execute(statement, list(customers))
    await superuser.execute(
        "VACUUM ANALYZE kyc_application, screening_subject"
    )  # as the server does by itself where it has been running for a while
    await superuser.close()
