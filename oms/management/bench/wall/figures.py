"""Figures of the page: first rows, frames under load, age of what is drawn, heap; and a peer under the same load."""

import re
import statistics
from collections.abc import Iterator
from typing import NamedTuple

from playwright.sync_api import Browser, BrowserContext, Page

from oms.management.bench.figure import Figure
from oms.management.bench.wall import orders, peer, window
from oms.management.bench.wall.feeder import Feeder
from oms.stack.running import Running

FEW, MANY = 5_000, 100_000
RATES = (5_000, 20_000)
PEER_RATE = 5_000
# Until the page has taken in what the start of a rate brings; then so many rounds.
WARM_S, ROUNDS, ROUND_S = 5.0, 5, 6.0
LOAD_S = WARM_S + ROUNDS * ROUND_S
WAY = re.compile(r"server sent it: (\d+) and (\d+) ms")


class Under(NamedTuple):
    """What a page made of a rate of changes."""

    fps: float
    longest_task_ms: float
    feeder_late_s: float


def wall(system: Running) -> Iterator[Figure]:
    """The blotter with 5,000 and 100,000 working orders, standing still and at 5,000 and 20,000 changes a second."""
    like = orders.template(system)
    with orders.asleep(system), window.chromium() as browser:
        context = window.signed_in(browser, system, "trader")
        for count in (FEW, MANY):
            orders.fill_up(system, like, count)
            page = window.opened(context, system, orders.DESK)
            yield _first_rows(page, count)
            if count == FEW:
                page.close()
        page.fill("#filter", "side:buy")
        page.locator("#orders-grid .slick-header-column", has_text="Avg px").click()
        floor = _empty(browser)
        ours = {}
        for rate in RATES:
            ours[rate], figure = _ours(system, page, rate, floor)
            yield figure
        page.close()
        yield _peer(system, context, ours[PEER_RATE])


def _first_rows(page: Page, count: int) -> Figure:
    drawn, waited, size = page.evaluate(window.FIRST_ROW)
    return Figure(
        name=f"wall_open_{count}",
        value=drawn,
        unit="ms from the end of the response to the first rows",
        parts={"response_ms": waited, "response_mib": size / 2**20, "heap_mib": window.heap_mib(page)},
        note=f"{count} working orders",
    )


def _empty(browser: Browser) -> float:
    """Frames a second of a page with nothing on it."""
    page = browser.new_page(viewport=window.SIZE)
    fps, _ = window.frames(page, ROUND_S)
    page.close()
    return fps


def _under(system: Running, page: Page, rate: int) -> Under:
    feeder = Feeder(system, orders.DESK, *window.images(page, system, orders.DESK), rate, LOAD_S)
    with orders.relay_away(system):
        feeder.start()
        window.frames(page, WARM_S)
        rounds = [window.frames(page, ROUND_S) for _ in range(ROUNDS)]
        feeder.stop()
    longest = statistics.median(max(long, default=0.0) for _, long in rounds)
    return Under(statistics.median(fps for fps, _ in rounds), longest, feeder.late_s)


def _ours(system: Running, page: Page, rate: int, floor: float) -> tuple[float, Figure]:
    under = _under(system, page, rate)
    age_p50, age_p99 = (float(page.inner_text(f"#lat-{name}")) for name in ("p50", "p99"))
    found = WAY.search(page.get_attribute("#lat", "title") or "")
    assert found, "the page says how long changes were on the way"
    page.wait_for_selector("#feed-state[data-state=live]")
    return under.fps, Figure(
        name=f"wall_{rate}",
        value=under.fps,
        unit="frames/s",
        against="an empty page",
        against_value=floor,
        ratio=under.fps / floor,
        p50_ms=float(found[1]),
        p99_ms=float(found[2]),
        parts={
            "longest_task_ms": under.longest_task_ms,
            "feeder_late_s": under.feeder_late_s,
            "heap_mib": window.heap_mib(page),
            "age_p50_ms": age_p50,
            "age_p99_ms": age_p99,
        },
        note=f"{MANY} orders, filtered, sorted by what moves, {rate} changes a second; from the server's sending to"
        " paint; ages from the stream, conflated there for 100 ms, to paint",
    )


def _peer(system: Running, context: BrowserContext, ours: float) -> Figure:
    """AG Grid Community, which keeps, filters and sorts the rows itself."""
    page = peer.opened(context, system, orders.DESK)
    under = _under(system, page, PEER_RATE)
    return Figure(
        name=f"wall_peer_{PEER_RATE}",
        value=ours,
        unit="frames/s",
        against="AG Grid Community's own row model",
        against_value=under.fps,
        ratio=ours / under.fps,
        parts={
            **peer.on_the_way(page),
            "their_longest_task_ms": under.longest_task_ms,
            "their_heap_mib": window.heap_mib(page),
        },
        note=f"the same {MANY} orders, columns, filter, sort and frames",
    )
