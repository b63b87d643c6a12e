"""An override asked for by one person and granted by another, each on a page of their own."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from oms.stack.running import Running
from tests.browsing import SIZE, SOON_MS, Desk

pytestmark = [pytest.mark.browser, pytest.mark.system, pytest.mark.timeout(600)]


@pytest.fixture
def desk(signed_out: Desk) -> Desk:
    return signed_out


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
    desk.send()
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
    desk.send()
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
    desk.send()
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
