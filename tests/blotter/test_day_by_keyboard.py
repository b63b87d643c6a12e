"""A trader's day in the blotter with the keyboard alone: no click, no field filled from outside, focus reached by keys.

Every step is seen on the page and found in the books over REST. What is pasted is put into the field that has the focus.
"""

import re
from collections.abc import Iterator
from decimal import Decimal as D

import pytest
from playwright.sync_api import Browser, Page, expect

from oms.stack.running import Running
from tests.blotter.copied import NEXT_FRAME
from tests.blotter.day_of_orders import (
    accept_what_was_staged,
    amend,
    buy_at_market,
    cancel,
    cancel_some,
    import_a_basket,
    look_at_the_fill,
    read_the_story,
    search_by_name,
    send_a_limit_order,
    walk_the_tree,
)
from tests.blotter.hand import ACCOUNT, OPEN, SYMBOL, Day
from tests.browsing import SIZE, SOON_MS, headed, path_of, status_of

pytestmark = [pytest.mark.browser, pytest.mark.system, pytest.mark.timeout(600)]


@pytest.fixture
def day(system: Running, chromium: Browser) -> Iterator[Day]:
    context = chromium.new_context(viewport=SIZE)
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
    forget_the_view(day, page)
    sign_out(day, page)


def keys_are_listed(day: Day, page: Page) -> None:
    day.press("?")
    keys = page.locator("#keys-list")
    for words in ("New order ticket", "Cancel the selected orders", "Columns of the table you are in"):
        expect(keys).to_contain_text(words)
    day.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()


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
        page.evaluate(NEXT_FRAME)
    [held] = day.system.call("GET", f"/api/v1/positions/?account={ACCOUNT}&symbol={SYMBOL}").body["results"]
    expect(row).to_contain_text(f"{D(held['qty']):,.0f}")
    expect(page.locator("#ladder-title")).to_have_text(f"Ladder {SYMBOL}")


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
    headed(page, "Order", "Side", "Status")
    sorted_by = page.locator("#orders-grid .slick-header-column", has_text="Qty").first
    expect(sorted_by).to_have_attribute("aria-sort", "descending")
    heading = page.locator("#orders-grid .slick-row.heading", has_text="CANCELED")
    canceled = [row["order_qty"] for row in day.books("desk:EQ sym=F side:buy qty>=102 status=canceled")]
    expect(heading).to_contain_text(str(len(canceled)))
    largest_first = [f"{quantity:,.0f}" for quantity in sorted(map(float, canceled), reverse=True)]
    day.system.until("the largest comes first", lambda: canceled_from_above(page) == largest_first)


# All in one look: a row may go while it is read.
CANCELED = """
() => [...document.querySelectorAll("#orders-grid .slick-row:not(.heading)")]
  .filter((row) => row.textContent.includes("CANCELED"))
  .map((row) => [row.getBoundingClientRect().top, row.querySelectorAll(".slick-cell")[4].textContent.trim()])
  .sort(([one], [other]) => one - other)
  .map(([, text]) => text)
"""


def canceled_from_above(page: Page) -> list[str]:
    """The quantities of canceled orders as they stand under each other; the grid may have made its rows in any order."""
    found: list[str] = page.evaluate(CANCELED)
    return found


def keep_a_view_and_come_back(day: Day, page: Page) -> None:
    day.press("F2")
    expect(page.locator("#views-name")).to_be_focused()
    day.type("My day")
    day.press("Enter")
    expect(page.locator("#views-list .current")).to_contain_text("My day")
    day.system.until("it is kept", lambda: "My day" in views(day))
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


def forget_the_view(day: Day, page: Page) -> None:
    day.press("F2")
    expect(page.locator("#views-name")).to_be_focused()
    day.until_focused(page.locator("#views-list button", has_text="My day"), "ArrowDown")
    day.until_focused(page.get_by_role("button", name="Delete My day"), "Tab")
    day.press("Enter")
    expect(page.locator("#views-list")).not_to_contain_text("My day")
    day.system.until("it is forgotten", lambda: "My day" not in views(day))
    day.press("Escape")


def views(day: Day) -> list[str]:
    found = day.system.call("GET", "/api/v1/views/", user="trader").body["results"]
    return [view["name"] for view in found]


def sign_out(day: Day, page: Page) -> None:
    day.press("u")
    day.until_focused(page.get_by_role("button", name="Sign out"), "Tab", most=20)
    day.press("Enter")
    expect(page).to_have_url(path_of("/login/"))
    assert page.request.get(f"{day.system.url}/api/v1/me/").status in (401, 403)
