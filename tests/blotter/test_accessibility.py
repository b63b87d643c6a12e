"""Every page passes axe (WCAG 2.2 AA), in each theme, narrow and wide; at 200 % nothing is cut off."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from oms.stack.running import Running
from tests.browsing import SOON_MS, Desk, rests

pytestmark = [pytest.mark.browser, pytest.mark.system, pytest.mark.timeout(600)]
RULES: Any = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
THEMES = ("dark", "light", "contrast")
PAGES = {
    "trader": ["/blotter/", "/limits/", "/blotter/plain/?show=all"],
    "compliance": ["/overrides/", "/kill-switches/", "/limits/", "/desks/"],
}


def violations(page: Page, *but: str) -> list[str]:
    """What axe objects to, and where; of these rules nothing."""
    options = {**RULES, "rules": {name: {"enabled": False} for name in but}}
    found = Axe().run(page, options=options).response["violations"]
    return [f"{one['id']}: {node['target']} {node.get('failureSummary', '')}" for one in found for node in one["nodes"]]


@pytest.fixture(scope="module")
def desks(system: Running, chromium: Browser) -> Iterator[Callable[[str], Desk]]:
    """Somebody's page, signed in once."""
    made: dict[str, Desk] = {}

    def of(username: str) -> Desk:
        if username not in made:
            made[username] = Desk(system, chromium.new_context(viewport={"width": 1280, "height": 800}))
            made[username].log_in(username)
        return made[username]

    yield of
    for desk in made.values():
        desk.page.context.close()
        assert desk.complaints == []


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("username", "path"), [(who, path) for who, paths in PAGES.items() for path in paths])
def test_a_page_passes_axe(
    system: Running,
    desks: Callable[[str], Desk],
    price: Callable[[float], str],
    username: str,
    path: str,
    theme: str,
) -> None:
    page = desks(username).page
    if path == "/blotter/" and theme == THEMES[0]:
        rests(system, price)
    page.evaluate("theme => localStorage.setItem('oms.theme', JSON.stringify(theme))", theme)
    page.goto(f"{system.url}{path}")
    expect(page.locator("html")).to_have_attribute("data-theme", theme)
    if path == "/blotter/":
        expect(page.locator("#orders-grid .slick-row").first).to_be_visible(timeout=SOON_MS)
        expect(page.locator("#ladder .level").first).to_be_visible(timeout=SOON_MS)
    if path == "/desks/":
        expect(page.locator("#venues .venue").first).to_be_visible(timeout=SOON_MS)
    assert violations(page) == []


@pytest.mark.parametrize("theme", THEMES)
def test_the_order_page_and_the_login_pass_axe(
    system: Running,
    desks: Callable[[str], Desk],
    chromium: Browser,
    price: Callable[[float], str],
    theme: str,
) -> None:
    order_id = rests(system, price)
    page = desks("trader").page
    page.evaluate("theme => localStorage.setItem('oms.theme', JSON.stringify(theme))", theme)
    page.goto(f"{system.url}/orders/{order_id}/")
    expect(page.locator("html")).to_have_attribute("data-theme", theme)
    assert violations(page) == []
    context = chromium.new_context()
    login = context.new_page()
    login.goto(f"{system.url}/login/")
    login.evaluate("theme => localStorage.setItem('oms.theme', JSON.stringify(theme))", theme)
    login.reload()
    expect(login.locator("html")).to_have_attribute("data-theme", theme)
    assert violations(login) == []
    context.close()


@pytest.mark.parametrize("theme", THEMES[:2])
@pytest.mark.parametrize("path", ["/admin/", "/admin/risk/rule/", "/admin/risk/breach/", "/admin/orders/order/"])
def test_the_administration_passes_axe(system: Running, desks: Callable[[str], Desk], path: str, theme: str) -> None:
    page = desks("compliance").page
    page.evaluate("theme => localStorage.setItem('theme', theme)", theme)
    page.goto(f"{system.url}{path}")
    expect(page.locator("html")).to_have_attribute("data-theme", theme)
    # The label of Django's search field is a picture that says "Search".
    assert violations(page, "label-title-only") == []


def test_at_200_percent_the_page_scrolls_one_way(system: Running, desks: Callable[[str], Desk]) -> None:
    """A browser zoomed to 200 % lays a page of 1280 pixels out in 640."""
    page = desks("trader").page
    page.set_viewport_size({"width": 640, "height": 400})
    page.goto(f"{system.url}/blotter/")
    expect(page.locator("#feed-word")).to_have_text("LIVE", timeout=SOON_MS)
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    page.set_viewport_size({"width": 1280, "height": 800})
    assert wider <= 0
