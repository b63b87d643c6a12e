"""What is shown for what went wrong: a page of the house, with the right status and nothing of the inside."""

from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.views import defaults

from tests.blotter.conftest import signed_in
from tests.factories import Floor

pytestmark = pytest.mark.django_db


def test_an_address_where_nothing_is(desk: Floor) -> None:
    for client in (Client(), signed_in(desk.trader)):
        page = client.get("/nothing/here/")
        assert page.status_code == 404
        assert "Nothing is here" in page.content.decode()
        assert "default-src 'self'" in page.headers["Content-Security-Policy"]


def test_what_an_account_may_not_do(desk: Floor) -> None:
    page = signed_in(desk.trader).get("/ops/")
    assert page.status_code == 403
    assert "Your account may not do that" in page.content.decode()


def test_a_form_that_was_open_for_too_long() -> None:
    page = Client(enforce_csrf_checks=True).post("/login/", {"username": "x"})
    assert page.status_code == 403
    assert "open for too long" in page.content.decode()


def test_a_failure_says_nothing_of_the_inside(rf: RequestFactory) -> None:
    page: Any = defaults.server_error(rf.get("/"))
    assert page.status_code == 500
    assert "Something failed on our side" in page.content.decode()
