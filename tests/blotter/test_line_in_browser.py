"""What the page shows while the line, the relay or Valkey is away, and when who looks may look no more."""

import os
import signal
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from oms.stack.running import Running
from tests.browsing import SIZE, SOON_MS, Desk, path_of, status

pytestmark = [pytest.mark.browser, pytest.mark.system, pytest.mark.timeout(600)]


@pytest.fixture
def desk(signed_out: Desk) -> Desk:
    return signed_out


def test_the_line_comes_back_by_itself(desk: Desk, system: Running, price: Callable[[float], str]) -> None:
    page = desk.log_in()
    system.kill("web")
    expect(page.locator("#feed-word")).to_have_text("OFFLINE", timeout=SOON_MS)
    expect(page.locator("#feed-word")).to_have_text("LIVE", timeout=90_000)
    desk.ticket("AAPL", "b", "100", price(1.002))
    desk.send()
    status(desk, desk.entered(), "FILLED")


def test_while_the_relay_is_silent_rows_are_read_from_the_books(
    desk: Desk, system: Running, price: Callable[[float], str]
) -> None:
    page = desk.log_in()
    relay = system.pid("live")
    os.kill(relay, signal.SIGSTOP)
    try:
        expect(page.locator("#feed-word")).to_have_text("CATCHING UP", timeout=SOON_MS)
        desk.ticket("AAPL", "b", "100", price(1.002))
        desk.send()
        status(desk, desk.entered(), "FILLED")
    finally:
        os.kill(relay, signal.SIGCONT)
    expect(page.locator("#feed-word")).to_have_text("LIVE", timeout=SOON_MS)


def test_valkey_may_die(desk: Desk, system: Running, price: Callable[[float], str]) -> None:
    page = desk.log_in()
    system.kill("valkey")
    desk.ticket("AAPL", "b", "100", price(1.002))
    desk.send()
    status(desk, desk.entered(), "FILLED")
    expect(page.locator("#feed-word")).to_have_text("LIVE", timeout=60_000)


def test_signing_out_ends_it(desk: Desk) -> None:
    page = desk.log_in()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(path_of("/login/"))
    page.goto(f"{desk.system.url}/blotter/")
    expect(page).to_have_url(path_of("/login/"))


def test_who_may_not_sign_in_any_more_is_left_an_empty_page(
    system: Running, chromium: Browser, desk: Desk, price: Callable[[float], str]
) -> None:
    """Operations takes the user's right away in the admin: the open page becomes empty by itself and says why.

    That it takes no longer than a second is test_rights.py's.
    """
    context = chromium.new_context(viewport=SIZE)
    mate = Desk(system, context)
    page = mate.log_in("trader2")
    expect(page.locator("#orders-grid .slick-row").first).to_be_visible(timeout=SOON_MS)
    office = desk.log_in("operations")

    def active(on: bool) -> None:
        office.goto(f"{system.url}/admin/orders/user/?q=trader2")
        office.click("#result_list .field-username a")
        office.set_checked("#id_is_active", on)
        office.click("[name=_save]")
        expect(office.locator(".messagelist .success")).to_be_visible()

    active(False)
    expect(page.locator("#feed-word")).to_have_text("OFFLINE", timeout=SOON_MS)
    expect(page.locator("#signed-out")).to_contain_text(
        "your user may not sign in any more. Nothing is shown any more."
    )
    expect(page.locator("#orders-grid .slick-row")).to_have_count(0)
    expect(page.locator("#positions-grid .slick-row")).to_have_count(0)
    expect(page.locator("#ladder .level")).to_have_count(0)
    expect(page.locator("#touch")).to_be_hidden()
    expect(page.locator("#t-send")).to_be_disabled()
    active(True)
    context.close()
    assert mate.complaints == []
