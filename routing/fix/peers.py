"""Who is at the other end: QuickFIX does not say from which address a Logon came, so its sockets are asked.

For an answer that decides who may come in, give the session's addresses (``Link.addresses``): QuickFIX compares those
with the very connection. What stands here is for records and for rules that need an address beside a password.
"""

import os
import socket
import struct
from collections.abc import Container

# tcpi_last_data_recv of struct tcp_info: milliseconds since the last data came, at byte 52.
_TCP_INFO_LENGTH, _LAST_DATA = 56, 52
_JUST_NOW_MS = 50


def connections(port: int) -> dict[int, tuple[str, int]]:
    """Connections to our ``port``: descriptor to the address of the other end and milliseconds since it last sent."""
    found = {}
    for name in os.listdir("/dev/fd"):
        peer = _peer(int(name), port)
        if peer is not None:
            found[int(name)] = peer
    return found


def caller(port: int, taken: Container[int]) -> tuple[int, str]:
    """Descriptor and address of the connection that sent just now, and is not ``taken`` by a session that is up.

    (-1, "") when that could be more than one address: no answer is better than a wrong one.
    """
    waiting = {fd: peer for fd, peer in connections(port).items() if fd not in taken}
    if len({address for address, _ in waiting.values()}) > 1:
        waiting = {fd: peer for fd, peer in waiting.items() if peer[1] <= _JUST_NOW_MS}
    addresses = {address for address, _ in waiting.values()}
    if len(addresses) != 1:
        return -1, ""
    return (next(iter(waiting)) if len(waiting) == 1 else -1), addresses.pop()


def _peer(descriptor: int, port: int) -> tuple[str, int] | None:
    try:
        copy = os.dup(descriptor)
    except OSError:
        return None
    try:
        found = socket.socket(fileno=copy)
    except OSError:
        os.close(copy)
        return None
    with found:
        try:
            if found.family not in (socket.AF_INET, socket.AF_INET6) or found.getsockname()[1] != port:
                return None
            return str(found.getpeername()[0]), _quiet_ms(found)
        except OSError:
            return None


def _quiet_ms(connection: socket.socket) -> int:
    option = getattr(socket, "TCP_INFO", None)
    if option is None:
        return 0
    info = connection.getsockopt(socket.IPPROTO_TCP, option, _TCP_INFO_LENGTH)
    return int(struct.unpack_from("=I", info, _LAST_DATA)[0]) if len(info) >= _TCP_INFO_LENGTH else 0
