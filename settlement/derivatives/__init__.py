"""Futures and options after the trade: settlement prices, variation margin, expiry, exercise and assignment."""
