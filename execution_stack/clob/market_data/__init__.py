"""What the public may see of a book, as pure folds over its events: levels, trades, candles, the figures of a day.

The events of a book are its full feed (L3), and stay inside this stack. `orders` folds them into changes of price levels
(L2), which `levels` puts together again under the book's own sequence; `candles` and `day` are folds over trades. What
leaves these folds names no participant and no order, and of an iceberg only what it shows.
"""
