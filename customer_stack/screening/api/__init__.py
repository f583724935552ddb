"""The ways in: routes for those who work here, and commands."""

from customer_stack.screening.api import staff

HANDLERS = staff.HANDLERS
