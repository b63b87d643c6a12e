"""A simulated market of three venues: somebody else's system, which knows ours by its FIX messages only."""
