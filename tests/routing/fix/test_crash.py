"""Kill -9 in the middle of the flow: what was not kept is sent again, in every version of FIX."""

import subprocess
import sys
from pathlib import Path

import pytest

from oms.base.ports import free_port
from routing.fix.engine import Engine, wait_for
from routing.fix.parts import VERSIONS
from tests.routing.fix.acceptor import read
from tests.routing.fix.sessions import ORDER, links
from tests.routing.venues import ROOT

ORDERS, KILLS = 300, 3


@pytest.mark.parametrize("version", VERSIONS)
def test_nothing_is_lost_and_nothing_twice_when_the_acceptor_is_killed(tmp_path: Path, version: str) -> None:
    port, number = free_port(), 900 + VERSIONS.index(version)
    command = [
        sys.executable,
        "-m",
        "tests.routing.fix.acceptor",
        str(tmp_path / "server"),
        str(port),
        version,
        str(number),
    ]
    _, theirs = links(port, number, version=version)
    client = Engine([theirs], "initiator", tmp_path / "client", on_message=lambda *_: None)
    kept = tmp_path / "server" / "kept.jsonl"
    server = subprocess.Popen(command, cwd=ROOT)
    try:
        client.start()
        assert wait_for(lambda: client.is_logged_on(theirs.name), 60)
        for order in range(ORDERS):
            client.send(theirs.name, "D", ORDER | {"cl_ord_id": str(order)})
            if order % (ORDERS // KILLS) == ORDERS // KILLS // 2:
                server.kill()
                server.wait()
                server = subprocess.Popen(command, cwd=ROOT)
        assert wait_for(lambda: len({line["cl_ord_id"] for line in read(kept)}) == ORDERS, 90)
        lines = read(kept)
        # The same place may be written twice; two places for one order would be two orders.
        places = {(line["incarnation"], line["seq"]): line["cl_ord_id"] for line in lines}
        assert sorted(map(int, places.values())) == list(range(ORDERS))
        assert len({line["incarnation"] for line in lines}) == 1
    finally:
        client.stop()
        server.kill()
        server.wait()
