"""The blotter in Chromium, on the whole running system: by keyboard, against real venues, with real refusals."""

import os
import re
import shutil
import signal
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from oms.stack.running import Running
from tests import sharing

pytestmark = [pytest.mark.browser, pytest.mark.system, pytest.mark.timeout(600)]

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
SOON_MS = 20_000
# The browser notes refused orders (4xx), and lines that the tests cut; that is no complaint about the page.
EXPECTED = ("status of 4", "status of 5", "WebSocket connection", "ERR_FAILED", "ERR_CONNECTION")


@pytest.fixture(scope="module")
def system() -> Running:
    return sharing.system()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
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
def desk(system: Running, chromium: Browser) -> Iterator[Desk]:
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


def test_a_trader_works_by_keyboard_alone(desk: Desk, price: Callable[[float], str]) -> None:
    page = desk.log_in()

    desk.ticket("AAPL", "b", "300")
    expect(page.locator("#t-send")).to_contain_text("Send BUY 300 AAPL at market")
    desk.press("Control+Enter")
    status(desk, desk.entered(), "FILLED")

    desk.ticket("AAPL", "b", "0.5k", price(0.97))
    desk.press("Enter")
    expect(page.locator("#t-send")).to_contain_text(f"Confirm BUY 500 AAPL @ {price(0.97)[:3]}")
    desk.press("Enter")
    resting = desk.entered()
    status(desk, resting, "WORKING")
    expect(desk.row(resting)).to_have_class(word("picked"))

    desk.press("Escape", "o", "a")
    expect(page.locator("#amend-title")).to_contain_text(f"Amend order {resting}")
    page.keyboard.type("700")
    desk.press("Enter")
    expect(page.locator("#amend")).to_be_hidden()
    expect(desk.row(resting).locator(".slick-cell").nth(4)).to_have_text("700", timeout=SOON_MS)
    status(desk, resting, "WORKING")

    desk.ticket("AAPL", "b", "200", price(0.96))
    desk.press("Enter", "Enter")
    third = desk.entered()
    status(desk, third, "WORKING")
    desk.press("Escape", "o", "Delete")
    expect(page.locator("#cancel-title")).to_contain_text(f"Cancel order {third}?")
    desk.press("Enter")
    status(desk, third, "CANCELED")
    status(desk, resting, "WORKING")

    desk.ticket("AAPL", "b", "90m", price(0.97))
    desk.press("Control+Enter")
    refusal = page.locator("#t-answer > div").first
    expect(refusal).to_be_visible(timeout=SOON_MS)
    assert " " in refusal.locator("b").inner_text().strip(), "a reason is a sentence"
    alert = page.locator(".alert[data-kind=reject]").first
    expect(alert).to_contain_text("BUY 90,000,000 AAPL", timeout=SOON_MS)


def test_risk_says_what_it_thinks_while_the_ticket_is_typed(desk: Desk, system: Running) -> None:
    """The verdict follows the keys with its numbers; nothing is sent; Shift Enter shows all of it; Enter sends."""
    page = desk.log_in()
    before = system.call("GET", "/api/v1/orders/?limit=1").body["results"]
    said, headline = page.locator("#t-whatif"), page.locator("#t-whatif header")
    desk.ticket("F", "b", "300")
    expect(headline).to_contain_text("Would be accepted")
    desk.ticket("F", "b", "300", "bid")
    expect(headline).to_contain_text("Would be accepted")
    expect(said.locator("li.brief")).not_to_have_count(0)
    expect(page.locator("#t-send")).to_contain_text(re.compile(r"Send BUY 300 F @ \d+\.\d\d"))

    page.locator("#t-qty").fill("")
    expect(said).to_be_hidden()
    page.locator("#t-qty").press_sequentially("60000", delay=20)
    expect(headline).to_contain_text("Would need to be acknowledged")
    warned = said.locator("li[data-outcome=soft]", has_text="PT-01")
    expect(warned).to_contain_text("Quantity 60,000 is above the warning level 50,000")
    expect(warned.locator("dl")).to_contain_text(re.compile(r"After\s*60,000\s*Limit\s*50,000\s*Room\s*0"))
    page.locator("#t-qty").press_sequentially("000", delay=20)
    expect(headline).to_contain_text("Would be refused")
    expect(page.locator("#t-verdict")).to_have_text("Would be refused")
    first = said.locator("li").first
    expect(first).to_have_attribute("data-outcome", "hard")
    expect(first.locator("p").first).to_contain_text("60,000,000")
    assert int(said.get_attribute("data-ms") or 0) > 0

    page.locator("#t-qty").fill("300")
    expect(headline).to_contain_text("Would be accepted")
    desk.press("Shift+Enter")
    expect(said.locator("li.brief")).to_have_count(0)
    expect(said.locator("li", has_text="PT-01")).to_contain_text(re.compile(r"Room\s*[\d,]+"))
    expect(said.locator("li", has_text="gross notional of")).not_to_have_count(0)
    assert system.call("GET", "/api/v1/orders/?limit=1").body["results"] == before
    desk.press("Control+Enter")
    desk.entered()
    expect(said).to_be_hidden()


