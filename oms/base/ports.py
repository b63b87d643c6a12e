"""Ports of the loopback interface."""

import contextlib
import secrets
import socket


def free_port() -> int:
    """A TCP port nobody listens on just now. (QuickFIX takes no 0 for "any": it then finds no session for a logon.)

    It is below those that the system gives to every connection that is opened: there somebody would soon have it.
    """
    while True:
        port = 10_000 + secrets.randbelow(22_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
