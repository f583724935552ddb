"""Mechanisms without nouns: no domain word, no table or setting of a stack's own, nothing that could know a person.

The modules of this package are pure: no I/O, no clock, no randomness of their own. `runtime` holds the half that
touches databases, networks and processes; every noun reaches it as a parameter.
"""
