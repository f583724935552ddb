"""Pre-trade risk: what a participant may have open, trade in a day, hold, and how fast; and the switch that stops trading.

Owns the limits (defaults by category and level, and what is set for one participant or one instrument), who may trade
which instrument, the counters that limits are compared with, and stops. Judges orders before anything is pooled or
appended to a journal; whoever ends or fills an order gives back what it held, in the transaction that ends it.

Never places, changes or cancels an order, and never knows what becomes of one but by what it is told. An order that
only makes a position smaller is never refused for the position's size. Limits, lists and stops change under the lock of
the register of instruments, so what an operator does is in force for the very next core.

A stop: set by one operator at once; lifted by two. A set stop refuses new orders and amendments, never a cancel.
"""
