"""Limits as bars: what an order takes of a limit is on the page a moment later, and given back when it is canceled."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from oms.stack.running import Running
from tests.browsing import SIZE, SOON_MS, Desk, rests

pytestmark = [pytest.mark.browser, pytest.mark.system, pytest.mark.timeout(600)]
TABLE = "measure,account,instrument,hard,currency\nopen_notional,EQ-CORE,AAPL.XNAS,1000000,USD\n"


@pytest.fixture
def trader(system: Running, chromium: Browser) -> Iterator[Page]:
    desk = Desk(system, chromium.new_context(viewport=SIZE))
    desk.log_in("trader")
    desk.page.goto(f"{system.url}/limits/")
    yield desk.page
    desk.page.context.close()
    assert desk.complaints == []


def row(page: Page) -> Locator:
    return page.locator("tr", has_text="instrument AAPL.XNAS").filter(has_text="open notional")


def test_a_bar_follows_what_an_order_takes_and_gives_back(
    system: Running,
    trader: Page,
    price: Callable[[float], str],
) -> None:
    answer = system.call("POST", "/api/v1/limits/import/", TABLE, user="compliance", Content_Type="text/csv")
    assert answer.status == 200, answer
    expect(row(trader)).to_contain_text("1,000,000 USD", timeout=SOON_MS)
    used = row(trader).locator("td").nth(4)
    before = used.inner_text()
    order_id = rests(system, price)
    expect(used).not_to_have_text(before, timeout=SOON_MS)
    expect(row(trader).locator(".use")).to_have_attribute("aria-label", re.compile(r"^[1-9][0-9.]* % used$"))
    assert system.call("POST", f"/api/v1/orders/{order_id}/cancel/").status < 300
    expect(used).to_have_text(before, timeout=SOON_MS)

    trader.keyboard.press("t")
    expect(row(trader)).to_have_count(0)
    trader.keyboard.press("t")
    trader.keyboard.press("/")
    trader.keyboard.type("aapl open")
    expect(trader.locator("#told")).to_contain_text("of", timeout=SOON_MS)
    trader.keyboard.press("Escape")
    expect(row(trader)).to_have_count(1)
