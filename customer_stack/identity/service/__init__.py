"""What identity does, by topic. Each function works in its caller's transaction and never ends it.

A refusal that must leave evidence is returned, so that what it wrote is committed before somebody is answered.
"""
