"""What a trader does with orders in a day, by keyboard: each step seen on the page and found in the books over REST."""

import re
from decimal import Decimal as D

from playwright.sync_api import Page, expect

from tests.blotter.hand import ACCOUNT, NAME, SYMBOL, Day
from tests.browsing import SOON_MS, status_of, word


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
        prices.append(D(day.value("#t-price")))
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
    assert (kept["order_qty"], D(kept["price"]), kept["account"]) == ("25000", prices[2], ACCOUNT)
    return order_id


def amend(day: Day, page: Page, order_id: str) -> None:
    """The order just entered is selected; its quantity and one tick of its price."""
    before = D(day.order(order_id)["price"])
    day.press("Escape", "o", "a")
    expect(page.locator("#amend-title")).to_contain_text(f"Amend order {order_id}")
    day.type("20k")
    day.press("Tab", "ArrowDown", "Enter")
    expect(page.locator("#amend")).to_be_hidden()
    expect(day.row(order_id).locator(".slick-cell").nth(4)).to_have_text("20,000", timeout=SOON_MS)
    day.becomes(order_id, "WORKING", "new")
    kept = day.order(order_id)
    assert (kept["order_qty"], before - D(kept["price"])) == ("20000", D("0.01"))


def cancel(day: Day, order_id: str) -> None:
    day.press("Delete")
    expect(day.page.locator("#cancel-title")).to_have_text(f"Cancel order {order_id}?")
    assert status_of(day.system, order_id) == "new"
    day.press("Enter")
    day.becomes(order_id, "CANCELED", "canceled")


def buy_at_market(day: Day, page: Page) -> str:
    day.ticket(SYMBOL, "b", "300")
    expect(page.locator("#t-send")).to_contain_text(f"Send BUY 300 {SYMBOL} at market")
    day.send()
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
    assert sum(D(fill["last_qty"]) for fill in fills) == 300


def walk_the_tree(day: Day, page: Page, order_id: str) -> None:
    children = day.system.call("GET", f"/api/v1/orders/?parent_id={order_id}").body["results"]
    day.press("o", "ArrowRight")
    for child in children:
        expect(day.row(child["order_id"])).to_contain_text(f"{D(child['order_qty']):,.0f}")
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


def accept_what_was_staged(day: Day, page: Page) -> None:
    """Somebody else stages an order for the desk; it is accepted here and goes to the market."""
    order = {"account": ACCOUNT, "symbol": SYMBOL, "side": "buy", "ord_type": "limit", "order_qty": "400"}
    made = day.system.call("POST", "/api/v1/orders/", order | {"price": f"{day.bid() * 0.97:.2f}", "hold": "staged"})
    order_id = str(made.body["order_id"])
    day.filter(f"order:{order_id}")
    day.becomes(order_id, "STAGED", "pending_new")
    assert day.order(order_id)["hold"] == "staged"
    day.press("End", "w")
    expect(page.locator("#work-send")).to_contain_text("Accept and route")
    day.press("Enter")
    expect(page.locator("#work")).to_be_hidden()
    day.becomes(order_id, "WORKING", "new")
    assert day.order(order_id)["hold"] == ""
