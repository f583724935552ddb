"""The Kalshi-compatible exchange, as docs.kalshi.com describes it (OpenAPI 3.31.0, AsyncAPI 2.0.0).

Signed requests over TLS, order endpoints of version 2, fixed-point text read into whole numbers, token buckets learned
from the account, and a stream that mends itself. docs/VENUES.md names each fact and where it comes from.
"""