def test_orders_are_merged_filled_and_split_by_keyboard(
    desk: Desk, system: Running, price: Callable[[float], str]
) -> None:
    """A block of two accounts gets its shares of a fill by telephone; an order is split among accounts."""
    page = desk.log_in()
    accounts = [code for code in system.call("GET", "/api/v1/me/").body["accounts"] if code.startswith("EQ")][:2]

    def staged(account: str, qty: int) -> str:
        terms = {"account": account, "symbol": "AAPL", "side": "buy", "ord_type": "limit", "order_qty": str(qty)}
        made = system.call("POST", "/api/v1/orders/", terms | {"price": price(0.97), "hold": "staged"})
        return str(made.body["order_id"])

    def choose(name: str) -> None:
        desk.press("w")
        expect(page.locator("#work")).to_be_visible()
        for _ in range(12):
            if name in page.inner_text("#work-send"):
                return
            desk.press("ArrowRight")
        raise AssertionError(f"{name} is not offered")

    first, second = staged(accounts[0], 600), staged(accounts[1], 400)
    status(desk, second, "STAGED")
    desk.row(second).click()
    desk.press("Shift+ArrowDown")
    choose("Merge into a block")
    desk.press("Enter")
    expect(page.locator("#work")).to_be_hidden()
    status(desk, first, "IN BLOCK")
    block = str(system.call("GET", f"/api/v1/order-lists/?kind=block&order_id={first}").body["results"][0]["list_id"])
    block = block.rsplit("-", 1)[1]
    status(desk, block, "BLOCK")
    desk.row(block).click()
    choose("Telephone fill")
    page.keyboard.type("500")
    desk.press("Tab")
    page.keyboard.type(price(0.97))
    desk.press("Enter")
    status(desk, block, "PARTIAL")
    shares = [system.call("GET", f"/api/v1/orders/{pk}/").body["cum_qty"] for pk in (first, second)]
    assert shares == ["300", "200"]

    whole = staged(accounts[0], 1000)
    status(desk, whole, "STAGED")
    desk.row(whole).click()
    choose("Split")
    page.keyboard.type("60% 39%")
    desk.press("Enter")
    expect(page.locator("#work-answer")).to_contain_text("come to 100", timeout=SOON_MS)
    desk.press("Control+a")
    page.keyboard.type(f"600 {accounts[1]} 400")
    desk.press("Enter")
    expect(page.locator("#work")).to_be_hidden(timeout=SOON_MS)
    expect(desk.row(whole).locator(".slick-cell").nth(4)).to_have_text("600", timeout=SOON_MS)


