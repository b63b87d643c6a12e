"""A blotter page without a screen: signs in, opens the websocket, notes when each execution arrives."""

import contextlib
import http.cookiejar
import json
import re
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import psycopg2
from websockets.sync.client import connect
from websockets.typing import Origin

from oms.stack.running import Running

TABLE = "executions"
RECORDED = "SELECT id, extract(epoch FROM recorded_at) FROM orders_executionreport WHERE id = ANY(%s)"


def signed_in(system: Running, username: str) -> tuple[urllib.request.OpenerDirector, str]:
    """Somebody's browser, as far as HTTP goes, and its cookies as a header."""
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    page = browser.open(f"{system.url}/login/").read().decode()
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found, "the login form has a token"
    user = system.user(username)
    form = {name: user[name] for name in ("username", "password")} | {"csrfmiddlewaretoken": found[1]}
    sent = urllib.parse.urlencode(form).encode()
    browser.open(urllib.request.Request(f"{system.url}/login/", sent, {"Referer": system.url})).read()
    return browser, "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


class Watcher:
    """Subscribes the executions of every desk of the trader, and acknowledges what it gets as the page does."""

    def __init__(self, system: Running) -> None:
        self.system = system
        self.seen: dict[int, float] = {}

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """The page is open inside this block; every desk is subscribed when it begins."""
        self._http, cookies = signed_in(self.system, "trader")
        address = self.system.url.replace("http", "ws") + "/ws/blotter/"
        with connect(address, origin=Origin(self.system.url), additional_headers={"Cookie": cookies}) as socket:
            self._subscribe(socket)
            reader = threading.Thread(target=self._read, args=(socket,), daemon=True)
            reader.start()
            yield
            socket.close()
            reader.join(5)

    @property
    def delays_s(self) -> list[float]:
        """Seconds to arrival, for each fill, from the clock reading of the transaction that recorded it."""
        with contextlib.closing(psycopg2.connect(self.system.facts["database_url"])) as database:
            cursor = database.cursor()
            cursor.execute(RECORDED, [list(self.seen)])
            return [self.seen[row] - float(at) for row, at in cursor.fetchall()]

    def _subscribe(self, socket: Any) -> None:
        socket.send(json.dumps({"op": "hello", "v": 1, "tab": "bench"}))
        welcome = json.loads(socket.recv())
        desks = welcome["perms"]["desks"]
        for desk in desks:
            socket.send(json.dumps({"op": "sub", "s": f"{TABLE}@{desk}", "since": None}))
        waiting = len(desks)
        while waiting:
            message = json.loads(socket.recv())
            if message["t"] == "resync":
                snapshot = json.load(self._http.open(self.system.url + message["url"]))
                socket.send(json.dumps({"op": "resume", "s": message["s"], "since": snapshot["seq"]}))
            waiting -= message["t"] == "ok"

    def _read(self, socket: Any) -> None:
        frames = 0
        with contextlib.suppress(Exception):
            for text in socket:
                arrived = time.time()
                message = json.loads(text)
                if message["t"] in ("d", "ev"):
                    frames += 1
                    socket.send(json.dumps({"op": "ack", "c": frames}))
                    for row in message["n"]:
                        self.seen.setdefault(row[0], arrived)
