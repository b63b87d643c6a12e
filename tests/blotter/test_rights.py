"""Rights that are taken away while a page is open: the socket closes or narrows, at once by the bell, else in a second."""

from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from knox.models import AuthToken

from oms.base import bell
from oms.blotter import consumer, guard
from oms.blotter.guard import Guard, Rights, rights_of
from oms.blotter.relay import Relay
from oms.blotter.sessions import Gone
from oms.desk import enter
from orders.models import Desk, User
from tests.blotter.conftest import Socket, play, signed_in, step
from tests.factories import Floor, user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("patient_bell")]
# Long after the second in which a change must have been heard without a bell.
NEVER_S = 3600.0


async def watches(browser: Client) -> Socket:
    """A page that shows the desk's orders."""
    socket = Socket(browser)
    await socket.greet()
    await socket.say(op="sub", s="orders@EQ", since=None)
    assert (await socket.hear("resync"))["why"] == "new"
    return socket


async def hears_no_rows(socket: Socket, for_s: float = 0.4) -> None:
    """Heartbeats at most."""
    while not await socket.receive_nothing(for_s):  # type: ignore[no-untyped-call]
        assert (await socket.hear("hb", "d", "ev"))["t"] == "hb"


def office() -> Client:
    """Operations, signed in to the admin."""
    known = User.objects.filter(username="otto").first()
    return signed_in(known or user("otto", role="operations", is_staff=True))


def edited(who: User, **changes: Any) -> dict[str, Any]:
    """What the admin's form of a user sends."""
    form = {
        "username": who.username, "first_name": "", "last_name": "", "email": "", "role": who.role, "is_active": "on",
        "desks": [desk.pk for desk in who.desks.all()],
    }  # fmt: skip
    return {name: value for name, value in (form | changes).items() if value is not None}


def saved(who: User, **changes: Any) -> None:
    answer = office().post(f"/admin/orders/user/{who.pk}/change/", edited(who, **changes))
    assert answer.status_code == 302, answer.content


def deactivated(desk: Floor, _browser: Client) -> None:
    saved(desk.trader, is_active=None)


def signed_out(_desk: Floor, browser: Client) -> None:
    assert browser.post("/logout/").status_code == 302


def signed_out_by_rest(_desk: Floor, browser: Client) -> None:
    assert browser.post("/api/v1/auth/logout/").status_code == 204


def given_a_new_password(desk: Floor, _browser: Client) -> None:
    new = {"password1": "correct horse battery", "password2": "correct horse battery", "usable_password": "true"}
    assert office().post(f"/admin/orders/user/{desk.trader.pk}/password/", new).status_code == 302


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (deactivated, Gone.INACTIVE), (signed_out, Gone.ENDED), (signed_out_by_rest, Gone.ENDED),
        (given_a_new_password, Gone.PASSWORD),
    ],
)  # fmt: skip
def test_who_may_not_look_any_more_is_shown_out_at_once(
    desk: Floor, relay: Relay, browser: Client, monkeypatch: pytest.MonkeyPatch, happens: Callable[..., None], why: Gone
) -> None:
    monkeypatch.setattr(guard, "RECHECK_S", NEVER_S)

    async def script() -> None:
        socket = await watches(browser)
        await sync_to_async(happens)(desk, browser)
        assert await socket.closing() == (consumer.SIGNED_OUT, str(why))
        await sync_to_async(enter)([desk.draft()], desk.actor)
        await step(relay)
        assert await socket.receive_nothing(0.3)  # type: ignore[no-untyped-call]
        await socket.disconnect()

    play(script)


def test_a_desk_taken_away_is_told_of_no_more_and_comes_back_when_it_is_given_back(
    desk: Floor, relay: Relay, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "RECHECK_S", NEVER_S)
    Desk.objects.create(code="FX", name="Currencies")

    async def script() -> None:
        socket = await watches(browser)
        fx = await sync_to_async(Desk.objects.get)(code="FX")
        await sync_to_async(saved)(desk.trader, desks=[fx.pk])
        assert (await socket.hear("resync"))["why"] == "perm"
        assert (await socket.hear("perms"))["perms"]["desks"] == ["FX"]
        await sync_to_async(enter)([desk.draft()], desk.actor)
        await step(relay)
        await hears_no_rows(socket)
        await socket.say(op="sub", s="orders@EQ", since=None)
        assert (await socket.hear("resync"))["why"] == "perm"
        await sync_to_async(saved)(desk.trader, desks=[fx.pk, desk.desk.pk])
        assert (await socket.hear("perms"))["perms"]["desks"] == ["EQ", "FX"]
        await socket.say(op="sub", s="orders@EQ", since=None)
        assert (await socket.hear("resync"))["why"] == "new"
        await socket.disconnect()

    play(script)


def test_another_role_is_told(desk: Floor, browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "RECHECK_S", NEVER_S)

    async def script() -> None:
        socket = await watches(browser)
        await sync_to_async(saved)(desk.trader, role="auditor")
        assert (await socket.hear("perms"))["perms"] == {"desks": ["EQ"], "may_trade": False, "may_change": False}
        await socket.disconnect()

    play(script)


def test_what_rings_no_bell_is_noticed_within_a_second(desk: Floor, relay: Relay, browser: Client) -> None:
    """A statement of somebody's own in the database; and Valkey may be away."""

    async def script() -> None:
        socket = await watches(browser)
        await sync_to_async(User.objects.filter(pk=desk.trader.pk).update)(is_active=False)
        assert guard.RECHECK_S <= 1
        assert await socket.closing() == (consumer.SIGNED_OUT, str(Gone.INACTIVE))
        await socket.disconnect()

    play(script)


def test_a_token_taken_away_rings_too(desk: Floor) -> None:
    row, _token = AuthToken.objects.create(desk.trader)
    before = bell.client().xrevrange(bell.key("rights"), count=1)
    answer = office().post(f"/admin/knox/authtoken/{row.pk}/delete/", {"post": "yes"})
    assert answer.status_code == 302
    assert not AuthToken.objects.filter(pk=row.pk).exists()
    assert bell.client().xrevrange(bell.key("rights"), count=1) != before


@pytest.mark.parametrize("pages", [1, 40])
def test_looking_after_many_pages_costs_as_much_as_after_one(desk: Floor, pages: int) -> None:
    keys = set()
    for number in range(pages):
        someone = user(f"u{number}", role="trader")
        someone.desks.add(desk.desk)
        keys.add(signed_in(someone).session.session_key or "")
    with CaptureQueriesContext(connection) as queries:
        found = rights_of(keys | {"nobody's"})
    assert len(queries) == 4
    assert found.pop("nobody's") is Gone.ENDED
    assert {one.desks for one in found.values() if isinstance(one, Rights)} == {frozenset({"EQ"})}


def test_a_page_that_does_not_listen_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each page is told on its own."""
    import asyncio

    monkeypatch.setattr(guard, "RECHECK_S", 0.01)
    rights, heard = Rights(1, frozenset({"EQ"}), True, True), asyncio.Event()

    async def found(keys: set[str]) -> guard.Found:
        return dict.fromkeys(keys, Gone.ENDED)

    async def deaf(_now: Rights | Gone) -> None:
        await asyncio.Event().wait()

    async def attentive(_now: Rights | Gone) -> None:
        heard.set()

    async def script() -> None:
        monkeypatch.setattr(guard, "look_up", found)
        watch = Guard()
        watch.add(deaf, "a", rights)
        watch.add(attentive, "b", rights)
        await asyncio.wait_for(heard.wait(), 30)
        assert watch.pages == {}
        for task in watch.telling:
            task.cancel()

    asyncio.run(script())
