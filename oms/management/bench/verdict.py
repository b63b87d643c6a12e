"""``verdict``: from a key in the ticket to what risk says of the order on the screen, while others trade."""

import itertools
import threading
import time
from collections.abc import Iterator

from playwright.sync_api import Page

from oms.management.bench.figure import Figure, percentiles
from oms.management.bench.line import marketable
from oms.management.bench.wall import orders, window
from oms.stack.running import Running

KEYS, WARM, LONGEST_S = 100, 10, 60.0
RATE, BATCH = 100, 10
# From a key's own time until the frame after the change of the verdict is drawn, and what the answer took of that.
LISTEN = """
() => {
  const place = document.querySelector("#t-whatif");
  const seen = (window.__verdicts = []);
  let pressed = null;
  addEventListener("keydown", ({ timeStamp }) => (pressed = timeStamp), true);
  new MutationObserver(() => {
    if (pressed === null || place.getAttribute("aria-busy") !== "false") return;
    const [since, answer] = [pressed, Number(place.dataset.ms)];
    pressed = null;
    requestAnimationFrame(() => setTimeout(() => seen.push([performance.now() - since, answer])));
  }).observe(place, { attributes: true, attributeFilter: ["aria-busy"] });
}
"""

# Until more than so many verdicts were seen.
SEEN = """
(count) => new Promise((done) => {
  const look = () => (window.__verdicts.length > count ? done() : requestAnimationFrame(look));
  look();
})
"""


class Others(threading.Thread):
    """Enter so many orders a second over REST until told to stop."""

    def __init__(self, system: Running) -> None:
        super().__init__(daemon=True)
        self.system, self.orders = system, itertools.cycle(marketable(system, 1_000))
        self.ended = threading.Event()
        self.entered, self.took_s = 0, 0.0

    def run(self) -> None:
        """Ten at a time; what the system cannot take is not made up for."""
        begun = time.monotonic()
        while not self.ended.wait(BATCH / RATE - (time.monotonic() - begun) % (BATCH / RATE)):
            self.entered += len(self.system.enter(*itertools.islice(self.orders, BATCH)))
            self.took_s = time.monotonic() - begun

    def stop(self) -> None:
        """After the batch that is under way."""
        self.ended.set()
        self.join(30)


def verdict(system: Running) -> Iterator[Figure]:
    """A hundred keys in quantity and price, each followed by its verdict: first alone, then beside others."""
    orders.template(system)
    with window.chromium() as browser:
        page = window.opened(window.signed_in(browser, system, "trader"), system, orders.DESK)
        typed = {"#t-qty": "100", "#t-price": f"{orders.bid(system) * orders.FAR:.2f}"}
        _fill_in(page, typed)
        page.evaluate(LISTEN)
        yield _figure("verdict_alone", _pressed(page, typed), 0.0)
        others = Others(system)
        others.start()
        samples = _pressed(page, typed)
        others.stop()
    yield _figure("verdict", samples, others.entered / others.took_s)


def _figure(name: str, samples: list[list[float]], rate: float) -> Figure:
    shown, answered = ([pair[at] / 1000 for pair in samples] for at in (0, 1))
    (p50, p99), (asked50, asked99) = percentiles(shown), percentiles(answered)
    return Figure(
        name=name,
        value=p99,
        unit="ms at p99, key to drawn verdict",
        p50_ms=p50,
        p99_ms=p99,
        parts={"answer_p50_ms": asked50, "answer_p99_ms": asked99, "orders_a_s": rate},
        note=f"{len(samples)} keys in the ticket, one after the other; meanwhile others enter so many market orders a"
        f" second over REST, {RATE} if two cores take them",
    )


def _fill_in(page: Page, typed: dict[str, str]) -> None:
    """A limit order that only lacks to be sent."""
    for keys in ("Escape", "n"):
        page.keyboard.press(keys)
    page.keyboard.type("AAPL")
    page.keyboard.press("Enter")
    page.wait_for_selector("#t-side:focus")
    for field, value in typed.items():
        page.fill(field, value)
    page.wait_for_selector("#t-whatif[aria-busy=false]:not([hidden])")


def _pressed(page: Page, typed: dict[str, str]) -> list[list[float]]:
    """What was seen of each key, once the page is warm; of fewer keys when it takes long."""
    page.evaluate("window.__verdicts.length = 0")
    begun = time.monotonic()
    for count in range(KEYS + WARM):
        _press(page, count, typed)
        if time.monotonic() - begun > LONGEST_S:
            break
    samples: list[list[float]] = page.evaluate("window.__verdicts")
    return samples[WARM:]


def _press(page: Page, count: int, typed: dict[str, str]) -> None:
    """Take the last digit away or type it again, ten times in one field, then in the other; await the verdict."""
    field = list(typed)[count // 10 % 2]
    page.focus(field)
    page.keyboard.press("End")
    page.keyboard.press(typed[field][-1] if count % 2 else "Backspace")
    page.evaluate(SEEN, count)
