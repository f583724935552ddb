"""Safeguards are tried in the room of compliance, which enforces them, and over the composed API."""

from tests.customer.access import conftest as access
from tests.customer.compliance import conftest

room = conftest.room
log = access.log
house = access.house
usual = access.usual
composed = access.composed
