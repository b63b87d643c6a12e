"""The gateways: one process a FIX session, outbox to wire and wire to inbox."""
