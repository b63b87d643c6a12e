"""The pages over HTTP: who gets in, that every page stands without a script, and that what is asked wrongly is told."""

import re

import pytest
from django.test import Client

from oms.blotter.ops.places import ONE, SHEETS, TABS
from orders.models import Order
from settlement.models import Balance
from tests.factories import Floor
from tests.ops.conftest import STRANGERS, WATCHERS, Browser

PAGES = ["/ops/", *(f"/ops/{slug}/" for slug in SHEETS)]
DATA = ["/ops/overview", *(f"/ops/{slug}/rows" for slug in SHEETS)]


def ones(floor: Floor) -> list[str]:
    """A page on one thing, of each kind there is."""
    held = Balance.objects.order_by("pk").first()
    order = Order.objects.order_by("pk").first()
    assert held
    assert order
    assert set(ONE) == {"ledger"}
    return [f"/ops/ledger/{held.pk}/", f"/ops/trade/{order.pk}/"]


def test_those_who_watch_over_the_firm_see_every_page(floor: Floor, browser: Browser) -> None:
    for role in WATCHERS:
        client = browser(role)
        for path in [*PAGES, *DATA, *ones(floor)]:
            assert client.get(path).status_code == 200, (role, path)


def test_nobody_else_sees_any_page_or_its_data(floor: Floor, browser: Browser) -> None:
    paths = [*PAGES, *DATA, *ones(floor), *(f"{path}rows" for path in ones(floor)[:1]), f"{ones(floor)[1]}data"]
    for role in STRANGERS:
        client = browser(role)
        for path in paths:
            assert client.get(path).status_code == 403, (role, path)
        assert "Operations" not in client.get("/limits/").content.decode()
    for path in paths:
        assert Client().get(path).headers["Location"].startswith("/login/?next=/ops/"), path
        assert Client().get(path, headers={"Accept": "application/json"}).status_code == 401, path


def test_only_operations_is_offered_to_act(floor: Floor, browser: Browser) -> None:
    operations, auditor = browser("operations"), browser("auditor")
    for slug, sheet in SHEETS.items():
        for act in sheet.acts:
            assert f'data-act="{act.name}"' in operations.get(f"/ops/{slug}/").content.decode()
            assert f'data-act="{act.name}"' not in auditor.get(f"/ops/{slug}/").content.decode()


def test_pages_run_no_script_and_no_style_of_their_own(floor: Floor, browser: Browser) -> None:
    client = browser("operations")
    for path in [*PAGES, *ones(floor)]:
        page = client.get(path)
        assert "unsafe" not in page.headers["Content-Security-Policy"]
        html = page.content.decode()
        for script in re.findall(r"<script[^>]*>", html):
            assert "src=" in script or 'type="application/json"' in script, script
        assert not re.search(r"<[^>]+\s(on\w+|style)=", html), path
        assert len(re.findall(r"<h1", html)) == 1, path


def test_every_column_sorts_and_every_filter_filters(floor: Floor, browser: Browser) -> None:
    client = browser("auditor")
    for slug, sheet in SHEETS.items():
        for column in sheet.columns:
            for sort in (column.name, f"-{column.name}") if column.sort else ():
                assert client.get(f"/ops/{slug}/rows?sort={sort}").status_code == 200, (slug, sort)
        for one in sheet.filters:
            values = {"date": ["2026-11-24"], "text": ["AAPL", "%", "\\"]}.get(
                one.kind, [name for name, _ in one.options()]
            )
            for value in values:
                assert client.get(f"/ops/{slug}/rows", {one.name: value}).status_code == 200, (slug, one.name, value)
        for find in ("aapl", "12", "SI000000000001", "'; --", "9" * 30):
            assert client.get(f"/ops/{slug}/rows", {"find": find}).status_code == 200, (slug, find)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("sort=nothing", "sort"), ("page=0", "page"), ("page=x", "page"), ("page=99999999999", "page"),
        ("colour=red", "colour"), ("find=%00", "find"), ("find=" + "x" * 65, "find"),
    ],
)  # fmt: skip
def test_what_is_asked_wrongly_is_told_and_shows_nothing(
    floor: Floor, browser: Browser, query: str, field: str
) -> None:
    client = browser("operations")
    for slug in SHEETS:
        answer = client.get(f"/ops/{slug}/rows?{query}")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)
        page = client.get(f"/ops/{slug}/?{query}")
        assert page.status_code == 400
        assert "<tr data-key" not in page.content.decode()


def test_filters_refuse_values_that_are_not_offered(floor: Floor, browser: Browser) -> None:
    client = browser("operations")
    for slug, sheet in SHEETS.items():
        for one in sheet.filters:
            if one.kind in ("date", "choice"):
                answer = client.get(f"/ops/{slug}/rows", {one.name: "2026-99-99"})
                assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, one.name)


def test_what_has_not_changed_is_not_sent_again(floor: Floor, browser: Browser) -> None:
    client = browser("operations")
    for path in DATA:
        tag = client.get(path).headers["ETag"]
        again = client.get(path, headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")


def test_what_there_is_not_is_not_found(floor: Floor, browser: Browser) -> None:
    client = browser("operations")
    for path in ("/ops/nothing/", "/ops/ledger/999999/", "/ops/trade/999999/", "/ops/ledger/999999/rows"):
        assert client.get(path).status_code == 404
    for slug in SHEETS:
        assert client.get(f"/ops/{slug}/?open=999999").status_code == 200
        assert client.get(f"/ops/{slug}/999999/detail").status_code == 404


def test_text_from_outside_is_text_on_the_page(floor: Floor, browser: Browser) -> None:
    account = floor.accounts[0]
    account.code = "<b>ALPHA</b>"
    account.save()
    html = browser("operations").get("/ops/ledger/").content.decode()
    assert "<b>ALPHA</b>" not in html
    assert "&lt;b&gt;ALPHA&lt;/b&gt;" in html


def test_tabs_lead_to_pages_with_one_number_each(floor: Floor, browser: Browser) -> None:
    client = browser("operations")
    assert len({tab.slug for tab in TABS}) == len(TABS)
    for tab in TABS:
        html = client.get(str(tab.href)).content.decode()
        assert f'data-tab="{tab.slug}" aria-current="page"' in html
