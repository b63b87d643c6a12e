"""A trader's day in the blotter with the keyboard alone: no click, no field filled from outside, focus reached by keys.

Every step is seen on the page and found in the books over REST. What is pasted is put into the field that has the focus.
"""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from oms.stack.running import Running
from tests.browsing import SOON_MS, Desk, path_of, status, status_of, word

pytestmark = [pytest.mark.browser, pytest.mark.system, pytest.mark.timeout(600)]
# No test before this one trades it, and none after it asks what is left.
SYMBOL, NAME, ACCOUNT = "F", "Ford Motor Company", "EQ-CORE"
OPEN = "status:new,partially_filled,pending_new"


class Day(Desk):
    """A desk whose hand knows the keyboard only, and what the books say of what it did."""

    def type(self, words: str) -> None:
        self.page.keyboard.type(words)

    def until_focused(self, target: Locator, *keys: str, most: int = 80) -> None:
        """Press the keys until this has the focus, as somebody does who looks for it."""
        for _ in range(most):
            if target.evaluate("node => node === document.activeElement"):
                return
            self.press(*keys)
        raise AssertionError(f"{keys} do not lead to {target}")

    def filter(self, line: str) -> None:
        """Type a filter line over what stands there, and go on to what it found."""
        self.press("/", "Control+a")
        self.type(line)
        self.press("Enter")

    def books(self, line: str) -> list[dict[str, Any]]:
        """The orders that the books have under a filter line."""
        found = self.system.call("GET", f"/api/v1/orders/?limit=200&filter={line.replace(' ', '%20')}")
        assert found.status == 200, found
        return list(found.body["results"])

    def order(self, order_id: str) -> dict[str, Any]:
        found = self.system.call("GET", f"/api/v1/orders/{order_id}/")
        assert found.status == 200, found
        return dict(found.body)

    def becomes(self, order_id: str, word: str, ord_status: str) -> None:
        """The row says so, and so do the books."""
        status(self, order_id, word)
        assert status_of(self.system, order_id) == ord_status

    def value(self, selector: str) -> str:
        return self.page.locator(selector).input_value()


@pytest.fixture
def day(system: Running, chromium: Any) -> Any:
    context = chromium.new_context(viewport={"width": 1600, "height": 900})
    made = Day(system, context)
    yield made
    context.close()
    assert made.complaints == []


def test_a_whole_day_by_keyboard(day: Day) -> None:
    page = day.log_in()
    keys_are_listed(day, page)
    search_by_name(day, page)
    resting = send_a_limit_order(day, page)
    amend(day, page, resting)
    cancel(day, resting)
    filled = buy_at_market(day, page)
    look_at_the_fill(day, page, filled)
    walk_the_tree(day, page, filled)
    read_the_story(day, page, filled)
    look_at_positions(day, page)
    basket = import_a_basket(day, page)
    cancel_some(day, page, basket)
    filter_lines(day, page)
    arrange_the_table(day, page)
    keep_a_view_and_come_back(day, page)
    accept_what_was_staged(day, page)
    use_the_ladder(day, page)
    cancel_what_is_left(day, page)
    sign_out(day, page)


def keys_are_listed(day: Day, page: Page) -> None:
    day.press("?")
    keys = page.locator("#keys-list")
    for words in ("New order ticket", "Cancel the selected orders", "Columns of the table you are in"):
        expect(keys).to_contain_text(words)
    day.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()


def search_by_name(day: Day, page: Page) -> None:
    day.press("n")
    expect(page.locator("#t-instrument")).to_be_focused()
    day.type("ford mot")
    expect(page.locator("#t-instruments [aria-selected=true]")).to_contain_text(NAME)
    day.press("Enter")
    expect(page.locator("#t-chosen")).to_contain_text(NAME)
    expect(page.locator("#t-side")).to_be_focused()
    [found] = day.system.call("GET", "/api/v1/instruments/?search=ford%20mot").body["results"]
    assert found["symbol"] == SYMBOL


