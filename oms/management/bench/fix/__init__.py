"""Clients over FIX: NewOrderSingle to first ExecutionReport over TCP, through the acceptor of a whole system."""
