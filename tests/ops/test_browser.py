"""The operations desk in Chromium, on the whole running system: by keyboard, each act with its dialog and its result."""

import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from oms.stack.running import Running
from tests.browsing import SIZE, SOON_MS, Desk, accepted
from tests.ops.accessible import faults

pytestmark = [pytest.mark.browser, pytest.mark.system, pytest.mark.timeout(900)]


@pytest.fixture
def people(system: Running, chromium: Browser) -> Iterator[Callable[[str], Page]]:
    """people(name) is a page of that person; nobody's browser may complain."""
    made: list[Desk] = []

    def one(name: str) -> Page:
        desk = Desk(system, chromium.new_context(viewport=SIZE))
        made.append(desk)
        return desk.log_in(name)

    yield one
    for desk in made:
        desk.page.context.close()
    assert [desk.complaints for desk in made] == [[] for _ in made]


def visit(page: Page, path: str) -> Page:
    page.goto(re.sub(r"(https?://[^/]+).*", rf"\1{path}", page.url))
    expect(page.locator("#state-word")).to_have_text("LIVE", timeout=SOON_MS)
    return page


def traded(system: Running, account: str = "EQ-CORE", symbol: str = "AAPL", side: str = "buy") -> str:
    """An order at market that is filled."""
    order = {
        "account": account,
        "symbol": symbol,
        "side": side,
        "ord_type": "market",
        "order_qty": "100",
        "time_in_force": "day",
    }
    order_id = accepted(system, order)
    system.until(
        "it is filled", lambda: system.call("GET", f"/api/v1/orders/{order_id}/").body["ord_status"] == "filled"
    )
    return order_id


def instruction(system: Running, order_id: str) -> dict[str, Any]:
    """The instruction of an order, once there is one."""

    def found() -> Any:
        rows = system.call("GET", f"/api/v1/instructions/?order_id={order_id}", user="operations").body["results"]
        return rows[0] if rows else None

    return dict(system.until("it is instructed", found))


def says(system: Running, **said: str) -> None:
    """Tell the simulated custodian something."""
    answer = system.call(
        "POST", "/api/v1/custody/simulated/", said, user="operations", Idempotency_Key=str(uuid.uuid4())
    )
    assert answer.status == 200, answer


def test_an_instruction_that_was_rejected_is_released_by_keyboard_and_leads_to_its_trade(
    system: Running,
    people: Callable[[str], Page],
) -> None:
    says(system, say="reject", key="AAPL", value="SAFE")
    order_id = traded(system)
    held = instruction(system, order_id)
    system.until("it is rejected", lambda: instruction(system, order_id)["state"] == "rejected")
    says(system, say="clear", key="reject")

    page = visit(people("operations"), "/ops/settlements/?state=waits")
    row = page.locator(f"#rows tr[data-key='{held['id']}']")
    expect(row).to_contain_text("REJECTED")
    page.keyboard.press("/")
    page.keyboard.type(held["reference"].lower())
    expect(page.locator("#rows tr")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("find="))
    page.locator("#find").press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("#picked")).to_have_text("1 selected")

    # The key opens a dialog, and the dialog does nothing without a reason.
    page.keyboard.press("r")
    expect(page.locator("#act-title")).to_have_text("Release")
    expect(page.locator("#act-rows")).to_contain_text("will be done")
    page.keyboard.press("Enter")
    expect(page.locator("#act-answer")).to_contain_text("reason")
    assert instruction(system, order_id)["state"] == "rejected"
    page.keyboard.type("Safekeeping account agreed by telephone")
    page.keyboard.press("Enter")
    expect(page.locator("#act-rows td.good")).to_contain_text("Done", timeout=SOON_MS)
    page.keyboard.press("Enter")
    expect(page.locator("#act")).to_be_hidden()
    system.until("it is accepted", lambda: instruction(system, order_id)["state"] in ("accepted", "matched"))

    visit(page, f"/ops/settlements/?open={held['id']}")
    detail = page.locator("#detail")
    expect(detail).to_contain_text("Safekeeping account agreed by telephone", timeout=SOON_MS)
    assert faults(page) == []
    page.keyboard.press("t")
    expect(page).to_have_url(re.compile(f"/ops/trade/{order_id}/"))
    expect(page.locator("#steps li").first).to_have_attribute("data-state", "done")
    expect(page.locator("#timeline")).to_contain_text("rejected", timeout=SOON_MS, ignore_case=True)
    assert faults(page) == []


