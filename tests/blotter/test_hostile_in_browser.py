"""The page on a hostile network, on a desk whose clock is wrong, and when its session ends in the middle."""

import contextlib
import os
import random
import re
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg2
import pytest
from playwright.sync_api import Browser, Page, expect

from oms.stack.running import Running
from tests.blotter.copied import agree, children_shown, versions_shown, while_at_it
from tests.blotter.wire import MISHAPS, Wire
from tests.browsing import SIZE, SOON_MS, Desk, rests

pytestmark = [pytest.mark.browser, pytest.mark.system, pytest.mark.timeout(600)]

SEEDS = [int(seed) for seed in os.environ.get("SEEDS", "1").split(",")]
ROUNDS, MOST_ROUNDS, ACTIONS = 3, 9, 12
# The page's script sees a clock that is wrong by so many hours; its timers run as ever.
WRONG_CLOCK = """
(() => {
  const Right = Date, wrong = () => Right.now() + HOURS * 3_600_000;
  globalThis.Date = class extends Right {
    constructor(...given) { super(...(given.length ? given : [wrong()])); }
    static now() { return wrong(); }
  };
})()
"""


@pytest.fixture
def desk(system: Running, chromium: Browser) -> Iterator[Desk]:
    context = chromium.new_context(viewport=SIZE, permissions=["clipboard-read", "clipboard-write"])
    made = Desk(system, context)
    yield made
    context.close()
    # The test's own line hands what is late to websockets that were cut off meanwhile.
    assert [one for one in made.complaints if "already in CLOSING or CLOSED state" not in one] == []


class Trader:
    """Enters, amends and cancels orders over REST, by the dice."""

    def __init__(self, system: Running, dice: random.Random, price: Callable[[float], str]) -> None:
        self.system, self.dice = system, dice
        self.prices = [price(times) for times in (0.95, 0.96, 0.97, 1.01)]
        self.mine: list[str] = []

    def trade(self) -> None:
        for _ in range(ACTIONS):
            self.dice.choices([self.enter, self.amend, self.cancel], [5, 3, 2])[0]()

    def enter(self) -> None:
        orders = [self._order() for _ in range(self.dice.randint(1, 4))]
        self.mine += [answer["order"]["order_id"] for answer in self.system.enter(*orders) if answer["status"] < 300]

    def _order(self) -> dict[str, Any]:
        price = {"ord_type": "limit", "price": self.dice.choice(self.prices)}
        return {
            "account": self.dice.choice(["EQ-ALPHA", "EQ-CORE"]), "symbol": "AAPL", "side": "buy",
            "order_qty": str(self.dice.randint(1, 90)), "time_in_force": "day",
            **(price if self.dice.random() < 0.7 else {"ord_type": "market"}),
        }  # fmt: skip

    def amend(self) -> None:
        for one in self._some():
            new = {"order_qty": str(self.dice.randint(91, 200))}
            self.system.call("PATCH", f"/api/v1/orders/{one}/", new, If_Match="*")

    def cancel(self) -> None:
        for one in self._some():
            self.system.call("POST", f"/api/v1/orders/{one}/cancel/", {})

    def _some(self) -> list[str]:
        return self.dice.sample(self.mine, min(len(self.mine), 2))


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_the_network_does_the_page_ends_with_the_server_s_rows(
    desk: Desk, system: Running, price: Callable[[float], str], seed: int
) -> None:
    """Rounds of trading on a hostile line, each followed by a kind one on which every row is compared."""
    wire, trader = Wire(random.Random(seed)), Trader(system, random.Random(seed), price)
    desk.page.route_web_socket(re.compile("/ws/blotter/"), wire.lay)
    page = desk.log_in()
    versions_shown(desk)
    turn, wanted = -1, set(MISHAPS) - {"half"}
    # How many messages a round has is the machine's affair: where one mishap has not come up yet, there is another.
    while (turn := turn + 1) < ROUNDS or (turn < MOST_ROUNDS and not wanted <= set(wire.happened)):
        wire.hostile = True
        while_at_it(desk, trader.trade)
        wire.be_kind()
        expect(page.locator("#feed-word")).to_have_text("LIVE", timeout=SOON_MS)
        if turn == ROUNDS - 1:
            children_shown(desk, 5)
        assert agree(desk) == [], f"seed {seed}, round {turn}, what happened to messages: {wire.happened}"
        expect(page.locator("#feed-word")).to_have_text("LIVE")
    desk.press("o", "Home")
    expect(page.locator("#orders-grid .slick-row.child").first).to_be_visible()
    assert set(wire.happened) >= wanted, f"seed {seed}: {wire.happened}"


