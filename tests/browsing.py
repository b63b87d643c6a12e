"""Chromium on the system that modules share: pages of people, watched for complaints, and what tests do on them."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from oms.stack.running import Running
from tests import sharing

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZE: Any = {"width": 1600, "height": 900}
# What is waited for comes at once as a rule; on a busy machine it may take longer than Playwright's five seconds.
SOON_MS = 20_000
expect.set_options(timeout=SOON_MS)
# Beside other tests quotes may be old for a moment, and risk refuses what it cannot value.
BLIND = {"DATA_MISSING", "DATA_STALE"}
# The browser notes refused orders (4xx), and lines that the tests cut; that is no complaint about the page.
EXPECTED = ("status of 4", "status of 5", "WebSocket connection", "ERR_FAILED", "ERR_CONNECTION", "ERR_CONTENT_LENGTH")


@pytest.fixture(scope="module")
def system() -> Running:
    """The system that modules share."""
    return sharing.system()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser."""
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Desk:
    """A page that is watched for anything a browser complains of: errors of scripts, refusals of the CSP."""

    def __init__(self, system: Running, context: BrowserContext) -> None:
        self.system, self.page = system, context.new_page()
        self.page.set_default_timeout(SOON_MS)
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda message: self._listen(message.type, message.text))

    def _listen(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not any(word in text for word in EXPECTED):
            self.complaints.append(text)

    def log_in(self, username: str = "trader") -> Page:
        """By keyboard, to a page that is live."""
        self.page.goto(f"{self.system.url}/login/")
        expect(self.page.locator("[name=username]")).to_be_focused()
        self.page.keyboard.type(username)
        self.page.keyboard.press("Tab")
        self.page.keyboard.type(self.system.user(username)["password"])
        self.page.keyboard.press("Enter")
        expect(self.page.locator("#feed-word")).to_have_text("LIVE", timeout=SOON_MS)
        return self.page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def row(self, order_id: str) -> Any:
        return self.page.locator(f"#orders-{order_id}")

    def ticket(self, symbol: str, side: str, qty: str, price: str = "", tif: str = "") -> None:
        """Fill in a ticket with the keyboard alone; no price means a market order."""
        page = self.page
        self.press("Escape", "n")
        page.keyboard.type(symbol)
        self.press("Enter")
        expect(page.locator("#t-side")).to_be_focused()
        self.press(side, "Tab")
        page.keyboard.type(qty)
        self.press("Tab")
        if price:
            self.press("Tab")
            page.keyboard.type(price)
        else:
            page.keyboard.type("M")
        self.press("Tab")
        page.keyboard.type(tif)

    def send(self) -> None:
        """Ctrl+Enter, once the ticket may send: without the feed, which a busy machine loses for a moment, it does not."""
        expect(self.page.locator("#t-send")).to_be_enabled()
        self.press("Control+Enter")

    def entered(self) -> str:
        """The number of the order that the ticket says it entered; the same order as a moment ago is meant."""
        answer = self.page.locator("#t-answer .good b")
        self.page.wait_for_selector("#t-answer .good b, #t-send[data-step=twice]")
        if self.page.locator("#t-send[data-step=twice]").count():
            self.press("Enter")
        expect(answer).to_contain_text("Entered as order")
        return answer.inner_text().rsplit(" ", 1)[1]

    def bid(self) -> float:
        """The best bid of the instrument on the ticket, as the page shows it."""
        self.page.wait_for_selector("#touch:not([hidden])")
        return float(self.page.inner_text("#touch-bid").replace(",", ""))


@pytest.fixture
def signed_out(system: Running, chromium: Browser) -> Iterator[Desk]:
    """A window in which nobody has signed in yet; it may not complain of anything."""
    context = chromium.new_context(viewport=SIZE)
    made = Desk(system, context)
    yield made
    context.close()
    assert made.complaints == []


@pytest.fixture
def price(system: Running) -> Callable[[float], str]:
    """A price in cents at so many times the bid of AAPL."""

    def at(times: float) -> str:
        quotes = system.call("GET", "/api/v1/quotes/?symbol=AAPL").body["results"]
        best = max(float(quote["bid_px"]) for quote in quotes if quote["bid_px"])
        return f"{best * times:.2f}"

    return at


def word(name: str) -> re.Pattern[str]:
    """A class among others."""
    return re.compile(rf"(^|\s){name}(\s|$)")


def path_of(path: str) -> re.Pattern[str]:
    return re.compile(re.escape(path))


def status(desk: Desk, order_id: str, word: str) -> None:
    expect(desk.row(order_id).locator(".status")).to_contain_text(word, timeout=SOON_MS)


def rests(system: Running, price: Callable[[float], str], qty: str = "100", account: str = "EQ-CORE") -> str:
    """An order that rests below the market."""
    order = {
        "account": account, "symbol": "AAPL", "side": "buy", "ord_type": "limit", "order_qty": qty,
        "time_in_force": "day", "price": price(0.97),
    }  # fmt: skip
    order_id = accepted(system, order)
    system.until("it rests", lambda: status_of(system, order_id) == "new")
    return order_id


def accepted(system: Running, order: dict[str, str]) -> str:
    """Enter it; once more while nobody can value it. The number it has."""

    def entered() -> Any:
        [answer] = system.enter(order)
        if "order" not in answer:
            assert {error["code"] for error in answer["problem"]["errors"]} <= BLIND, answer
        return answer.get("order")

    return str(system.until("an order is accepted", entered)["order_id"])


def copied(desk: Desk, *keys: str) -> str:
    """What the keys copy to the clipboard, which takes a moment."""
    read = "navigator.clipboard.readText()"
    desk.page.evaluate("navigator.clipboard.writeText('')")
    desk.press(*keys)
    return str(desk.system.until("it is copied", lambda: desk.page.evaluate(read)))


def headed(page: Page, *names: str) -> None:
    """The first columns of the orders."""
    headers = page.locator("#orders-grid .slick-header-column .slick-column-name")
    for nth, name in enumerate(names):
        expect(headers.nth(nth)).to_have_text(name)


def status_of(system: Running, order_id: str) -> Any:
    """OrdStatus of the order, over REST."""
    return system.call("GET", f"/api/v1/orders/{order_id}/").body["ord_status"]
