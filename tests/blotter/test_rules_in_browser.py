"""A rule of Compliance in Chromium on the running system: drafted, tested, approved by another, and then it stops an order."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from oms.stack.running import Running
from tests.browsing import SIZE, SOON_MS, Desk

pytestmark = [pytest.mark.browser, pytest.mark.system, pytest.mark.timeout(600)]


class Officer(Desk):
    """Somebody of Compliance at the pages of the rules."""

    def sign_in(self, username: str) -> Page:
        page = self.page
        page.goto(f"{self.system.url}/admin/login/?next=/admin/risk/writtenrule/")
        page.fill("#id_username", username)
        page.fill("#id_password", self.system.user(username)["password"])
        page.keyboard.press("Enter")
        expect(page.get_by_text("another person approves it")).to_be_visible(timeout=SOON_MS)
        return page


def test_a_rule_is_drafted_tested_approved_by_another_and_stops_an_order(
    system: Running,
    chromium: Browser,
    price: Callable[[float], str],
) -> None:
    contexts = [chromium.new_context(viewport=SIZE) for _ in range(3)]
    writer, second, trader = Officer(system, contexts[0]), Officer(system, contexts[1]), Desk(system, contexts[2])
    page = writer.sign_in("compliance")
    page.click("text=New rule")
    expect(page.locator("[name=code]")).to_be_focused()
    page.keyboard.type("AAPL-CAP")
    page.fill("[name=title]", "Apple at most 1,000 shares")
    page.select_option("[name=filter-0-field]", "instrument")
    page.fill("[name=filter-0-values]", "APPL")
    page.select_option("[name=measure]", "quantity")
    page.fill("[name=warn]", "2000")
    page.fill("[name=fail]", "1000")
    faults = page.locator("[data-faults]")
    expect(faults).to_contain_text("warn must not be above fail")
    expect(page.locator("[name=warn]")).to_have_attribute("aria-invalid", "true")
    page.fill("[name=warn]", "")
    expect(faults).to_contain_text("there is no instrument 'APPL'")
    page.fill("[name=filter-0-values]", "AAPL")
    expect(page.locator("aside [data-reading]")).to_contain_text("Refuses above 1,000; exactly that passes.")
    page.fill("[name=case-0-order]", '{"symbol": "AAPL", "quantity": "1000"}')
    page.fill("[name=case-1-order]", '{"symbol": "AAPL", "quantity": "1"}')
    page.fill("[name=case-1-surroundings]", '{"holdings": [{"symbol": "AAPL", "position": "1000"}]}')
    expect(page.locator("[data-result].state-green")).to_have_count(2)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("AAPL-CAP version 1 is written")).to_be_visible()
    page.click("input[value='Run test cases']")
    expect(page.get_by_text("2 of 2 test cases came out as expected")).to_be_visible()
    expect(page.locator("input[value=Approve]")).to_be_disabled()

    trader.log_in()
    trader.ticket("AAPL", "b", "1001", price(0.97))
    trader.send()
    trader.entered()

    other = second.sign_in("admin")
    other.click("text=AAPL-CAP")
    expect(other.locator("[data-state]")).to_have_text("tested")
    other.fill("[name=reason]", "agreed")
    other.click("input[value=Approve]")
    expect(other.locator("[data-state]")).to_have_text("in force")

    trader.ticket("AAPL", "b", "1", price(0.97))
    trader.send()
    answer = trader.page.locator("#t-answer")
    expect(answer).to_contain_text(
        re.compile(r"Apple at most 1,000 shares: The quantity would be [0-9,]+; the limit is at most 1,000")
    )

    page.reload()
    page.click("input[value='Try on past orders']")
    expect(page.get_by_text("What this rests on")).to_be_visible()
    expect(page.locator("dl.figures")).to_contain_text("would have been stopped")
    for one in (writer, second, trader):
        assert one.complaints == []
    for context in contexts:
        context.close()
