"""Saved views in Chromium: kept under a name, opened by address, shared with the desk; columns moved by keyboard."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from oms.stack.running import Running
from tests.browsing import SIZE, SOON_MS, Desk, copied, headed, rests

pytestmark = [pytest.mark.browser, pytest.mark.system, pytest.mark.timeout(600)]


@pytest.fixture
def desk(system: Running, chromium: Browser) -> Iterator[Desk]:
    context = chromium.new_context(viewport=SIZE, permissions=["clipboard-read", "clipboard-write"])
    made = Desk(system, context)
    yield made
    context.close()
    assert made.complaints == []


def test_a_view_is_kept_shared_and_opened_by_its_address(
    system: Running,
    chromium: Browser,
    desk: Desk,
    price: Callable[[float], str],
) -> None:
    order_id = rests(system, price)
    page = desk.log_in()
    expect(desk.row(order_id)).to_be_visible(timeout=SOON_MS)
    page.click("#do-columns")
    page.locator("#columns-list label", has_text="Side").locator("input").uncheck()
    page.locator("[data-move='symbol-1']").press("Enter")
    expect(page.locator("[data-move='symbol-1']")).to_be_focused()
    desk.press("Escape")
    headed(page, "Order", "Status", "Instrument")
    page.locator("#orders-grid .slick-header-column", has_text="Qty").first.click()
    desk.press("2", "/")
    page.keyboard.type("sym:AAPL*")
    desk.press("Tab")
    page.locator("#orders-grid").focus()
    desk.press("F2")
    expect(page.locator("#views-name")).to_be_focused()
    page.keyboard.type("Apple, working")
    desk.press("Enter")
    expect(page.locator("#views-list .current")).to_contain_text("Apple, working")
    page.locator("#views-list button", has_text="Share with").click()
    expect(page.locator("#views-list .current")).to_contain_text("by trader")
    desk.press("Escape")
    address = page.url
    assert "view=" in address

    other = Desk(system, chromium.new_context(viewport=SIZE))
    mate = other.log_in("trader2")
    headed(mate, "Order", "Status", "Side")
    mate.goto(address)
    expect(mate.locator("#filter")).to_have_value("sym:AAPL*")
    headed(mate, "Order", "Status", "Instrument")
    expect(mate.locator("#chips [data-name=working]")).to_have_attribute("aria-pressed", "true")
    expect(mate.locator("#orders-grid .slick-header-column", has_text="Qty").first).to_have_attribute(
        "aria-sort", "ascending"
    )
    mate.context.close()
    assert other.complaints == []


def test_selected_rows_are_copied_with_tabs(
    system: Running,
    desk: Desk,
    price: Callable[[float], str],
) -> None:
    order_id = rests(system, price)
    desk.log_in()
    desk.row(order_id).click()
    first, second = copied(desk, "Control+Shift+c").split("\n")
    assert first.split("\t")[0] == "Order"
    assert second.split("\t")[0] == order_id


def test_three_themes_take_turns(desk: Desk) -> None:
    page = desk.log_in()
    seen = []
    for _ in range(3):
        page.click("#theme")
        seen.append(page.evaluate("document.documentElement.dataset.theme"))
    assert sorted(seen) == ["contrast", "dark", "light"]


def left_of(page: Page, selector: str) -> float:
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    return box["x"]


def test_pinned_columns_stay_while_the_others_are_scrolled(
    system: Running,
    desk: Desk,
    price: Callable[[float], str],
) -> None:
    order_id = rests(system, price)
    page = desk.log_in()
    page.set_viewport_size({"width": 1280, "height": 800})
    cell, header = f"#orders-{order_id} .slick-cell", "#orders-grid .slick-header-column"
    expect(page.locator(cell).first).to_have_text(re.compile(order_id), timeout=SOON_MS)
    before = [left_of(page, f"{one} >> nth=0") for one in (cell, header)]
    scrolls = page.locator("#orders-grid .slick-viewport").first
    scrolls.evaluate("node => { node.scrollLeft = 400 }")
    expect(page.locator(header).nth(2)).not_to_be_in_viewport()
    system.until("it stays", lambda: [left_of(page, f"{one} >> nth=0") for one in (cell, header)] == before)
    page.click("#do-columns")
    page.select_option("#columns-pinned", "2")
    desk.press("Escape")
    scrolls.evaluate("node => { node.scrollLeft = 0 }")
    two = [left_of(page, f"{one} >> nth=1") for one in (cell, header)]
    scrolls.evaluate("node => { node.scrollLeft = 400 }")
    system.until("both stay", lambda: [left_of(page, f"{one} >> nth=1") for one in (cell, header)] == two)
    page.locator(cell).first.hover()
    page.locator(f"#orders-{order_id} [data-act=cancel]").click()
    expect(page.locator("#cancel-title")).to_have_text(f"Cancel order {order_id}?")
    desk.press("Escape")


def test_a_panel_in_a_window_of_its_own_follows_what_is_selected(
    system: Running,
    desk: Desk,
    price: Callable[[float], str],
) -> None:
    order_id = rests(system, price)
    page = desk.log_in()
    row = desk.row(order_id)
    expect(row).to_be_visible(timeout=SOON_MS)
    with page.context.expect_page() as opened:
        page.click("[data-popout=history]")
    window = opened.value
    expect(window.locator("#feed-word")).to_have_text("LIVE", timeout=SOON_MS)
    assert "panel=history" in window.url
    expect(window.locator(".panel.history")).to_be_visible()
    for hidden in (".panel.orders", ".panel.ticket", ".brand"):
        expect(window.locator(hidden)).to_be_hidden()
    row.click()
    expect(window.locator("#timeline-title")).to_have_text(f"Order {order_id} timeline", timeout=SOON_MS)
    expect(window.locator("#timeline")).to_contain_text("checks passed", timeout=SOON_MS)
    window.close()


def test_all_desks_in_one_look_lead_to_the_rows_behind_the_numbers(
    system: Running,
    desk: Desk,
    price: Callable[[float], str],
) -> None:
    # Among the largest; not in the account that test_limits_page has given a limit.
    order_id = rests(system, price, "3000", account="EQ-INDEX")
    page = desk.log_in("compliance")
    page.goto(f"{system.url}/desks/")
    expect(page.locator("#feed-word")).to_have_text("LIVE", timeout=SOON_MS)
    working = page.locator("#rows tr[data-desk=EQ] td").first
    expect(working).not_to_have_text("0", timeout=SOON_MS)
    expect(page.locator("#venues .venue.up").first).to_be_visible(timeout=SOON_MS)
    expect(page.locator("#largest")).to_contain_text(f"Order {order_id}")
    working.locator("a").focus()
    desk.press("ArrowDown")
    expect(page.locator("#rows tr").nth(1).locator("a:focus")).to_have_count(1)
    working.locator("a").click()
    expect(page.locator("#chips [data-name=working]")).to_have_attribute("aria-pressed", "true")
    expect(desk.row(order_id)).to_be_visible(timeout=SOON_MS)


def test_without_a_script_orders_are_listed_and_canceled(
    system: Running,
    chromium: Browser,
    price: Callable[[float], str],
) -> None:
    order_id = rests(system, price)
    context = chromium.new_context(viewport=SIZE, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{system.url}/login/")
    page.fill("[name=username]", "trader")
    page.fill("[name=password]", system.user("trader")["password"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/blotter/plain/**")
    page.check(f"input[value='{order_id}']")
    page.get_by_role("button", name="Cancel the chosen orders").click()
    expect(page.locator("h1")).to_have_text("Cancel 1 order?")
    page.get_by_role("button", name="Cancel 1").click()
    expect(page.locator(".told.success")).to_have_text(f"Canceled, or asked to be canceled: {order_id}")
    context.close()
    address = f"/api/v1/orders/{order_id}/"
    system.until("it is canceled", lambda: system.call("GET", address).body["ord_status"] == "canceled")


def test_on_a_tablet_orders_are_watched_and_canceled_by_touch(
    system: Running,
    chromium: Browser,
    price: Callable[[float], str],
) -> None:
    order_id = rests(system, price)
    size: ViewportSize = {"width": 1024, "height": 768}
    context = chromium.new_context(viewport=size, has_touch=True, is_mobile=True, reduced_motion="reduce")
    tablet = Desk(system, context)
    page = tablet.log_in()
    row = tablet.row(order_id)
    expect(row).to_be_in_viewport(timeout=SOON_MS)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    row.locator(".slick-cell").nth(3).tap()
    button = page.locator("#do-cancel")
    expect(button).to_be_in_viewport()
    for what, least in ((row, 32), (button, 32)):
        box = what.bounding_box()
        assert box is not None
        assert box["height"] >= least
    button.tap()
    page.locator("#c-send").tap()
    expect(row.locator(".status")).to_contain_text("CANCELED", timeout=SOON_MS)
    moving = "() => document.getAnimations().filter((one) => one.playState === 'running').length"
    assert page.evaluate(moving) == 0
    context.close()
    assert tablet.complaints == []