def send_a_limit_order(day: Day, page: Page) -> str:
    """Quantity and price in short: `25k`, then `mid` and `+2t`, which are thought better of."""
    day.bid()
    day.press("b", "Tab")
    day.type("25k")
    day.press("Tab")
    assert day.value("#t-qty") == "25,000"
    prices = []
    for short in ("mid", "+2t", "bid-20t"):
        day.press("Tab")
        expect(page.locator("#t-price")).to_be_focused()
        day.press("Control+a")
        day.type(short)
        day.press("Shift+Tab")
        prices.append(float(day.value("#t-price")))
    assert prices[2] < prices[0] <= prices[1]
    day.press("Enter")
    expect(page.locator("#t-send")).to_have_text(re.compile(rf"Confirm BUY 25,000 {SYMBOL} @ {prices[2]:.2f}"))
    assert day.books("sym=F qty=25000") == []
    day.press("Enter")
    order_id = day.entered()
    day.becomes(order_id, "WORKING", "new")
    expect(day.row(order_id)).to_have_class(word("picked"))
    expect(page.locator("#timeline")).to_contain_text(f"Entered: buy 25,000 {SYMBOL}", timeout=SOON_MS)
    kept = day.order(order_id)
    assert (kept["order_qty"], float(kept["price"]), kept["account"]) == ("25000", prices[2], ACCOUNT)
    return order_id


def amend(day: Day, page: Page, order_id: str) -> None:
    """The order just entered is selected; its quantity and one tick of its price."""
    before = float(day.order(order_id)["price"])
    day.press("Escape", "o", "a")
    expect(page.locator("#amend-title")).to_contain_text(f"Amend order {order_id}")
    day.type("20k")
    day.press("Tab", "ArrowDown", "Enter")
    expect(page.locator("#amend")).to_be_hidden()
    expect(day.row(order_id).locator(".slick-cell").nth(4)).to_have_text("20,000", timeout=SOON_MS)
    day.becomes(order_id, "WORKING", "new")
    kept = day.order(order_id)
    assert (kept["order_qty"], round(before - float(kept["price"]), 4)) == ("20000", 0.01)


def cancel(day: Day, order_id: str) -> None:
    day.press("Delete")
    expect(day.page.locator("#cancel-title")).to_have_text(f"Cancel order {order_id}?")
    assert status_of(day.system, order_id) == "new"
    day.press("Enter")
    day.becomes(order_id, "CANCELED", "canceled")


def buy_at_market(day: Day, page: Page) -> str:
    day.ticket(SYMBOL, "b", "300")
    expect(page.locator("#t-send")).to_contain_text(f"Send BUY 300 {SYMBOL} at market")
    day.press("Control+Enter")
    order_id = day.entered()
    day.becomes(order_id, "FILLED", "filled")
    assert day.order(order_id)["cum_qty"] == "300"
    return order_id


def look_at_the_fill(day: Day, page: Page, order_id: str) -> None:
    """It is marked until somebody goes to the executions; from there a key leads to its order."""
    expect(page.locator("#unseen")).to_contain_text("new")
    expect(page.locator("#executions-grid .slick-row.unseen").first).to_contain_text(SYMBOL)
    day.press("Escape", "e")
    expect(page.locator("#unseen")).to_be_hidden()
    expect(page.locator("#executions-grid .slick-row.unseen")).to_have_count(0)
    day.press("Home", "Enter")
    expect(day.row(order_id)).to_have_class(word("picked"))
    fills = day.system.call("GET", f"/api/v1/executions/?order_id={order_id}").body["results"]
    assert sum(float(fill["last_qty"]) for fill in fills) == 300


