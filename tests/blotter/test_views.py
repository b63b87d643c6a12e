"""The pages over HTTP: who gets in, what they carry, and that they keep to the content security policy."""

import re

import pytest
from django.test import Client

from oms.blotter.relay import Relay
from oms.desk import enter
from tests.blotter.conftest import signed_in
from tests.factories import Floor, user

pytestmark = pytest.mark.django_db


def test_the_front_door_leads_to_the_blotter_and_that_to_the_login(client: Client) -> None:
    assert client.get("/").headers["Location"] == "/blotter/"
    assert client.get("/blotter/").headers["Location"] == "/login/?next=/blotter/"
    page = client.get("/login/")
    assert page.status_code == 200
    assert b'name="password"' in page.content


def test_logging_in_and_out(desk: Floor, client: Client) -> None:
    name = desk.trader.username
    refused = client.post("/login/", {"username": name, "password": "wrong"})
    assert refused.status_code == 200
    assert b'role="alert"' in refused.content
    entered = client.post("/login/", {"username": name, "password": f"{name}{name}123"})
    assert entered.headers["Location"] == "/blotter/"
    assert client.get("/logout/").status_code == 405, "a link must not log anybody out"
    assert client.post("/logout/").headers["Location"] == "/login/"
    assert client.get("/blotter/").status_code == 302


@pytest.mark.parametrize("next_page", ["https://evil.example/", "//evil.example"])
def test_the_login_sends_nobody_elsewhere(desk: Floor, client: Client, next_page: str) -> None:
    name = desk.trader.username
    entered = client.post("/login/", {"username": name, "password": f"{name}{name}123", "next": next_page})
    assert entered.headers["Location"] == "/blotter/"


def test_overrides_are_shown_to_the_desk_and_decided_by_compliance(desk: Floor, client: Client) -> None:
    assert client.get("/overrides/").headers["Location"] == "/login/?next=/overrides/"
    trader = signed_in(desk.trader).get("/overrides/").content.decode()
    compliance = signed_in(user("carla", role="compliance")).get("/overrides/").content.decode()
    assert ('id="ruling"' in trader, 'id="ruling"' in compliance) == (False, True)
    assert '"desks": ["EQ"]' in compliance


@pytest.mark.parametrize("path", ["/login/", "/blotter/", "/overrides/"])
def test_pages_run_no_script_of_their_own(desk: Floor, path: str) -> None:
    page = (Client() if path == "/login/" else signed_in(desk.trader)).get(path)
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    html = page.content.decode()
    for script in re.findall(r"<script[^>]*>", html):
        assert "src=" in script or 'type="application/json"' in script, script
    assert not re.search(r"<[^>]+\s(on\w+|style)=", html)


def test_the_page_knows_what_its_user_may(desk: Floor) -> None:
    def config(browser: Client) -> str:
        return browser.get("/blotter/").content.decode()

    trader, auditor = config(signed_in(desk.trader)), config(signed_in(user("aude", role="auditor")))
    assert '"may_trade": true' in trader
    assert "ALPHA" in trader
    assert '"may_trade": false' in auditor
    assert '<fieldset id="ticket-fields" disabled>' in auditor
    assert "does not belong" in config(signed_in(user("nina"))), "a user without a desk is told so"


def test_the_desk_looked_at_last_is_shown_again(desk: Floor) -> None:
    from orders.models import Desk

    desk.trader.desks.add(Desk.objects.create(code="FX", name="Currencies"))
    browser = signed_in(desk.trader)
    assert "<title>EQ · Blotter · OMS</title>" in browser.get("/blotter/").content.decode()
    browser.get("/blotter/?desk=FX")
    assert "<title>FX · Blotter · OMS</title>" in browser.get("/blotter/").content.decode()
    assert "<title>FX · Blotter · OMS</title>" in browser.get("/blotter/?desk=NONE").content.decode()


def test_an_order_s_page_is_for_its_desk(desk: Floor) -> None:
    [answer] = enter([desk.draft(qty=1500)], desk.actor)
    path = f"/orders/{answer.order_id}/"
    page = signed_in(desk.trader).get(path)
    assert page.status_code == 200
    assert "1,500 AAPL" in page.content.decode()
    assert signed_in(user("otto")).get(path).status_code == 404
    assert Client().get(path).status_code == 302


def test_what_the_ticket_asks_about_an_instrument(desk: Floor) -> None:
    browser = signed_in(desk.trader)
    found = browser.get("/api/v1/blotter/instrument?symbol=AAPL&mic=XNAS").json()
    assert found["ticks"] == [{"price_from": "0", "tick": "0.0001"}, {"price_from": "1", "tick": "0.01"}]
    assert browser.get(f"/api/v1/blotter/instrument?id={found['id']}").json() == found
    assert browser.get("/api/v1/blotter/instrument?id=0").status_code == 404
    assert browser.get("/api/v1/blotter/nothing/snapshot?desk=EQ").status_code == 404
    assert Client().get("/api/v1/blotter/instrument?id=1").status_code == 401


@pytest.mark.django_db(transaction=True)
def test_bars_are_made_of_quotes(desk: Floor, relay: Relay, browser: Client) -> None:
    import redis
    from django.conf import settings

    from oms.blotter import bars

    maker, pipe = bars.Maker(), redis.Redis.from_url(settings.REDIS_URL)
    instrument = desk.instruments["AAPL"].pk
    maker.bars[instrument] = [0, 9.0, 12.0, 8.0, 10.0]
    maker.take([[instrument, "11", None, None]], pipe)
    assert browser.get(f"/api/v1/blotter/bars?instrument={instrument}").json() == {"bars": [[0, 9.0, 12.0, 8.0, 10.0]]}
    assert maker.bars[instrument][1:] == [10.0, 11.0, 10.0, 11.0]
