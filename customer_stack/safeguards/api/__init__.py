"""The routes of safeguards: one's own, which are changed, and those of others, which staff may look at."""

from customer_stack.safeguards.api import admin, own

HANDLERS = (*own.HANDLERS, *admin.HANDLERS)
