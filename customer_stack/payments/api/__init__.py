"""The routes of payments, and `customer-stack payments …`."""

from customer_stack.payments.api import admin, doors, own

HANDLERS = (*own.HANDLERS, *doors.HANDLERS, *admin.HANDLERS)