def test_a_wrong_statement_is_a_break_and_is_resolved(
    system: Running,
    people: Callable[[str], Page],
) -> None:
    says(system, say="statement", key="EQ-CORE", value="extra")
    traded(system, symbol="MSFT")
    # It states of days on which it held something of ours: the instruction must be there before the day ends.
    held = "/api/v1/instructions/?state=matched"
    system.until("the custodian has it", lambda: system.call("GET", held, user="operations").body["results"])
    today = system.call("GET", "/api/v1/business-date/", user="operations").body["today"]
    moved = system.call("PUT", "/api/v1/business-date/", {}, user="operations")
    assert moved.status == 200, moved

    def broken() -> Any:
        return system.call("GET", "/api/v1/recon/breaks/?state=live", user="operations").body["results"]

    first = system.until("the statement is compared", broken)[0]
    page = visit(people("operations"), "/ops/breaks/?state=live")
    row = page.locator(f"#rows tr[data-key='{first['id']}']")
    expect(row).to_contain_text("OPEN")
    row.locator("a").first.click()
    expect(page.locator("#detail")).to_contain_text("Both sides", timeout=SOON_MS)
    assert faults(page) == []
    page.keyboard.press("o")
    page.keyboard.press("Enter")
    expect(page.locator("#act-rows td.good")).to_contain_text("Done", timeout=SOON_MS)
    page.keyboard.press("Enter")
    expect(row).to_contain_text("ASSIGNED", timeout=SOON_MS)
    page.keyboard.press("r")
    page.locator("#act-field-reason").select_option("their_error")
    page.locator("#act-field-text").fill("The custodian corrects it tomorrow")
    page.locator("#act-field-text").press("Enter")
    expect(page.locator("#act-rows td.good")).to_contain_text("Done", timeout=SOON_MS)
    page.keyboard.press("Enter")
    expect(row).to_have_count(0, timeout=SOON_MS)
    assert system.call("GET", f"/api/v1/recon/breaks/{first['id']}/", user="operations").body["state"] == "resolved"
    visit(page, f"/ops/sign-offs/?day={today}")
    expect(page.locator("#rows tr").first).to_contain_text(today)
    assert faults(page) == []


def test_a_trade_of_a_block_is_allocated_previewed_and_booked(
    system: Running,
    people: Callable[[str], Page],
) -> None:
    order_id = traded(system, account=block_account(system))
    page = visit(people("operations"), "/ops/allocations/?state=to_do")
    row = page.locator(f"#rows tr[data-key^='order-{order_id}-']")
    expect(row).to_contain_text("TO DO", timeout=SOON_MS)
    row.locator("td").nth(2).click()
    page.keyboard.press("n")
    page.locator("#act-field-method").select_option("percent")
    page.locator("#act-field-shares").fill("EQ-CORE 60%, EQ-ALPHA 30%")
    expect(page.locator("#act-preview")).to_contain_text("not 100", timeout=SOON_MS)
    page.locator("#act-field-shares").fill("EQ-CORE 60%, EQ-ALPHA 40%")
    preview = page.locator("#act-preview tbody tr")
    expect(preview).to_have_count(2, timeout=SOON_MS)
    expect(preview.first.locator("td").nth(1)).to_have_text("60")
    page.locator("#act-field-text").press("Enter")
    expect(page.locator("#act-rows td.good")).to_contain_text("Done", timeout=SOON_MS)
    page.keyboard.press("Enter")
    expect(row).to_have_count(0, timeout=SOON_MS)

    booked = page.locator("#rows tr").filter(has_text=order_id)
    expect(booked).to_contain_text("SUBMITTED", timeout=SOON_MS)
    booked.locator("a").first.click()
    expect(page.locator("#detail")).to_contain_text("Would get", timeout=SOON_MS)
    assert faults(page) == []
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    expect(page.locator("#act-rows td.good")).to_contain_text("Done", timeout=SOON_MS)
    page.keyboard.press("Enter")
    visit(page, "/ops/allocations/?state=booked")
    expect(page.locator("#rows tr").filter(has_text=order_id)).to_contain_text("BOOKED", timeout=SOON_MS)
    visit(page, "/ops/confirmations/?state=open")
    expect(page.locator("#rows tr").first).to_contain_text("AAPL")
    assert faults(page) == []