def walk_the_tree(day: Day, page: Page, order_id: str) -> None:
    children = day.system.call("GET", f"/api/v1/orders/?parent_id={order_id}").body["results"]
    day.press("o", "ArrowRight")
    for child in children:
        expect(day.row(child["order_id"])).to_contain_text(f"{float(child['order_qty']):,.0f}")
    day.press("ArrowDown")
    child_id = children[0]["order_id"] if len(children) == 1 else r"\d+"
    expect(page.locator("#timeline-title")).to_have_text(re.compile(rf"Order {child_id} timeline"))
    day.press("ArrowLeft", "ArrowLeft")
    expect(page.locator("#orders-grid .slick-row.child")).to_have_count(0)
    expect(day.row(order_id)).to_have_class(word("cursor"))


def read_the_story(day: Day, page: Page, order_id: str) -> None:
    """Beside the orders, unfolded by keys; then on the order's own page, which is closed as a window is."""
    expect(page.locator("#timeline-title")).to_have_text(f"Order {order_id} timeline")
    facts = page.locator("#timeline details").first
    expect(facts).not_to_have_attribute("open", "")
    day.press("h", "Tab", "Enter")
    expect(facts).to_have_attribute("open", "")
    day.press("o")
    with page.context.expect_page() as opened:
        day.press("Enter")
    story = opened.value
    for words in ("Entered: buy 300 F", "checks passed", "Routed by rule", "Trade: "):
        expect(story.locator("#timeline")).to_contain_text(words, timeout=SOON_MS)
    story.close()


def look_at_positions(day: Day, page: Page) -> None:
    """Sorted by what they come to; the one just bought shows its market beside it."""
    row = page.locator("#positions-grid .slick-row.cursor", has_text=ACCOUNT)
    day.press("p", "c")
    expect(page.locator("#columns-title")).to_have_text("Columns of the positions")
    day.type("Instr")
    day.press("Escape")
    header = page.locator("#positions-grid .slick-header-column", has_text="Instr")
    expect(header).to_have_attribute("aria-sort", "ascending")
    day.press("Home")
    for _ in range(60):
        if row.filter(has=page.get_by_text(SYMBOL, exact=True)).count():
            break
        day.press("ArrowDown")
    [held] = day.system.call("GET", f"/api/v1/positions/?account={ACCOUNT}&symbol={SYMBOL}").body["results"]
    expect(row).to_contain_text(f"{float(held['qty']):,.0f}")
    expect(page.locator("#ladder-title")).to_have_text(f"Ladder {SYMBOL}")


def import_a_basket(day: Day, page: Page) -> list[str]:
    """Rows from a spreadsheet: tried, entered, all released."""
    at = [f"{day.bid() * times:.2f}" for times in (0.97, 0.965, 0.96)]
    rows = [f"{ACCOUNT}\t{SYMBOL}\tbuy\tlimit\t{100 + nth}\t{price}" for nth, price in enumerate(at)]
    day.press("t")
    expect(page.locator("#basket-rows")).to_be_focused()
    name = day.value("#basket-name")
    page.keyboard.insert_text("\n".join(["account\tsymbol\tside\tord_type\torder_qty\tprice", *rows]))
    day.press("Control+Enter")
    expect(page.locator("#basket-send")).to_contain_text("Enter 3 of 3 rows", timeout=SOON_MS)
    assert day.books("sym=F hold:wave") == []
    day.press("Control+Enter")
    wave = page.locator("#basket-waves .wave", has_text=name)
    expect(wave).to_contain_text("3 waiting", timeout=SOON_MS)
    waiting = [one["order_id"] for one in day.books("sym=F hold:wave")]
    day.until_focused(wave.get_by_role("button", name="All that wait"), "Tab")
    day.press("Enter")
    expect(wave).to_contain_text("0 waiting", timeout=SOON_MS)
    day.press("Escape")
    for order_id in waiting:
        day.becomes(order_id, "WORKING", "new")
    return sorted(waiting, key=int)


