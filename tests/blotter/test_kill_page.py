"""A kill switch pulled by one person and released by another, in Chromium, and the banner on the desk meanwhile."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from oms.stack.running import Running
from tests.browsing import SIZE, SOON_MS, Desk, rests, status_of

pytestmark = [pytest.mark.browser, pytest.mark.system, pytest.mark.timeout(600)]


@pytest.fixture
def people(system: Running, chromium: Browser) -> Iterator[Callable[[str], Desk]]:
    """people(name) is that person's page, signed in; nobody's browser may complain."""
    made: list[Desk] = []

    def one(name: str) -> Desk:
        desk = Desk(system, chromium.new_context(viewport=SIZE))
        desk.log_in(name)
        made.append(desk)
        return desk

    yield one
    for desk in made:
        desk.page.context.close()
    assert [desk.complaints for desk in made] == [[] for _ in made]


def switches(desk: Desk) -> Page:
    desk.page.goto(f"{desk.system.url}/kill-switches/")
    expect(desk.page.locator("#state-word")).to_have_text("LIVE", timeout=SOON_MS)
    return desk.page


def test_pulled_by_one_and_released_by_another(
    system: Running,
    people: Callable[[str], Desk],
    price: Callable[[float], str],
) -> None:
    order_id = rests(system, price)
    trader = people("trader").page
    carla = switches(people("compliance"))

    # By keyboard alone: scope, target, reason, a look, and the name once more.
    carla.keyboard.press("e")
    expect(carla.locator("[name=scope]:checked")).to_be_focused()
    carla.keyboard.press("Tab")
    carla.keyboard.type("EQ")
    carla.keyboard.press("Tab")
    carla.keyboard.press("Enter")
    expect(carla.locator("#engage-answer")).to_contain_text("for a reason")
    carla.keyboard.type("Runaway algorithm")
    carla.keyboard.press("Enter")
    expect(carla.locator("#foresee-head")).to_have_text("Stop trading for desk EQ")
    expect(carla.locator("#foresee tfoot")).to_contain_text("1")
    expect(carla.locator("#confirm")).to_be_focused()
    carla.keyboard.type("eq")
    expect(carla.locator("#throw")).to_be_disabled()
    carla.keyboard.press("Enter")
    assert status_of(system, order_id) == "new"
    carla.locator("#confirm").fill("EQ")
    carla.keyboard.press("Enter")

    card = carla.locator(".switch")
    expect(card).to_contain_text("Runaway algorithm", timeout=SOON_MS)
    expect(card.locator(".open")).to_have_text("all taken back", timeout=SOON_MS)
    expect(card.locator("tbody [data-count=confirmed]").first).to_have_text("1")
    expect(card.locator("[data-count=still_open]").first).to_have_text("0")
    assert status_of(system, order_id) == "canceled"
    # Whoever engaged it cannot release it: not by the page, not past it.
    expect(card.locator("[data-release]")).to_be_disabled()

    banner = trader.locator("#stopped")
    expect(banner).to_contain_text("TRADING STOPPED", timeout=SOON_MS)
    expect(banner).to_contain_text("Runaway algorithm")
    trader.locator("#desk").select_option("FI")
    expect(trader.locator("#feed-word")).to_have_text("LIVE", timeout=SOON_MS)
    expect(banner).to_be_hidden()
    trader.locator("#desk").select_option("EQ")
    expect(banner).to_be_visible(timeout=SOON_MS)

    otto = switches(people("operations"))
    otto.locator("[data-release]").click()
    otto.keyboard.type("Algorithm stopped")
    otto.locator("#release-send").click()
    expect(otto.locator("#engaged .empty")).to_be_visible(timeout=SOON_MS)
    expect(otto.locator("#past tbody tr").first).to_contain_text("Algorithm stopped")
    expect(banner).to_be_hidden(timeout=SOON_MS)
    expect(carla.locator("#engaged .empty")).to_be_visible(timeout=SOON_MS)
    assert rests(system, price)


def test_others_may_look_or_not_even_that(people: Callable[[str], Desk]) -> None:
    auditor = switches(people("auditor"))
    expect(auditor.locator("#look")).to_be_disabled()
    trader = people("trader").page
    expect(trader.locator(".nav a", has_text="Kill switches")).to_have_count(0)
    answer = trader.goto(trader.url.split("/blotter/")[0] + "/kill-switches/")
    assert answer is not None
    assert answer.status == 403