def test_a_desk_whose_clock_is_wrong_by_hours_sees_what_is_fresh_and_what_is_old(
    system: Running, chromium: Browser, price: Callable[[float], str]
) -> None:
    """One clock is ahead, one behind; then the market falls silent, and both say so."""
    order_id = rests(system, price)
    with contextlib.ExitStack() as stack:
        pages = [_at_wrong_time(stack, system, chromium, hours) for hours in (5, -7)]
        for page in pages:
            _sees_what_is_fresh(page, order_id)
        feed = system.pid("gateway-feed")
        os.kill(feed, signal.SIGSTOP)
        stack.callback(os.kill, feed, signal.SIGCONT)
        for page in pages:
            page.locator("#ladder-arm").click()
            expect(page.locator("#ladder")).to_have_attribute("data-stale", "true", timeout=SOON_MS)
            expect(page.locator("#touch")).to_have_attribute("data-stale", "true")
            expect(page.locator("#touch")).to_have_attribute("title", re.compile(r"The last quote is (\d+m )?\d+s old"))
            expect(page.locator("#ladder-arm")).to_have_attribute("aria-pressed", "false")


def _at_wrong_time(stack: contextlib.ExitStack, system: Running, chromium: Browser, hours: int) -> Page:
    """A page that looks at AAPL, at a desk whose clock is wrong."""
    desk = Desk(system, chromium.new_context(viewport=SIZE))
    stack.callback(desk.page.context.close)
    desk.page.add_init_script(WRONG_CLOCK.replace("HOURS", str(hours)))
    page = desk.log_in()
    assert abs(page.evaluate("Date.now()") / 1000 - datetime.now(UTC).timestamp()) > 3600
    desk.ticket("AAPL", "b", "1")
    expect(page.locator("#ladder .level.bid .bid b")).to_have_text(re.compile(r"\d"), timeout=SOON_MS)
    return page


def _sees_what_is_fresh(page: Page, order_id: str) -> None:
    expect(page.locator("#feed-word")).to_have_text("LIVE")
    expect(page.locator("#touch")).to_have_attribute("data-stale", "false", timeout=SOON_MS)
    expect(page.locator("#ladder")).to_have_attribute("data-stale", "false")
    page.locator("#ladder-arm").click()
    expect(page.locator("#ladder-arm")).to_have_attribute("aria-pressed", "true")
    page.locator("#ladder-arm").click()
    # An order of a moment ago is seconds or minutes old, and the clock on the page is the server's.
    age = re.compile(r"api(?!0s)(\d{1,2}m )?\d{1,2}s")
    expect(page.locator(f"#orders-{order_id}")).to_contain_text(age, timeout=SOON_MS)
    shown = datetime.strptime(page.inner_text("#clock"), "%H:%M:%S UTC").time()
    now = datetime.now(UTC)
    seconds = abs((now - datetime.combine(now.date(), shown, UTC)).total_seconds())
    assert min(seconds, 86_400 - seconds) < 60


def deleted_from_the_database(page: Page, system: Running) -> None:
    """Nothing rings when a statement of somebody's own takes the session away."""
    [key] = [one["value"] for one in page.context.cookies() if one["name"] == "sessionid"]
    with contextlib.closing(psycopg2.connect(system.facts["database_url"])) as database, database.cursor() as cursor:
        cursor.execute("DELETE FROM django_session WHERE session_key = %s", [key])
        assert cursor.rowcount == 1
        database.commit()


def signed_out_in_another_tab(page: Page, system: Running) -> None:
    other = page.context.new_page()
    other.goto(f"{system.url}/blotter/")
    other.get_by_role("button", name="Sign out").click()
    expect(other).to_have_url(re.compile("/login/"))
    other.close()


@pytest.mark.parametrize("ends", [deleted_from_the_database, signed_out_in_another_tab])
def test_a_session_that_ends_in_the_middle_leaves_nothing_that_looks_alive_or_sends(
    desk: Desk, system: Running, price: Callable[[float], str], ends: Callable[[Page, Running], None]
) -> None:
    rests(system, price)
    page = desk.log_in()
    expect(page.locator("#orders-grid .slick-row").first).to_be_visible(timeout=SOON_MS)
    desk.ticket("AAPL", "b", "57", price(0.97))
    before = _entered(system)
    ends(page, system)
    # It may not have been told yet: what is sent is refused, however often.
    desk.press("Control+Enter", "Control+Enter")
    expect(page.locator("#feed-word")).to_have_text("OFFLINE", timeout=SOON_MS)
    expect(page.locator("#signed-out")).to_contain_text("your session has ended. Nothing is shown any more.")
    for table in ("orders", "executions", "positions"):
        expect(page.locator(f"#{table}-grid .slick-row")).to_have_count(0)
    expect(page.locator("#t-send")).to_be_disabled()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method != "GET" else None)
    desk.press("Control+Enter", "Enter", "Escape", "o", "Delete", "a")
    page.locator("#ladder-arm").click(force=True)
    expect(page.locator("#ladder-arm")).to_have_attribute("aria-pressed", "false")
    assert (sent, _entered(system)) == ([], before)


def _entered(system: Running) -> str:
    """The newest order there is."""
    return str(system.call("GET", "/api/v1/orders/?limit=1").body["results"][0]["order_id"])
