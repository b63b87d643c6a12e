"""The ticket by keyboard: typed, judged while it is typed, sent once, kept as a template."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from oms.stack.running import Running
from tests.browsing import SOON_MS, Desk, status, word

pytestmark = [pytest.mark.browser, pytest.mark.system, pytest.mark.timeout(600)]


@pytest.fixture
def desk(signed_out: Desk) -> Desk:
    return signed_out


def test_a_trader_works_by_keyboard_alone(desk: Desk, price: Callable[[float], str]) -> None:
    page = desk.log_in()

    desk.ticket("AAPL", "b", "300")
    expect(page.locator("#t-send")).to_contain_text("Send BUY 300 AAPL at market")
    desk.send()
    status(desk, desk.entered(), "FILLED")

    low = price(0.97)
    desk.ticket("AAPL", "b", "0.5k", low)
    desk.press("Enter")
    expect(page.locator("#t-send")).to_contain_text(f"Confirm BUY 500 AAPL @ {low[:3]}")
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
    desk.press("Enter")
    expect(page.locator("#t-send")).to_contain_text("Confirm")
    desk.press("Enter")
    third = desk.entered()
    status(desk, third, "WORKING")
    desk.press("Escape", "o", "Delete")
    expect(page.locator("#cancel-title")).to_contain_text(f"Cancel order {third}?")
    desk.press("Enter")
    status(desk, third, "CANCELED")
    status(desk, resting, "WORKING")

    desk.ticket("AAPL", "b", "90m", price(0.97))
    desk.send()
    refusal = page.locator("#t-answer > div").first
    expect(refusal).to_be_visible(timeout=SOON_MS)
    assert " " in refusal.locator("b").inner_text().strip(), "a reason is a sentence"
    alert = page.locator(".alert[data-kind=reject]").first
    expect(alert).to_contain_text("BUY 90,000,000 AAPL", timeout=SOON_MS)


def newest(system: Running) -> Any:
    return system.call("GET", "/api/v1/orders/?limit=1").body["results"][0]["order_id"]


def test_risk_says_what_it_thinks_while_the_ticket_is_typed(desk: Desk, system: Running) -> None:
    """The verdict follows the keys with its numbers; nothing is sent; Shift Enter shows all of it; Enter sends."""
    page = desk.log_in()
    before = newest(system)
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
    assert newest(system) == before
    desk.send()
    desk.entered()
    expect(said).to_be_hidden()


def test_sending_twice_enters_one_order(desk: Desk, system: Running, price: Callable[[float], str]) -> None:
    """Five times in one turn of the page's event loop, and once more when the answer is lost on the way."""

    def entered(symbol: str, qty: str) -> int:
        """Of all orders in the symbol there are more than fit an answer."""
        query = f"/api/v1/orders/?filter=sym={symbol}%20qty={qty}&limit=200"
        found = system.call("GET", query, user="trader")
        assert found.status == 200, found
        return len([row for row in found.body["results"] if row["parent_id"] is None])

    page = desk.log_in()
    before = {one: entered(*one) for one in (("MSFT", "101"), ("AAPL", "103"))}
    desk.ticket("MSFT", "b", "101", "1.23")
    expect(page.locator("#t-send")).to_be_enabled()
    page.evaluate(
        """() => { for (let time = 0; time < 5; time += 1) document.querySelector("#ticket").dispatchEvent(
             new KeyboardEvent("keydown", { key: "Enter", ctrlKey: true })) }"""
    )
    desk.entered()
    assert entered("MSFT", "101") == before["MSFT", "101"] + 1

    def lose_the_answer(route: Any) -> None:
        route.fetch()
        route.abort()

    desk.ticket("AAPL", "b", "103", price(0.97))
    page.route("**/api/v1/orders/", lose_the_answer)
    with page.expect_event("requestfailed"):
        desk.send()
    expect(page.locator("#t-answer")).to_contain_text("No answer came")
    page.unroute("**/api/v1/orders/")
    desk.press("Enter")
    status(desk, desk.entered(), "WORKING")
    assert entered("AAPL", "103") == before["AAPL", "103"] + 1


def test_the_same_order_within_a_moment_is_asked_about_once(
    desk: Desk, system: Running, price: Callable[[float], str]
) -> None:
    page = desk.log_in()
    desk.ticket("MSFT", "b", "77", "1.11")
    desk.send()
    first = desk.entered()
    expect(desk.row(first)).to_be_visible(timeout=SOON_MS)
    desk.ticket("MSFT", "b", "77", "1.12")
    desk.send()
    expect(page.locator("#t-send")).to_contain_text("Once more: BUY 77 MSFT")
    expect(page.locator("#t-answer")).to_contain_text(f"Order {first} is the same")
    desk.press("Escape")
    expect(page.locator("#t-send")).to_contain_text("Send BUY 77 MSFT")
    expect(page.locator("#t-answer")).to_be_empty()
    desk.send()
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
