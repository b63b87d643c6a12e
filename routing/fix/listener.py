"""Keep a listening socket off the network: QuickFIX listens on every interface and has no setting for it."""

import os
import socket
from collections.abc import Callable

BACKLOG = 16


def listen_instead(host: str, port: int, start: Callable[[], None]) -> int:
    """Run ``start``, which opens one listening socket on some other port, and put ours in its place.

    A ``host`` with a slash in it is the path of a socket in the file system, for a front on the same machine.
    Our socket, bound to ``host`` and ``port``, takes over the descriptor of the other, which is thereby closed.
    QuickFIX polls descriptors by number, so from its next poll (at most a second later) it accepts from ours.
    Answers the descriptor. Raises OSError when the address is taken, before anything was started.
    """
    with socket.socket(socket.AF_UNIX if "/" in host else socket.AF_INET) as listener:
        if "/" in host:
            listener.bind(host)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
        listener.listen(BACKLOG)
        before = _listening()
        start()
        (opened,) = _listening() - before
        _put(listener, opened)
    return opened


def listen_nowhere(descriptor: int) -> None:
    """Give the address of ``descriptor`` free: what listens there from now on is a port that nobody was told of."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(BACKLOG)
        _put(listener, descriptor)


def _put(listener: socket.socket, descriptor: int) -> None:
    blocking = os.get_blocking(descriptor)
    os.dup2(listener.fileno(), descriptor, inheritable=False)
    os.set_blocking(descriptor, blocking)


def _listening() -> set[int]:
    return {int(name) for name in os.listdir("/dev/fd") if _is_listening(int(name))}


def _is_listening(descriptor: int) -> bool:
    try:
        copy = os.dup(descriptor)
    except OSError:
        return False
    try:
        found = socket.socket(fileno=copy)
    except OSError:
        os.close(copy)
        return False
    with found:
        try:
            return bool(found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
        except OSError:
            return False
