"""The routes of compliance: held operations, verdicts, the file of a customer; and `customer-stack compliance …`."""

from customer_stack.compliance.api import filing, held

HANDLERS = (*held.HANDLERS, *filing.HANDLERS)
