"""The routes of identity, under `/api/v1`."""

from customer_stack.identity.api import contacts, factors, keys, me, passwords, registrations, sessions, signing_in

HANDLERS = (
    *registrations.HANDLERS,
    *signing_in.HANDLERS,
    *sessions.HANDLERS,
    *passwords.HANDLERS,
    *me.HANDLERS,
    *factors.HANDLERS,
    *contacts.HANDLERS,
    *keys.HANDLERS,
)
