"""What anybody may see of prices: REST for pictures and histories, a WebSocket for what follows."""

from customer_stack.prices.api import rest, streaming

HANDLERS = (*rest.HANDLERS, streaming.market)
