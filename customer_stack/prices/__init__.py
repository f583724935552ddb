"""Prices as customers see them: books by level, trades, candles, tickers, and their relay to screens and machines.

Owns what was heard of books on the lossy channel: the newest state of each, every trade and candle since this stack
listens and, page by page, what was before. The worker hears and writes; each API process reads what is new a few times a
second and tells its WebSocket clients.

Never: knows whose order a level or a trade is, since nobody tells it; decides anything by a price; keeps in a process
alone what a restart would lose. Nothing here is audited: it says what others said, and can be asked for again.

States: a history has reached a trade, and knows of a newest one; what lies between is asked for. A client's channel goes
from subscribed to snapshot to deltas, and back to a snapshot whenever a delta would not continue what it has.

Invariants: the trades of an instrument have no gap up to where its history has reached; the candles of a span hold each
of those trades once; a delta and the state that it continues make exactly the newer state.
"""
