"""What operators see: every channel's orders and trades."""

from execution_stack.clob.repo import books, listing

Order, Trade, Listed = listing.Order, listing.Trade, books.Listed
orders, trades, every = listing.orders, listing.trades, books.every
