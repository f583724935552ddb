"""The routes of monitoring, for officers alone, and `customer-stack monitoring …`.

Each transaction of these routes says first which officer it works for; without that the database shows nothing.
"""

from customer_stack.monitoring.api import alerts, cases, evidence, reports, rules

HANDLERS = (*cases.HANDLERS, *evidence.HANDLERS, *alerts.HANDLERS, *rules.HANDLERS, *reports.HANDLERS)
