"""Who a trade is for: shares of it, their money, and that both sides agree about it."""