def test_a_basket_is_pasted_tried_entered_and_released(
    desk: Desk, system: Running, price: Callable[[float], str]
) -> None:
    page = desk.log_in()
    [account] = [code for code in system.call("GET", "/api/v1/me/").body["accounts"] if code.startswith("EQ")][:1]
    rows = [f"{account}\tAAPL\tbuy\tlimit\t100\t{price(times)}" for times in (0.97, 0.96, 0.95, 0.94)]
    table = "\n".join(
        ["account\tsymbol\tside\tord_type\torder_qty\tprice", *rows, f"{account}\tNOSUCH\tbuy\tlimit\t1\t1"]
    )
    desk.press("t")
    expect(page.locator("#basket-rows")).to_be_focused()
    page.locator("#basket-rows").fill(table)
    desk.press("Control+Enter")
    expect(page.locator("#basket-verdicts .bad").last).to_contain_text("UNKNOWN_INSTRUMENT", timeout=SOON_MS)
    expect(page.locator("#basket-send")).to_contain_text("Enter 4 of 5 rows")
    desk.press("Control+Enter")
    waves = page.locator("#basket-waves .wave").first
    expect(waves).to_contain_text("4 waiting", timeout=SOON_MS)
    waves.locator("input").fill("1")
    waves.get_by_role("button", name="rows").press("Enter")
    expect(waves).to_contain_text("Wave 1: 1 orders", timeout=SOON_MS)
    waves.get_by_role("button", name="All that wait").press("Enter")
    expect(waves).to_contain_text("0 waiting", timeout=SOON_MS)


def test_sending_twice_enters_one_order(desk: Desk, system: Running, price: Callable[[float], str]) -> None:
    """Five times in one turn of the page's event loop, and once more when the answer is lost on the way."""

    def entered(symbol: str) -> int:
        query = f"/api/v1/orders/?symbol={symbol}&limit=200"
        rows = system.call("GET", query, user="trader").body["results"]
        return len([row for row in rows if row["parent_id"] is None])

    page = desk.log_in()
    before = {symbol: entered(symbol) for symbol in ("MSFT", "AAPL")}
    desk.ticket("MSFT", "b", "100", "1.23")
    page.evaluate(
        """() => { for (let time = 0; time < 5; time += 1) document.querySelector("#ticket").dispatchEvent(
             new KeyboardEvent("keydown", { key: "Enter", ctrlKey: true })) }"""
    )
    desk.entered()
    assert entered("MSFT") == before["MSFT"] + 1

    def lose_the_answer(route: Any) -> None:
        route.fetch()
        route.abort()

    desk.ticket("AAPL", "b", "103", price(0.97))
    page.route("**/api/v1/orders/", lose_the_answer)
    with page.expect_event("requestfailed"):
        desk.press("Control+Enter")
    expect(page.locator("#t-answer")).to_contain_text("No answer came")
    page.unroute("**/api/v1/orders/")
    desk.press("Enter")
    status(desk, desk.entered(), "WORKING")
    assert entered("AAPL") == before["AAPL"] + 1


def test_what_others_do_appears_by_itself(desk: Desk, system: Running, price: Callable[[float], str]) -> None:
    page = desk.log_in()
    account = page.locator("#t-account option").first.get_attribute("value")
    reply = system.call(
        "POST",
        "/api/v1/orders/",
        {
            "account": account,
            "symbol": "AAPL",
            "side": "buy",
            "ord_type": "limit",
            "order_qty": "200",
            "price": price(1.002),
        },
        Idempotency_Key=uuid.uuid4().hex,
    )
    assert reply.status == 201, reply
    order_id = reply.body["order_id"]
    status(desk, order_id, "FILLED")
    desk.row(order_id).click()
    expect(page.locator("#timeline")).to_contain_text("Trade: 200")
    desk.press("ArrowRight")
    expect(page.locator(".slick-row.child").first).to_be_visible()
    page.locator("#linked").check()
    expect(page.locator("#executions-grid .slick-row").first).to_contain_text("200")
    desk.press("Control+Home")


def test_the_order_s_own_page_tells_it_from_entry_to_settlement(
    desk: Desk, system: Running, price: Callable[[float], str]
) -> None:
    page = desk.log_in()
    desk.ticket("AAPL", "b", "100", price(1.002))
    desk.press("Control+Enter")
    order_id = desk.entered()
    status(desk, order_id, "FILLED")
    page.goto(f"{system.url}/orders/{order_id}/")
    story = page.locator("#timeline")
    for words in ("Entered: buy 100 AAPL", "checks passed", "Routed by rule", "Trade: 100"):
        expect(story).to_contain_text(words, timeout=SOON_MS)
    expect(page.locator("#status .status")).to_contain_text("FILLED")
    expect(story).to_contain_text("settlement", timeout=SOON_MS)


