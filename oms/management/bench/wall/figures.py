"""Figures of the page: first rows, frames under load, age of what is drawn, heap."""

import statistics
from collections.abc import Iterator

from playwright.sync_api import Browser, Page

from oms.management.bench.figure import Figure
from oms.management.bench.wall import orders, window
from oms.management.bench.wall.feeder import Feeder
from oms.stack.running import Running

FEW, MANY = 5_000, 100_000
RATES = (5_000, 20_000)
ROUNDS, ROUND_S = 5, 6.0


def wall(system: Running) -> Iterator[Figure]:
    """The blotter with 5,000 and 100,000 working orders, standing still and at 5,000 and 20,000 changes a second."""
    like = orders.template(system)
    with orders.asleep(system), window.chromium() as browser:
        context = window.signed_in(browser, system, "trader")
        for count in (FEW, MANY):
            orders.fill_up(system, like, count)
            page = window.opened(context, system, orders.DESK)
            drawn, waited, size = page.evaluate(window.FIRST_ROW)
            yield Figure(
                name=f"wall_open_{count}",
                value=drawn,
                unit="ms from the end of the response to the first rows",
                parts={"response_ms": waited, "response_mib": size / 2**20, "heap_mib": window.heap_mib(page)},
                note=f"{count} working orders",
            )
            if count == FEW:
                page.close()
        page.fill("#filter", "side:buy")
        page.locator("#orders-grid .slick-header-column", has_text="Avg px").click()
        floor = _empty(browser)
        for rate in RATES:
            yield _under(system, page, rate, floor)


def _empty(browser: Browser) -> float:
    """Frames a second of a page with nothing on it."""
    page = browser.new_page(viewport=window.SIZE)
    fps, _ = window.frames(page, ROUND_S)
    page.close()
    return fps


def _under(system: Running, page: Page, rate: int, floor: float) -> Figure:
    feeder = Feeder(system, orders.DESK, *window.images(page, system, orders.DESK), rate)
    feeder.start()
    window.frames(page, 2.0)
    rounds = [window.frames(page, ROUND_S) for _ in range(ROUNDS)]
    p50, p99 = (float(page.inner_text(f"#lat-{name}")) for name in ("p50", "p99"))
    feeder.stop()
    page.wait_for_selector("#feed-state[data-state=live]")
    fps = statistics.median(one for one, _ in rounds)
    longest = statistics.median(max(long, default=0.0) for _, long in rounds)
    return Figure(
        name=f"wall_{rate}",
        value=fps,
        unit="frames/s",
        against="an empty page",
        against_value=floor,
        ratio=fps / floor,
        p50_ms=p50,
        p99_ms=p99,
        parts={"longest_task_ms": longest, "feeder_late_s": feeder.late_s, "heap_mib": window.heap_mib(page)},
        note=f"{MANY} orders, filtered, sorted by what moves, {rate} changes a second; age from stream to paint",
    )
