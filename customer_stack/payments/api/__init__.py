"""The routes of payments, and `customer-stack payments …`."""
