"""The half of the kernel that does I/O: transactions, outbox, audit, jobs, settings, telemetry, HTTP.

Each module is a factory: a stack hands in its names, tables, registries and rules, and gets the mechanism back.
"""
