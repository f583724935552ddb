"""Decisions of foreign exchange, pure: the board, the price, the postings, the position."""
