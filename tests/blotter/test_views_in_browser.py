"""Saved views in Chromium: kept under a name, opened by address, shared with the desk; columns moved by keyboard."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from oms.stack.running import Running
from tests.blotter.test_browser import SIZE, SOON_MS, Desk, chromium, price, system  # noqa: F401 - fixtures
from tests.blotter.test_kill_page import rests

pytestmark = [pytest.mark.browser, pytest.mark.system, pytest.mark.timeout(600)]


@pytest.fixture
def desk(system: Running, chromium: Browser) -> Iterator[Desk]:  # noqa: F811
    context = chromium.new_context(viewport=SIZE, permissions=["clipboard-read", "clipboard-write"])
    made = Desk(system, context)
    yield made
    context.close()
    assert made.complaints == []


def headers(page: Page) -> list[str]:
    return page.locator("#orders-grid .slick-header-column .slick-column-name").all_inner_texts()


def test_a_view_is_kept_shared_and_opened_by_its_address(
    system: Running,  # noqa: F811
    chromium: Browser,  # noqa: F811
    desk: Desk,
    price: Callable[[float], str],  # noqa: F811
) -> None:
    order_id = rests(system, price)
    page = desk.log_in()
    expect(desk.row(order_id)).to_be_visible(timeout=SOON_MS)
    page.click("#do-columns")
    page.locator("#columns-list label", has_text="Side").locator("input").uncheck()
    page.locator("[data-move='symbol-1']").press("Enter")
    expect(page.locator("[data-move='symbol-1']")).to_be_focused()
    desk.press("Escape")
    assert headers(page)[:3] == ["Order", "Status", "Instrument"]
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
    assert headers(mate)[:3] == ["Order", "Status", "Side"]
    mate.goto(address)
    expect(mate.locator("#filter")).to_have_value("sym:AAPL*")
    assert headers(mate)[:3] == ["Order", "Status", "Instrument"]
    expect(mate.locator("#chips [data-name=working]")).to_have_attribute("aria-pressed", "true")
    expect(mate.locator("#orders-grid .slick-header-column", has_text="Qty").first).to_have_attribute(
        "aria-sort", "ascending"
    )
    mate.context.close()
    assert other.complaints == []


def test_selected_rows_are_copied_with_tabs(
    system: Running,  # noqa: F811
    desk: Desk,
    price: Callable[[float], str],  # noqa: F811
) -> None:
    order_id = rests(system, price)
    page = desk.log_in()
    desk.row(order_id).click()
    desk.press("Control+Shift+c")
    first, second = page.evaluate("navigator.clipboard.readText()").split("\n")
    assert first.split("\t")[0] == "Order"
    assert second.split("\t")[0] == order_id


def test_three_themes_take_turns(desk: Desk) -> None:
    page = desk.log_in()
    seen = []
    for _ in range(3):
        page.click("#theme")
        seen.append(page.evaluate("document.documentElement.dataset.theme"))
    assert sorted(seen) == ["contrast", "dark", "light"]
