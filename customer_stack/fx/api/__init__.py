"""The routes of foreign exchange, and `customer-stack fx …`."""

from customer_stack.fx.api import admin, public, quoting

HANDLERS = (*public.HANDLERS, *quoting.HANDLERS, *admin.HANDLERS)
