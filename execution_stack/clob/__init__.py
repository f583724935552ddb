"""The central limit order book: price-time priority over integer ticks and lots.

Owns: the book of one instrument, twice. `book.py` is the readable one, the oracle and the fallback; `native/` is the fast
one, in C++. Both read the same commands and give the same events, the same snapshot bytes and so the same digest; the
tests run over both, and a differential fuzz compares them. `auctions.py` finds the price at which a halt ends, `formats/`
holds the packed forms, `replay/` runs recorded scenarios and measures.

Never: knows who trades. A participant is a small number here, mapped from an opaque reference outside. It reads no clock
and draws nothing at random: time arrives as a command, so that a journal replayed gives the same events.

States: open -> auction | halted -> open. A halted book takes cancels only; an auction collects limit orders; leaving
either trades once, at one price. A breaker leads from open to auction.

Invariants: an open book is never crossed; quantity is conserved; at one price, who came first trades first; a refused
command leaves the digest as it was. docs/MATCHING.md says the rest.
"""
