"""The routes of the ledger, and `customer-stack ledger …`."""

from customer_stack.ledger.api import admin, own

HANDLERS = (*own.HANDLERS, *admin.HANDLERS)