def test_markup_in_data_stays_text(desk: Desk, system: Running, price: Callable[[float], str]) -> None:
    page = desk.log_in()
    account = page.locator("#t-account option").first.get_attribute("value")
    body = {
        "account": account,
        "symbol": "AAPL",
        "side": "buy",
        "ord_type": "limit",
        "order_qty": "100",
        "price": price(0.97),
    }
    name = f"<img src=x onerror=alert(1)>{uuid.uuid4().hex[:8]}"
    reply = system.call("POST", "/api/v1/orders/", {**body, "cl_ord_id": name}, Idempotency_Key=uuid.uuid4().hex)
    assert reply.status == 201, reply
    page.click("#do-columns")
    page.locator("#columns-list label", has_text="ClOrdID").locator("input").check()
    desk.press("Escape")
    page.fill("#filter", "clordid")
    page.fill("#filter", f"id:{reply.body['order_id']}")
    page.locator("#orders-grid .slick-viewport").first.evaluate("node => { node.scrollLeft = 4000 }")
    expect(desk.row(reply.body["order_id"])).to_contain_text(name)
    assert page.locator("#orders-grid img").count() == 0


def test_what_the_filter_shows_is_amended_and_canceled_after_a_look(
    desk: Desk, system: Running, price: Callable[[float], str]
) -> None:
    """By keyboard: new terms, what would happen, that; then the same with a cancel, and with rows picked by hand."""
    body = {"account": "EQ-INDEX", "symbol": "AAPL", "side": "buy", "ord_type": "limit", "order_qty": "100"}
    entered = [
        system.call("POST", "/api/v1/orders/", {**body, "price": price(at)}, Idempotency_Key=uuid.uuid4().hex).body[
            "order_id"
        ]
        for at in (0.91, 0.91, 0.92)
    ]
    page = desk.log_in()
    for one in entered:
        status(desk, one, "WORKING")
    desk.press("/")
    page.keyboard.type(f"order:{','.join(entered[:2])}")
    page.locator("#filter").evaluate("node => node.blur()")
    desk.press("m")
    expect(page.locator("#f-price")).to_be_focused()
    page.keyboard.type("2t")
    desk.press("Enter")
    expect(page.locator("#f-answer")).to_contain_text("price must be such as")
    page.locator("#f-price").fill("-2t")
    page.locator("#f-qty").fill("-50%")
    desk.press("Enter")
    expect(page.locator("#f-words")).to_contain_text(
        "Amends 2 orders in AAPL to price -2t and quantity -50% of what still works"
    )
    expect(page.locator("#f-rows tbody tr")).to_have_count(2)
    expect(page.locator("#f-send")).to_be_focused()
    desk.press("Enter")
    expect(page.locator("#f-words")).to_contain_text("2 orders amended, or asked to be amended.")
    desk.press("Enter")
    expect(page.locator("#filtered")).to_be_hidden()
    for one in entered[:2]:
        expect(desk.row(one).locator(".slick-cell").nth(4)).to_have_text("50", timeout=SOON_MS)
        status(desk, one, "WORKING")

    desk.press("x")
    expect(page.locator("#f-words")).to_contain_text("Cancels 2 orders in AAPL: 2 asked of")
    desk.press("Escape")
    for one in entered:
        assert system.call("GET", f"/api/v1/orders/{one}/").body["ord_status"] == "new", "a look does nothing"
    desk.press("x")
    expect(page.locator("#f-send")).to_have_text(re.compile("Cancel 2 orders"))
    desk.press("Enter")
    expect(page.locator("#f-words")).to_contain_text("2 orders canceled, or asked to be canceled.")
    desk.press("Enter")
    for one in entered[:2]:
        status(desk, one, "CANCELED")
    desk.press("3", "x")
    expect(page.locator("#toasts")).to_contain_text("press 2")

    page.fill("#filter", f"order:{','.join(entered)}")
    page.locator("#filter").evaluate("node => node.blur()")
    desk.press("1")
    for one in entered:
        expect(desk.row(one)).to_be_visible()
    desk.press("o", "Home", "Shift+ArrowDown", "x")
    expect(page.locator("#f-which [aria-pressed=true]")).to_have_text("Selected: 2 orders")
    expect(page.locator("#f-words")).to_contain_text("1 order cannot be changed and stays as it is.")
    expect(page.locator("#f-rows tbody tr").first).to_contain_text("is canceled")
    desk.press("Enter")
    expect(page.locator("#f-words")).to_contain_text("1 order canceled, or asked to be canceled; 1 refused.")
    desk.press("Enter")
    status(desk, entered[2], "CANCELED")