def cancel_some(day: Day, page: Page, basket: list[str]) -> None:
    """The first and the last of three, not the one between; a look at them changes nothing."""
    day.filter(f"order:{','.join(basket)}")
    day.press("Home", "Control+ArrowDown", "Control+ArrowDown", "Space")
    expect(page.locator("#orders-grid .slick-row.picked")).to_have_count(2)
    day.press("x")
    expect(page.locator("#f-which [aria-pressed=true]")).to_have_text("Selected: 2 orders")
    expect(page.locator("#f-words")).to_contain_text("Cancels 2 orders in F: 2 asked of")
    assert {status_of(day.system, one) for one in basket} == {"new"}
    expect(page.locator("#f-send")).to_be_focused()
    day.press("Enter")
    expect(page.locator("#f-words")).to_contain_text("2 orders canceled, or asked to be canceled.")
    day.press("Enter")
    expect(page.locator("#filtered")).to_be_hidden()
    for order_id in (basket[0], basket[2]):
        day.becomes(order_id, "CANCELED", "canceled")
    day.becomes(basket[1], "WORKING", "new")


def filter_lines(day: Day, page: Page) -> None:
    """What is not understood is said; the page and the books find the same by the same line."""
    day.filter("desk:EQ sym=F pnl<0")
    expect(page.locator("#filter")).to_be_focused()
    expect(page.locator("#toasts")).to_contain_text("no column “pnl”")
    line = "desk:EQ sym=F side:buy qty>=102"
    day.filter(line)
    expect(page.locator("#orders-grid")).to_be_focused()
    found = len(day.books(line))
    assert found >= 3
    expect(page.locator("#rows")).to_have_text(re.compile(rf"Rows {found} of "))


def arrange_the_table(day: Day, page: Page) -> None:
    """Largest first under headings by status; Stop is not shown, Side stands before Status."""
    day.press("c")
    expect(page.locator("#columns-title")).to_have_text("Columns of the orders")
    expect(page.locator("#columns-sort")).to_be_focused()
    day.type("Qty")
    day.press("Tab")
    day.type("Largest")
    day.press("Tab")
    day.type("Status")
    day.press("Tab", "Tab")
    box = page.locator("#columns-list li", has=page.get_by_text("Stop", exact=True)).locator("input")
    day.until_focused(box, "ArrowDown")
    day.press("Space")
    expect(box).not_to_be_checked()
    day.until_focused(page.locator("#columns-list [data-column=side] input"), "ArrowUp")
    day.press("Shift+ArrowUp", "Escape")
    as_arranged(day, page)


def as_arranged(day: Day, page: Page) -> None:
    headers = page.locator("#orders-grid .slick-header-column .slick-column-name")
    expect(headers.filter(has_text="Stop")).to_have_count(0)
    assert headers.all_inner_texts()[:3] == ["Order", "Side", "Status"]
    sorted_by = page.locator("#orders-grid .slick-header-column", has_text="Qty").first
    expect(sorted_by).to_have_attribute("aria-sort", "descending")
    heading = page.locator("#orders-grid .slick-row.heading", has_text="CANCELED")
    canceled = [row["order_qty"] for row in day.books("desk:EQ sym=F side:buy qty>=102 status=canceled")]
    expect(heading).to_contain_text(str(len(canceled)))
    largest_first = [f"{quantity:,.0f}" for quantity in sorted(map(float, canceled), reverse=True)]
    day.system.until("the largest comes first", lambda: canceled_from_above(page) == largest_first)


def canceled_from_above(page: Page) -> list[str]:
    """The quantities of canceled orders as they stand under each other; the grid may have made its rows in any order."""
    rows = page.locator("#orders-grid .slick-row:not(.heading)", has_text="CANCELED").all()
    told = [(row.bounding_box(), row.locator(".slick-cell").nth(4).inner_text()) for row in rows]
    return [text for _, text in sorted((box["y"], text) for box, text in told if box)]


