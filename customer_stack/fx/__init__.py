"""Foreign exchange: a customer converts at precisely the rate that was shown, or not at all.

Owns the rate board, quotes, conversions, the house's position in each pair and the orders that hedge it.

A rate comes from a feed, is stored as it was said with its source and times, and is never changed. The board prices a
pair only while two sources that have nothing to do with each other (another adapter and another origin) speak of it,
neither is stale or crossed, they agree, and the newest rate is no lone jump.

A quote fixes one side, says every part of its price, is signed, lives five minutes and is used at most once. It is used
by a conversion: clearance, quote, postings over two assets through the house's position, receipt and audit entry are
one transaction. Whether a quote is over is decided once, by the later of the database's time and the highest time that
was ever written down, so a clock that is set back revives nothing.

A hedge is an order with a provider. One whose fate is not known stays unknown until the provider was asked by our own
reference; it is never sent again blindly.

Never computes with a float, never rounds in silence (rule, favoured side and residue are named, the residue is
posted), never quotes from one source alone, never moves money that was not cleared.

States of a quote: active -> used | expired | cancelled. States of a hedge: planned -> sending -> done | refused |
unknown; unknown -> done | refused | planned, the last only after the provider said that it knows of none.
Invariants: one conversion for a quote; its transfers are linked, and happen together with the quote's use or not at
all; what the positions say of an asset is what the house's position account in the ledger holds.
"""
