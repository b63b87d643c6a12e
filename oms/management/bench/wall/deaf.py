"""A page that subscribes and then never reads again, and what a process holds in memory."""

import contextlib
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from websockets.client import ClientProtocol
from websockets.http11 import Response
from websockets.typing import Origin
from websockets.uri import parse_uri

from oms.stack.running import Running


@contextlib.contextmanager
def deaf(system: Running, cookie: str, desk: str) -> Iterator[None]:
    """Inside this block such a page is connected: it has heard the answer to its subscription, and nothing since."""
    address = system.url.replace("http", "ws") + "/ws/blotter/"
    protocol = ClientProtocol(parse_uri(address), origin=Origin(system.url), max_size=None)
    place = urlsplit(system.url)
    with socket.create_connection((place.hostname or "", place.port or 80)) as line:
        asked = protocol.connect()
        asked.headers["Cookie"] = cookie
        protocol.send_request(asked)
        _until(line, protocol, lambda event: isinstance(event, Response))
        for message in (
            {"op": "hello", "v": 1, "tab": "deaf"},
            {"op": "sub", "s": f"orders@{desk}", "since": None},
        ):
            protocol.send_text(json.dumps(message).encode())
        _until(line, protocol, lambda event: b'"t":"resync"' in getattr(event, "data", b""))
        yield


def _until(line: socket.socket, protocol: ClientProtocol, wanted: Any) -> None:
    """Say what is to be said, and read until this is heard."""
    while True:
        for data in protocol.data_to_send():
            line.sendall(data)
        if any(wanted(event) for event in protocol.events_received()):
            return
        heard = line.recv(65_536)
        assert heard, "the hub goes on talking"
        protocol.receive_data(heard)


def resident_mib(pid: int) -> float:
    """What of the process's memory is in RAM and nobody else's."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    held = {words[0]: words[1] for line in lines if len(words := line.split()) == 3 and words[2] == "kB"}
    return (int(held["Private_Dirty:"]) + int(held["Private_Clean:"])) / 1024


def cpu_s(pid: int) -> float:
    """Seconds of a core that the process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
