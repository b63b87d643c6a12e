"""An override asked for by one person and granted by another, each on a page of their own."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect

from oms.stack.running import Running
from tests.browsing import SIZE, SOON_MS, Desk

pytestmark = [pytest.mark.browser, pytest.mark.system, pytest.mark.timeout(600)]


@pytest.fixture
def desk(signed_out: Desk) -> Desk:
    return signed_out


@pytest.fixture
def approver(system: Running, chromium: Browser) -> Iterator[Desk]:
    """Compliance at its queue, in a window of its own that may not complain of anything."""
    context = chromium.new_context(viewport=SIZE)
    made = Desk(system, context)
    page = made.log_in("compliance")
    page.goto(f"{system.url}/overrides/")
    expect(page.locator("#feed-word")).to_have_text("LIVE", timeout=SOON_MS)
    yield made
    context.close()
    assert made.complaints == []


def ask(desk: Desk, approver: Desk, qty: str, price: str, reason: str) -> None:
    """Ask for an override of an order that is large; Compliance has it before it."""
    desk.ticket("AAPL", "b", qty, price)
    desk.send()
    expect(desk.page.locator("#t-reason")).to_be_focused()
    desk.page.keyboard.type(reason)
    desk.press("Enter")
    expect(approver.page.locator("#queue tr[data-state=asked]")).to_have_count(1)


def test_an_override_is_asked_for_by_one_and_granted_by_another(
    desk: Desk, approver: Desk, price: Callable[[float], str]
) -> None:
    """A large order is warned of: the trader asks with a reason, Compliance is told and grants, one key sends it."""
    trader, page = desk.log_in(), approver.page
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


def test_terms_that_change_void_what_was_asked_for(desk: Desk, approver: Desk, price: Callable[[float], str]) -> None:
    """Nothing of it is left on the ticket."""
    trader, page = desk.log_in(), approver.page
    ask(desk, approver, "60100", price(0.96), "once more")
    approver.press("k", "k", "r")
    page.keyboard.type("enough for today")
    approver.press("Enter")
    expect(trader.locator("[data-override=refused]")).to_contain_text("enough for today")
    trader.locator("#t-qty").fill("50000")
    expect(trader.locator("[data-override]")).to_have_count(0)


def test_what_was_granted_outlasts_the_page(desk: Desk, approver: Desk, price: Callable[[float], str]) -> None:
    """It may be read anew while Compliance looks: V brings the ticket back with what was granted."""
    trader, page = desk.log_in(), approver.page
    ask(desk, approver, "60200", price(0.95), "a last one")
    trader.reload()
    expect(trader.locator("#feed-word")).to_have_text("LIVE", timeout=SOON_MS)
    approver.press("k", "k")
    expect(page.locator("#detail-body")).to_contain_text("a last one")
    approver.press("g")
    page.keyboard.type("the last one")
    approver.press("Enter")
    expect(page.locator("#queue tr[data-state=asked]")).to_have_count(0)
    desk.press("v")
    expect(trader.locator("[data-override=granted]")).to_contain_text("the last one")
    desk.press("Enter")
    desk.entered()