def test_a_trade_settles_and_a_day_is_closed_by_two_without_a_terminal(
    system: Running,
    people: Callable[[str], Page],
) -> None:
    order_id = traded(system, symbol="GOOGL")
    system.until("the custodian has it", lambda: instruction(system, order_id)["state"] == "matched")
    page = visit(people("operations"), "/ops/settlements/")
    page.locator("#today").click()
    expect(page).to_have_url(re.compile("/ops/days/"))
    expect(page.locator("#rows tr").first).to_contain_text("PRESENT")
    today = page.locator("#rows tr").first.get_attribute("data-key")
    expect(page.locator("#state-word")).to_have_text("LIVE", timeout=SOON_MS)
    page.keyboard.press("v")
    page.keyboard.type("the venues of the demo never close")
    confirmed(page)
    page.keyboard.press("n")
    confirmed(page)
    first = page.locator("#rows tr").first
    expect(first).not_to_have_attribute("data-key", str(today), timeout=SOON_MS)
    due = instruction(system, order_id)["settl_date"].replace("-", "")
    while due > (present := str(first.get_attribute("data-key"))):
        page.keyboard.press("n")
        confirmed(page)
        expect(first).not_to_have_attribute("data-key", present, timeout=SOON_MS)
    system.until("it settles", lambda: instruction(system, order_id)["state"] == "settled")

    visit(page, f"/ops/days/?open={today}")
    expect(page.locator("#detail")).to_contain_text("Checklist of its close", timeout=SOON_MS)
    assert faults(page) == []
    page.keyboard.press("o")
    expect(page.locator("#act-preview")).to_contain_text("Checklist of its close", timeout=SOON_MS)
    page.locator("#act-field-reason").fill("the statements are signed tomorrow")
    page.locator("#act-field-reason").press("Enter")
    expect(page.locator("#act-rows td.good")).to_contain_text("another person", timeout=SOON_MS)
    second = visit(people("operations2"), f"/ops/days/?open={today}")
    second.keyboard.press("y")
    expect(second.locator("#act-preview")).to_contain_text("the statements are signed tomorrow", timeout=SOON_MS)
    assert faults(second) == []
    confirmed(second)
    expect(second.locator(f"#rows tr[data-key='{today}']")).to_contain_text("OVERRIDDEN", timeout=SOON_MS)


def confirmed(page: Page) -> None:
    """Confirm the open dialog, see it done, and shut it."""
    page.keyboard.press("Enter")
    expect(page.locator("#act-rows td.good")).to_contain_text("Done", timeout=SOON_MS)
    page.keyboard.press("Enter")
    expect(page.locator("#act")).to_be_hidden()


def block_account(system: Running) -> str:
    """An allocation account of the demo."""
    rows = system.call("GET", "/api/v1/accounts/?limit=500", user="operations").body["results"]
    found = [row["account"] for row in rows if row["average_price"] and row["desk"] == "EQ"]
    assert found, "the demo has an allocation account"
    return str(found[0])


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_page_can_be_used_by_everybody(people: Callable[[str], Page], theme: str) -> None:
    page = people("auditor")
    page.evaluate("theme => localStorage.setItem('oms.theme', JSON.stringify(theme))", theme)
    visit(page, "/ops/")
    found = {}
    for path in [tab.get_attribute("href") for tab in page.locator(".tabs a").all()]:
        visit(page, str(path))
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
        found[path] = faults(page)
        assert page.locator("[data-act]").count() == 0, "an auditor is offered nothing to do"
    assert found == {path: [] for path in found}
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    assert faults(page) == []


def test_keys_of_one_letter_can_be_turned_off(people: Callable[[str], Page]) -> None:
    page = visit(people("operations"), "/ops/settlements/")
    page.locator("#help").click()
    page.locator("#keys-on").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.locator("#find")).not_to_be_focused()
    page.keyboard.press("2")
    expect(page).to_have_url(re.compile("/ops/settlements/"))
    page.reload()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_hidden()


def test_the_pages_stand_without_a_script(system: Running, chromium: Browser) -> None:
    context = chromium.new_context(viewport=SIZE, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{system.url}/login/?next=/ops/settlements/")
    page.fill("[name=username]", "operations")
    page.fill("[name=password]", system.user("operations")["password"])
    page.locator("[name=password]").press("Enter")
    expect(page.locator("h1")).to_have_text("Settlement instructions")
    page.locator("select[name=state]").select_option("settled")
    page.locator("#apply").click()
    expect(page).to_have_url(re.compile("state=settled"))
    page.locator("th a", has_text="Qty").click()
    expect(page.locator("th[data-column=qty]")).to_have_attribute("aria-sort", "ascending")
    context.close()
