"""Safeguards are tried in the room of compliance, which enforces them."""

from tests.customer.compliance import conftest

room = conftest.room
