"""The workbench of breaches in Chromium: worked by keyboard, renewed by itself, waived by a second person."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from oms.desk import enter
from oms.desk.intrade import intrade
from risk import rules
from risk.models import Breach, BreachEvent, Rule
from tests.browsing import CHROMIUM, EXPECTED, FLAGS, SIZE
from tests.factories import Floor, user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
SOON_MS = 20_000


@pytest.fixture
def chromium(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    # The browser is driven from a loop in this thread; the test's own look at the database is no part of it.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def breach(desk: Floor, symbol: str) -> None:
    enter([desk.draft(symbol=symbol)], desk.actor)
    one = Rule(control="PT-01", name=symbol, instrument=desk.instruments[symbol], params={"hard": "50"})
    assert isinstance(rules.put(one, None), Rule)
    intrade(timedelta(0))


def sign_in(chromium: Browser, url: str, name: str, complaints: list[str]) -> Page:
    page = chromium.new_context(viewport=SIZE, color_scheme="dark").new_page()
    page.set_default_timeout(SOON_MS)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: (
            complaints.append(said.text)
            if said.type == "error" and not any(word in said.text for word in EXPECTED)
            else None
        ),
    )
    page.goto(f"{url}/admin/login/?next=/admin/risk/breach/")
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(f"{name}{name}123")
    page.keyboard.press("Enter")
    expect(page.locator("#breaches")).to_be_visible()
    return page


def test_a_breach_is_worked_by_keyboard_and_waived_by_another(
    desk: Floor, live_server: Any, chromium: Browser, settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    user("carla", role="compliance", is_staff=True)
    user("carl", role="compliance", is_staff=True)
    intrade(timedelta(0))
    breach(desk, "AAPL")
    complaints: list[str] = []
    page = sign_in(chromium, live_server.url, "carla", complaints)
    first = Breach.objects.get()
    row, panel = page.locator(f"#b{first.pk}"), page.locator("#breach-panel")
    expect(panel).to_contain_text("Maximum order quantity")
    expect(panel.locator(".figure")).to_have_text(["100", "50"])

    # What is new comes by itself, and neither the choice nor the panel is lost.
    breach(desk, "MSFT")
    second = page.locator(f"#b{first.pk + 1}")
    expect(second).to_be_visible()
    expect(row).to_have_attribute("aria-selected", "true")
    page.keyboard.press("k")
    expect(second).to_have_attribute("aria-selected", "true")
    expect(panel).to_contain_text("MSFT")
    page.keyboard.press("j")
    expect(panel).to_contain_text("AAPL")

    page.keyboard.press("a")
    expect(page.locator(".messagelist")).to_contain_text(f"Breach {first.pk} is acknowledged")
    expect(row.locator(".state")).to_have_text("acknowledged")
    expect(row).to_have_attribute("aria-selected", "true")
    expect(panel.locator("button[data-key=n]")).to_be_visible()
    page.keyboard.press("n")
    page.keyboard.type("the client was told")
    page.keyboard.press("Control+Enter")
    expect(panel.locator(".story")).to_contain_text("the client was told")
    expect(panel.locator("button[data-key=w]")).to_be_visible()
    page.keyboard.press("w")
    page.keyboard.type("the index is rebalanced today")
    page.keyboard.press("Control+Enter")
    expect(panel).to_contain_text("asked for by carla")
    expect(panel.locator("button[data-key=g]")).to_have_count(0)

    other = sign_in(chromium, live_server.url, "carl", complaints)
    other.locator(f"#b{first.pk}").click()
    expect(other.locator("#breach-panel button[data-key=g]")).to_be_visible()
    other.keyboard.press("g")
    other.keyboard.type("agreed")
    other.keyboard.press("Control+Enter")
    expect(other.locator(f"#b{first.pk}")).to_have_count(0)
    # On the page of whoever asked it goes, too, as it is no longer to do.
    expect(page.locator(f"#b{first.pk}")).to_have_count(0)
    assert complaints == []
    first.refresh_from_db()
    assert (first.state, first.waived_by and first.waived_by.username) == ("waived", "carl")
    verbs = list(BreachEvent.objects.filter(breach=first).values_list("verb", flat=True))
    assert verbs == ["open", "acknowledge", "note", "ask_waiver", "grant_waiver"]
