"""The routes of inboxes and choices, of staff who announce and look after deliveries, and of a developer's outbox."""

from customer_stack.notifications.api import announcements, deliveries, development, inbox

HANDLERS = (*inbox.HANDLERS, *announcements.HANDLERS, *deliveries.HANDLERS)
DEVELOPMENT = development.HANDLERS
"""Only in test mode: they show one-time codes to anybody."""
