"""The guard in front of every route, where handlers find their caller, and the routes of rights and proposals."""

from customer_stack.access.api import guarding, proposals, rights

RULE = guarding.RULE
HANDLERS = (*rights.HANDLERS, *proposals.HANDLERS)
guard = guarding.guard
caller = guarding.caller
