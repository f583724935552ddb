"""A Kalshi-compatible exchange that one can order to misbehave.

Written from docs.kalshi.com: the OpenAPI document 3.31.0, the AsyncAPI document 2.0.0, and the pages on fee rounding,
rate limits, order direction, order errors and fixed-point numbers. It verifies signatures, matches against a book that
scripted market makers feed, charges the published fee, settles, and fails on command before or after it has done what
it was asked. `/_simulator/…` is for whoever tests with it; nothing under that path is signed.
"""
