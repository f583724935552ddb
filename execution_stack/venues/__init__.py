"""Exchanges that others run: what is ordered there, what became of it, what it costs, and what is traded there.

Owns the port that every venue's adapter implements, and the units at it. Never owns intents, shares of participants
or the register of instruments, and never guesses: an answer that cannot be read with certainty is not an answer.

An order that was sent and not answered with a clear yes or no is unknown. It stays unknown until it was read back by
the client order id under which it was sent; nothing is ever sent again under another id. Bodies are not signed at a
Kalshi-compatible exchange, so every order is read back and compared with what was meant.

Invariants: an amount is a whole number of micro-USD, a price a whole number of micro-USD per contract, a count a whole
number of hundredths of a contract; no float ever stands between an exchange's text and these numbers. Keys of an
exchange live here and nowhere else, and no log, error or repr holds one.
"""
