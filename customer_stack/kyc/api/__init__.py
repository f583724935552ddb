"""The routes of onboarding, and `customer-stack kyc …`."""

from customer_stack.kyc.api import officers, own, vendor

HANDLERS = (*own.HANDLERS, *officers.HANDLERS, *vendor.HANDLERS)
