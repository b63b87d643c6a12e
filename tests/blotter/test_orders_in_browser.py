"""Orders on the blotter: what others do, work on many, filters, the story of one."""

import re
import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from oms.stack.running import Running
from tests.browsing import SOON_MS, Desk, status

pytestmark = [pytest.mark.browser, pytest.mark.system, pytest.mark.timeout(600)]


@pytest.fixture
def desk(signed_out: Desk) -> Desk:
    return signed_out


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
    system.until(
        "the fill is shared",
        lambda: (
            [system.call("GET", f"/api/v1/orders/{pk}/").body["cum_qty"] for pk in (first, second)] == ["300", "200"]
        ),
    )

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
    expect(page.locator("#timeline")).to_contain_text(re.compile(r"Trade: [12]00 at"))
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
    desk.send()
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
    desk.send()
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