def keep_a_view_and_come_back(day: Day, page: Page) -> None:
    day.press("F2")
    expect(page.locator("#views-name")).to_be_focused()
    day.type("My day")
    day.press("Enter")
    expect(page.locator("#views-list .current")).to_contain_text("My day")
    kept = day.system.call("GET", "/api/v1/views/", user="trader").body["results"]
    assert "My day" in [view["name"] for view in kept]
    day.press("Escape", "c")
    day.type("Limit")
    day.press("Escape")
    day.filter("sym=F")
    expect(page.locator("#orders-grid .slick-header-column", has_text="Qty").first).to_have_attribute(
        "aria-sort", "none"
    )
    day.press("F2")
    expect(page.locator("#views-name")).to_be_focused()
    day.until_focused(page.locator("#views-list button", has_text="My day"), "ArrowDown")
    day.press("Enter")
    expect(page.locator("#views")).to_be_hidden()
    expect(page.locator("#filter")).to_have_value("desk:EQ sym=F side:buy qty>=102")
    as_arranged(day, page)


def accept_what_was_staged(day: Day, page: Page) -> None:
    """Somebody else stages an order for the desk; it is accepted here and goes to the market."""
    order = {"account": ACCOUNT, "symbol": SYMBOL, "side": "buy", "ord_type": "limit", "order_qty": "400"}
    made = day.system.call("POST", "/api/v1/orders/", order | {"price": f"{day.bid() * 0.97:.2f}", "hold": "staged"})
    order_id = str(made.body["order_id"])
    day.filter(f"order:{order_id}")
    day.becomes(order_id, "STAGED", "new")
    assert day.order(order_id)["hold"] == "staged"
    day.press("End", "w")
    expect(page.locator("#work-send")).to_contain_text("Accept and route")
    day.press("Enter")
    expect(page.locator("#work")).to_be_hidden()
    day.becomes(order_id, "WORKING", "new")
    assert day.order(order_id)["hold"] == ""


def use_the_ladder(day: Day, page: Page) -> None:
    """Armed it sends, disarmed it does not."""
    said, arm = page.locator("#ladder-said"), page.locator("#ladder-arm")
    day.press("d")
    expect(page.locator("#ladder")).to_be_focused()
    expect(page.locator("#ladder .level").first).to_be_visible()
    day.press("c", *["ArrowDown"] * 12, "q")
    expect(page.locator("#ladder-qty")).to_be_focused()
    day.type("110")
    day.press("Enter", "l")
    expect(arm).to_have_attribute("aria-pressed", "true")
    day.press("b")
    expect(said).to_contain_text(re.compile(r"BUY 110 F @ [\d.]+: entered as order \d+"), timeout=SOON_MS)
    order_id = said.inner_text().rsplit(" ", 1)[1]
    assert day.order(order_id)["order_qty"] == "110"
    day.press("l")
    expect(arm).to_have_attribute("aria-pressed", "false")
    day.press("b")
    expect(said).to_have_text("Not armed: L arms. Nothing was sent.")
    assert len(day.books("sym=F qty=110")) == 1


def cancel_what_is_left(day: Day, page: Page) -> None:
    left = [one["order_id"] for one in day.books(f"desk:EQ sym=F {OPEN}")]
    assert len(left) >= 2
    day.filter("desk:EQ sym=F")
    day.press("Home", "x")
    expect(page.locator("#f-which [aria-pressed=true]")).to_have_text("Filter: desk:EQ sym=F")
    expect(page.locator("#f-words")).to_contain_text(f"Cancels {len(left)} orders in F")
    day.press("Enter")
    expect(page.locator("#f-words")).to_contain_text(f"{len(left)} orders canceled, or asked to be canceled.")
    day.press("Enter", "2")
    expect(page.locator("#orders-grid .slick-row:not(.heading)")).to_have_count(0, timeout=SOON_MS)
    day.system.until("nothing of it works", lambda: not day.books(f"desk:EQ sym=F {OPEN}"))
    assert {status_of(day.system, one) for one in left} <= {"canceled", "filled"}


def sign_out(day: Day, page: Page) -> None:
    day.press("u")
    day.until_focused(page.get_by_role("button", name="Sign out"), "Tab", most=20)
    day.press("Enter")
    expect(page).to_have_url(path_of("/login/"))
    assert page.request.get(f"{day.system.url}/api/v1/me/").status in (401, 403)