def test_filter_sort_and_keys(desk: Desk) -> None:
    page = desk.log_in()
    desk.ticket("IBM", "s", "100", "9999")
    desk.press("Control+Enter")
    # The answer gives the ticket back to the keyboard: what is pressed before it would be typed there.
    expect(page.locator("#orders-grid .slick-row", has_text="IBM").first).to_be_visible()
    desk.press("Escape", "Escape")
    page.locator("body").click(position={"x": 700, "y": 20})
    desk.press("/")
    page.keyboard.type("-symbol:aapl colour:red")
    expect(page.locator("#filter")).to_have_attribute("aria-invalid", "true")
    desk.press("Escape", "?")
    expect(page.locator("#keys")).to_be_visible()
    expect(page.locator("#keys-list")).to_contain_text("Cancel the selected orders")
    desk.press("Escape")
    page.locator("#orders-grid .slick-header-column", has_text="Qty").first.click()
    header = page.locator("#orders-grid .slick-header-column", has_text="Qty").first
    expect(header).to_have_attribute("aria-sort", "ascending")


def test_the_grid_tells_assistive_technology_what_it_shows(desk: Desk) -> None:
    page = desk.log_in()
    grid = page.locator("#orders-grid")
    expect(grid).to_have_attribute("role", "grid")
    page.wait_for_selector("#orders-grid .slick-row")
    desk.press("o", "ArrowDown")
    row = page.locator("#orders-grid .slick-row.cursor")
    expect(row).to_have_attribute("aria-selected", "true")
    expect(row).to_have_attribute("aria-rowindex", "2")
    expect(grid).to_have_attribute("aria-activedescendant", row.get_attribute("id") or "")
    assert int(grid.get_attribute("aria-rowcount") or 0) > 1
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, a")].filter((node) => node.offsetParent
           && !(node.textContent.trim() || node.ariaLabel || node.title || node.labels?.length
           || node.getAttribute("aria-labelledby"))).map((node) => node.outerHTML)"""
    )
    assert unnamed == []


def test_a_spread_is_entered_at_a_net_price_and_taken_back_as_a_whole(desk: Desk) -> None:
    page = desk.log_in()
    desk.press("Escape", "g")
    legs = page.locator("#s-legs .spread-leg")
    for nth, symbol in enumerate(("AAPL", "MSFT")):
        legs.nth(nth).locator("input").first.fill(symbol)
    page.fill("#s-qty", "3")
    page.fill("#s-price", "-9000")
    page.locator("#s-price").press("Enter")
    expect(page.locator("#s-send")).to_have_text("Confirm: BUY 3 spreads at -9,000.00 net DAY: BUY 3 AAPL, SELL 3 MSFT")
    page.locator("#s-price").press("Enter")
    expect(page.locator("#spread")).to_be_hidden()
    whole = page.locator("#orders-grid .slick-row", has_text="AAPL-MSFT").first
    expect(whole).to_contain_text("WORKING")
    expect(page.locator("#orders-grid .slick-row", has_text="LEG")).to_have_count(2)
    desk.press("Delete", "Enter")
    expect(whole).to_contain_text("CANCELED")
    expect(page.locator("#orders-grid .slick-row", has_text="LEG")).to_have_count(0)


def test_those_who_only_read_get_no_ticket(desk: Desk) -> None:
    page = desk.log_in("auditor")
    expect(page.locator("#ticket-fields")).to_have_attribute("disabled", "")
    page.wait_for_selector("#orders-grid .slick-row")
    desk.press("o", "ArrowDown", "Delete")
    expect(page.locator("#cancel")).to_be_hidden()
    expect(page.locator(".toast")).to_contain_text("Your role reads orders")


def test_the_line_comes_back_by_itself(desk: Desk, system: Running, price: Callable[[float], str]) -> None:
    page = desk.log_in()
    system.kill("web")
    expect(page.locator("#feed-word")).to_have_text("OFFLINE", timeout=SOON_MS)
    expect(page.locator("#feed-word")).to_have_text("LIVE", timeout=90_000)
    desk.ticket("AAPL", "b", "100", price(1.002))
    desk.press("Control+Enter")
    status(desk, desk.entered(), "FILLED")


def test_while_the_relay_is_silent_rows_are_read_from_the_books(
    desk: Desk, system: Running, price: Callable[[float], str]
) -> None:
    page = desk.log_in()
    relay = system.pid("live")
    os.kill(relay, signal.SIGSTOP)
    try:
        expect(page.locator("#feed-word")).to_have_text("CATCHING UP", timeout=SOON_MS)
        desk.ticket("AAPL", "b", "100", price(1.002))
        desk.press("Control+Enter")
        status(desk, desk.entered(), "FILLED")
    finally:
        os.kill(relay, signal.SIGCONT)
    expect(page.locator("#feed-word")).to_have_text("LIVE", timeout=SOON_MS)


def test_valkey_may_die(desk: Desk, system: Running, price: Callable[[float], str]) -> None:
    page = desk.log_in()
    system.kill("valkey")
    desk.ticket("AAPL", "b", "100", price(1.002))
    desk.press("Control+Enter")
    status(desk, desk.entered(), "FILLED")
    expect(page.locator("#feed-word")).to_have_text("LIVE", timeout=60_000)


def test_signing_out_ends_it(desk: Desk) -> None:
    page = desk.log_in()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(path_of("/login/"))
    page.goto(f"{desk.system.url}/blotter/")
    expect(page).to_have_url(path_of("/login/"))


def test_an_override_is_asked_for_by_one_and_granted_by_another(
    system: Running, chromium: Browser, desk: Desk, price: Callable[[float], str]
) -> None:
    """A large order is warned of: the trader asks with a reason, Compliance is told and grants, one key sends it."""
    trader = desk.log_in()
    context = chromium.new_context(viewport=SIZE)
    approver = Desk(system, context)
    page = approver.log_in("compliance")
    page.goto(f"{system.url}/overrides/")
    expect(page.locator("#feed-word")).to_have_text("LIVE", timeout=SOON_MS)

    desk.ticket("AAPL", "b", "60000", price(0.97))
    desk.press("Control+Enter")
    answer = trader.locator("#t-answer")
    expect(answer).to_contain_text("must be released by a second person")
    expect(answer).to_contain_text("Quantity 60,000 is above the warning level 50,000")
    expect(answer).to_contain_text("ask Compliance for an override")
    expect(trader.locator("#t-reason")).to_be_focused()
    expect(trader.locator("#t-send")).to_be_disabled()
    trader.keyboard.type("the client insists")
    expect(trader.locator("#t-send")).to_contain_text("Ask for override")
    desk.press("Enter")
    expect(trader.locator("[data-override=asked]")).to_be_visible()

    waiting = page.locator("#queue tr[data-state=asked]")
    expect(waiting).to_have_count(1)
    expect(waiting).to_contain_text("the client insists")
    expect(page.locator("#detail-body")).to_contain_text("PT-01 soft Quantity 60,000 is above the warning level 50,000")
    approver.press("j", "g")
    expect(page.locator("#ruling-reason")).to_be_focused()
    approver.press("Enter")
    expect(page.locator("#ruling-reason")).to_have_attribute("aria-invalid", "true")
    page.keyboard.type("letter seen")
    approver.press("Enter")

    expect(trader.locator("[data-override=granted]")).to_contain_text("granted by compliance")
    expect(trader.locator("[data-override=granted]")).to_contain_text("letter seen")
    expect(trader.locator("#t-send")).to_be_focused()
    desk.press("Enter")
    number = desk.entered()
    expect(page.locator("#queue tr[data-state=used]")).to_have_count(1)
    expect(page.locator("#detail-body")).to_contain_text(f"used by order {number}")
    # Terms that change void what was asked for: nothing of it is left on the ticket.
    desk.ticket("AAPL", "b", "60100", price(0.96))
    desk.press("Control+Enter")
    expect(trader.locator("#t-reason")).to_be_focused()
    trader.keyboard.type("once more")
    desk.press("Enter")
    expect(waiting).to_have_count(1)
    approver.press("k", "k", "r")
    page.keyboard.type("enough for today")
    approver.press("Enter")
    expect(trader.locator("[data-override=refused]")).to_contain_text("enough for today")
    trader.locator("#t-qty").fill("50000")
    expect(trader.locator("[data-override]")).to_have_count(0)
    # The page may be read anew while Compliance looks: V brings the ticket back with what was granted.
    desk.ticket("AAPL", "b", "60200", price(0.95))
    desk.press("Control+Enter")
    expect(trader.locator("#t-reason")).to_be_focused()
    trader.keyboard.type("a last one")
    desk.press("Enter")
    expect(waiting).to_have_count(1)
    trader.reload()
    expect(trader.locator("#feed-word")).to_have_text("LIVE", timeout=SOON_MS)
    expect(page.locator("#detail-body")).to_contain_text("a last one")
    approver.press("g")
    page.keyboard.type("the last one")
    approver.press("Enter")
    expect(waiting).to_have_count(0)
    desk.press("v")
    expect(trader.locator("[data-override=granted]")).to_contain_text("the last one")
    desk.press("Enter")
    assert desk.entered() != number
    context.close()
    assert approver.complaints == []


def test_the_same_order_within_a_moment_is_asked_about_once(
    desk: Desk, system: Running, price: Callable[[float], str]
) -> None:
    page = desk.log_in()
    desk.ticket("MSFT", "b", "77", "1.11")
    desk.press("Control+Enter")
    first = desk.entered()
    expect(desk.row(first)).to_be_visible(timeout=SOON_MS)
    desk.ticket("MSFT", "b", "77", "1.12")
    desk.press("Control+Enter")
    expect(page.locator("#t-send")).to_contain_text("Once more: BUY 77 MSFT")
    expect(page.locator("#t-answer")).to_contain_text(f"Order {first} is the same")
    desk.press("Escape")
    expect(page.locator("#t-send")).to_contain_text("Send BUY 77 MSFT")
    expect(page.locator("#t-answer")).to_be_empty()
    desk.press("Control+Enter")
    expect(page.locator("#t-send")).to_contain_text("Once more")
    desk.press("Enter")
    assert desk.entered() != first


def test_a_template_keeps_the_ticket_as_it_was_typed(desk: Desk) -> None:
    page = desk.log_in()
    desk.ticket("MSFT", "s", "2.5k", "999", "F")
    desk.press("Escape")
    page.locator("body").click(position={"x": 700, "y": 20})
    desk.press("y")
    expect(page.locator("#templates-name")).to_be_focused()
    page.keyboard.type("Clip")
    desk.press("Enter")
    line = page.locator("#templates-list li", has_text="Clip")
    expect(line).to_contain_text("SELL 2,500 MSFT LIMIT 999.00 FILL OR KILL")
    desk.press("Escape")
    expect(page.locator("#templates")).to_be_hidden()
    desk.press("n")
    expect(page.locator("#t-qty")).to_have_value("")
    page.reload()
    expect(page.locator("#feed-word")).to_have_text("LIVE", timeout=SOON_MS)
    desk.press("y")
    expect(line.locator("button").first).to_be_focused()
    desk.press("Enter")
    expect(page.locator("#t-send")).to_contain_text("Send SELL 2,500 MSFT @ 999.00 FOK")
    desk.press("Escape", "y")
    line.get_by_role("button", name="Delete Clip").press("Enter")
    expect(line).to_have_count(0)


def test_the_ladder_sends_when_it_is_armed_and_at_no_other_time(desk: Desk, system: Running) -> None:
    def newest() -> str:
        return str(system.call("GET", "/api/v1/orders/?limit=1").body["results"][0]["order_id"])

    page = desk.log_in()
    desk.ticket("AAPL", "b", "1")
    said, arm = page.locator("#ladder-said"), page.locator("#ladder-arm")
    best = page.locator("#ladder .level.bid")
    expect(best.locator(".bid b")).to_have_text(re.compile(r"\d"), timeout=SOON_MS)
    expect(best.locator(".bid")).to_have_attribute("title", re.compile(r"X?[A-Z]{3} [\d,]+"))
    desk.press("Escape", "d")
    expect(page.locator("#ladder")).to_be_focused()
    for _ in range(4):
        desk.press("ArrowDown")
    desk.press("b")
    expect(said).to_have_text("Not armed: L arms. Nothing was sent.")
    desk.press("l")
    expect(arm).to_have_attribute("aria-pressed", "true")
    page.locator("#ladder-qty").fill("13")
    page.locator("#ladder").focus()
    level = page.locator("#ladder .level[aria-selected=true]")
    cents = level.locator(".price").inner_text()
    desk.press("b")
    expect(said).to_contain_text(
        re.compile(rf"BUY 13 AAPL @ {re.escape(cents)}: entered as order \d+"), timeout=SOON_MS
    )
    order_id = said.inner_text().rsplit(" ", 1)[1]
    status(desk, order_id, "WORKING")
    expect(level.locator(".own.buy")).to_have_text("13", timeout=SOON_MS)
    desk.press("Delete")
    status(desk, order_id, "CANCELED")
    expect(level.locator(".own.buy")).to_have_text("", timeout=SOON_MS)

    level.locator(".offer").click()
    expect(said).to_contain_text(re.compile(r"SELL 13 AAPL @ [\d.]+: (?!sending)"), timeout=SOON_MS)
    page.locator("#filter").focus()
    expect(said).to_have_text("Disarmed: you went elsewhere")
    expect(arm).to_have_attribute("aria-pressed", "false")
    sent = newest()
    level.locator(".bid").click()
    expect(said).to_have_text("Not armed: L arms. Nothing was sent.")
    assert newest() == sent
    arm.click()
    expect(arm).to_have_attribute("aria-pressed", "true")
    page.evaluate("() => window.dispatchEvent(new Event('blur'))")
    expect(said).to_have_text("Disarmed: you looked elsewhere")


def test_who_may_not_sign_in_any_more_is_left_an_empty_page(
    system: Running, chromium: Browser, desk: Desk, price: Callable[[float], str]
) -> None:
    """Operations takes the user's right away in the admin: within a second the open page is empty and says why."""
    context = chromium.new_context(viewport=SIZE)
    mate = Desk(system, context)
    page = mate.log_in("trader2")
    expect(page.locator("#orders-grid .slick-row").first).to_be_visible(timeout=SOON_MS)
    office = desk.log_in("operations")

    def active(on: bool) -> None:
        office.goto(f"{system.url}/admin/orders/user/?q=trader2")
        office.click("#result_list .field-username a")
        office.set_checked("#id_is_active", on)
        office.click("[name=_save]")
        expect(office.locator(".messagelist .success")).to_be_visible()

    active(False)
    expect(page.locator("#feed-word")).to_have_text("OFFLINE", timeout=3_000)
    expect(page.locator("#signed-out")).to_contain_text(
        "your user may not sign in any more. Nothing is shown any more."
    )
    expect(page.locator("#orders-grid .slick-row")).to_have_count(0)
    expect(page.locator("#positions-grid .slick-row")).to_have_count(0)
    expect(page.locator("#ladder .level")).to_have_count(0)
    expect(page.locator("#touch")).to_be_hidden()
    expect(page.locator("#t-send")).to_be_disabled()
    active(True)
    context.close()
    assert mate.complaints == []
