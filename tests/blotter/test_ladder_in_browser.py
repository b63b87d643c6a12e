"""The ladder: it sends when it is armed, and disarms itself."""

import re

import pytest
from playwright.sync_api import expect

from oms.stack.running import Running
from tests.browsing import SOON_MS, Desk, status

pytestmark = [pytest.mark.browser, pytest.mark.system, pytest.mark.timeout(600)]


@pytest.fixture
def desk(signed_out: Desk) -> Desk:
    return signed_out


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
