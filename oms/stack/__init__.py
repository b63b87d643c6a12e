"""Our own PostgreSQL, our own Valkey, and the process supervisor of ``make demo``.

Nothing here imports Django or the rest of the project: these are the processes that must be up before any of
it can start.
"""
