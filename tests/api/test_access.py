"""Who may do what: every address, every method, every role. An address that is not listed here fails."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern
from knox.models import AuthToken

from oms import logins
from oms.api import urls
from oms.base.clock import now
from orders.models import User
from orders.vocabulary import Role
from tests.api.conftest import API, Rest, order
from tests.factories import Floor, user

pytestmark = pytest.mark.django_db

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
ALL = frozenset(Role)
ENTER = {Role.TRADER, Role.PORTFOLIO_MANAGER, Role.API_CLIENT}
CHANGE = ENTER | {Role.OPERATIONS}
TRADE = {Role.TRADER}
OPERATIONS = {Role.OPERATIONS}
COMPLIANCE = {Role.COMPLIANCE}
WATCHERS = {Role.OPERATIONS, Role.COMPLIANCE, Role.AUDITOR}
COMPLIANCE = {Role.COMPLIANCE}
# name of the address: method -> roles that get past the door. Whatever is not here is for nobody.
MATRIX: dict[str, dict[str, Any]] = {
    "api-login": {"POST": "anybody"},
    "api-logout": {"POST": ALL},
    "api-me": {"GET": ALL},
    "api-orders": {"GET": ALL, "POST": ENTER},
    "api-orders-csv": {"POST": ENTER},
    "api-orders-cancel-by-filter": {"POST": CHANGE},
    "api-orders-amend-by-filter": {"POST": CHANGE},
    "api-order": {"GET": ALL, "PATCH": CHANGE},
    "api-order-cancel": {"POST": CHANGE},
    "api-order-executions": {"GET": ALL},
    "api-order-timeline": {"GET": ALL},
    "api-order-accept": {"POST": TRADE},
    "api-order-refuse": {"POST": TRADE},
    "api-order-pass": {"POST": CHANGE},
    "api-order-note": {"POST": CHANGE},
    "api-order-release": {"POST": CHANGE},
    "api-order-slices": {"POST": TRADE},
    "api-order-fills": {"POST": CHANGE},
    "api-manual-decide": {"POST": CHANGE},
    "api-quarantine-decide": {"POST": OPERATIONS},
    "api-allocations": {"GET": ALL, "POST": CHANGE},
    "api-allocations-preview": {"POST": CHANGE},
    "api-allocations-to-do": {"GET": ALL},
    "api-allocations-fairness": {"GET": ALL},
    "api-allocation": {"GET": ALL},
    "api-allocation-change": {"POST": CHANGE},
    "api-allocation-book": {"POST": {Role.OPERATIONS, Role.API_CLIENT}},
    "api-allocation-cancel": {"POST": CHANGE},
    "api-confirmations": {"GET": ALL},
    "api-confirmation": {"GET": ALL},
    "api-confirmation-affirm": {"POST": {Role.OPERATIONS, Role.API_CLIENT}},
    "api-confirmation-dispute": {"POST": {Role.OPERATIONS, Role.API_CLIENT}},
    "api-custody-exceptions": {"GET": WATCHERS},
    "api-custody-exception-take": {"POST": OPERATIONS},
    "api-custody-exception-resolve": {"POST": OPERATIONS},
    "api-custody-instruction-message": {"GET": WATCHERS},
    "api-custody-simulated": {"GET": OPERATIONS, "POST": OPERATIONS},
    "api-instructions": {"GET": ALL, "POST": OPERATIONS},
    "api-instruction": {"GET": ALL},
    "api-instruction-hold": {"POST": OPERATIONS},
    "api-instruction-release": {"POST": OPERATIONS},
    "api-instruction-cancel": {"POST": OPERATIONS},
    "api-instruction-resend": {"POST": OPERATIONS},
    "api-instruction-amend": {"POST": OPERATIONS},
    "api-instruction-check": {"POST": OPERATIONS},
    "api-standing-instructions": {"GET": WATCHERS, "POST": OPERATIONS},
    "api-standing-instruction-check": {"POST": OPERATIONS},
    "api-fails": {"GET": ALL},
    "api-multileg-orders": {"POST": ENTER},
    "api-multileg-order": {"GET": ALL, "PATCH": CHANGE},
    "api-corporate-actions": {"GET": WATCHERS, "POST": OPERATIONS},
    "api-corporate-actions-import": {"POST": OPERATIONS},
    "api-corporate-action": {"GET": WATCHERS},
    "api-corporate-action-approve": {"POST": OPERATIONS},
    "api-corporate-action-process": {"POST": OPERATIONS},
    "api-corporate-action-cancel": {"POST": OPERATIONS},
    "api-settlement-prices": {"GET": WATCHERS, "POST": OPERATIONS},
    "api-settlement-prices-import": {"POST": OPERATIONS},
    "api-variation-margins": {"GET": WATCHERS},
    "api-option-notices": {"GET": WATCHERS, "POST": OPERATIONS},
    "api-option-notice-confirm": {"POST": OPERATIONS},
    "api-order-split": {"POST": ENTER},
    "api-order-undo": {"POST": TRADE},
    "api-orders-merge": {"POST": TRADE},
    "api-orders-link": {"POST": ENTER},
    "api-order-lists": {"GET": ALL, "POST": ENTER},
    "api-order-list": {"GET": ALL},
    "api-order-list-cancel": {"POST": CHANGE},
    "api-order-list-release": {"POST": CHANGE},
    "api-order-list-unlink": {"POST": ENTER},
    "api-basket-csv": {"POST": ENTER},
    "api-executions": {"GET": ALL},
    "api-positions": {"GET": ALL},
    "api-position-lots": {"GET": ALL},
    "api-ledger-accounts": {"GET": ALL},
    "api-ledger-entries": {"GET": ALL},
    "api-cash-ladder": {"GET": ALL},
    "api-transfers": {"GET": WATCHERS, "POST": OPERATIONS},
    "api-transfer-book": {"POST": OPERATIONS},
    "api-transfer-refuse": {"POST": OPERATIONS},
    "api-instruments": {"GET": ALL},
    "api-instruments-import": {"POST": OPERATIONS},
    "api-accounts": {"GET": ALL},
    "api-limits": {"GET": ALL},
    "api-limits-import": {"POST": COMPLIANCE},
    "api-order-templates": {"GET": ALL, "POST": ALL},
    "api-order-template": {"GET": ALL, "PUT": ALL, "DELETE": ALL},
    "api-saved-views": {"GET": ALL, "POST": ALL},
    "api-saved-view": {"GET": ALL, "PUT": ALL, "DELETE": ALL},
    "api-risk-check": {"POST": CHANGE},
    "api-quotes": {"GET": ALL},
    "api-risk-breaches": {"GET": ALL},
    "api-reasons": {"GET": ALL},
    "api-overrides": {"GET": ALL, "POST": CHANGE},
    "api-override": {"GET": ALL},
    "api-override-grant": {"POST": COMPLIANCE},
    "api-override-refuse": {"POST": COMPLIANCE},
    "api-flow": {"GET": ALL, "PUT": OPERATIONS},
    "api-business-date": {"GET": ALL, "PUT": OPERATIONS},
    "api-days": {"GET": WATCHERS},
    "api-day": {"GET": WATCHERS},
    "api-day-end": {"POST": OPERATIONS},
    "api-day-start": {"POST": OPERATIONS},
    "api-day-close": {"GET": WATCHERS, "POST": OPERATIONS},
    "api-recon-statements": {"GET": WATCHERS},
    "api-recon-lines": {"GET": WATCHERS},
    "api-recon-reconciliations": {"GET": WATCHERS},
    "api-recon-breaks": {"GET": WATCHERS, "POST": OPERATIONS},
    "api-recon-break": {"GET": WATCHERS},
    **{f"api-recon-break-{verb}": {"POST": OPERATIONS} for verb in ("assign", "note", "resolve", "confirm", "refuse")},
    "api-recon-sign-offs": {"GET": WATCHERS, "POST": OPERATIONS},
    "api-kill-switches": {"GET": WATCHERS, "POST": {Role.COMPLIANCE, Role.OPERATIONS}},
    "api-kill-switches-foresee": {"GET": WATCHERS},
    "api-kill-switch": {"GET": WATCHERS},
    "api-kill-switch-release": {"POST": {Role.COMPLIANCE, Role.OPERATIONS}},
    "api-compliance-rules": {"GET": WATCHERS, "POST": {Role.COMPLIANCE}},
    "api-compliance-rules-read": {"POST": {Role.COMPLIANCE}},
    "api-compliance-rule": {"GET": WATCHERS},
    "api-schema": {"GET": ALL},
    "api-docs": {"GET": ALL},
}
NOWHERE = "api-nothing"


def addresses() -> Iterator[tuple[str, str]]:
    """Name and an address of every URL of the door."""
    for pattern in urls.urlpatterns:
        assert isinstance(pattern, URLPattern)
        text = str(pattern.pattern).removeprefix("^").removesuffix("/?$")
        yield pattern.name or "", API + re.sub(r"\(\?P<\w+>[^)]*\)", "1", text) + "/"


def test_every_address_is_in_the_matrix() -> None:
    assert {name for name, _ in addresses()} == {*MATRIX, NOWHERE}


@pytest.mark.parametrize(("name", "path"), [one for one in addresses() if one[0] != NOWHERE])
def test_the_matrix_holds_for_every_role_and_method(desk: Floor, name: str, path: str) -> None:
    """Past the door means anything but 401, 403 and 405; what the request itself lacks is another matter.

    A method that nobody has is refused before anybody's role is looked at: one role asks for it, another at each address.
    """
    clients = {role: Rest(user(f"one-{role}", desk=desk.desk, role=role)) for role in Role}
    chief = Rest(user("chief", is_superuser=True))
    for turn, method in enumerate(METHODS, start=list(MATRIX).index(name)):
        allowed = MATRIX[name].get(method, set())
        nobody = Rest().send(method, path).status_code
        if "anybody" in MATRIX[name].values():
            assert (nobody == 405) == (not allowed), (method, path)
            continue
        assert nobody == 401, (method, path)
        for role in Role if allowed else [list(Role)[turn % len(Role)]]:
            client = clients[role]
            if name == "api-logout" and method == "POST":
                client = Rest(User.objects.get(username=f"one-{role}"))
            got = client.send(method, path).status_code
            if role in allowed:
                assert got not in (401, 403, 405, 500), (method, path, role)
            else:
                assert got == (403 if allowed else 405), (method, path, role)
        assert (chief.send(method, path).status_code in (401, 403, 405)) == (not allowed), (method, path)
        if name == "api-logout":
            chief = Rest(User.objects.get(username="chief"))


def test_addresses_that_lead_nowhere_say_so_in_the_same_way(rest: Rest) -> None:
    for path in ("nothing/", "", "orders/x/", "orders/1/nothing/"):
        answer = rest.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND"), path


@pytest.mark.parametrize(
    "header", ["Token", "Token ", "Token x", "Token \xff\xfe", "Token a\x00b", "Token " + "x" * 5000, "Bearer ü"]
)
def test_a_bad_token_is_a_plain_401(rest: Rest, header: str) -> None:
    rest.headers["Authorization"] = header
    answer = rest.get("me/")
    assert (answer.status_code, answer.json()["code"]) == (401, "NOT_AUTHENTICATED")
    assert answer["WWW-Authenticate"] == "Token"


def test_bearer_is_taken_as_well(rest: Rest) -> None:
    rest.headers["Authorization"] = rest.headers["Authorization"].replace("Token", "Bearer")
    assert rest.get("me/").json()["username"] == "tina"


def test_a_token_ends_with_its_user_and_with_its_time(rest: Rest, desk: Floor) -> None:
    AuthToken.objects.update(expiry=now())
    assert rest.get("me/").status_code == 401
    AuthToken.objects.update(expiry=None)
    assert rest.get("me/").status_code == 200
    User.objects.filter(pk=desk.trader.pk).update(is_active=False)
    assert rest.get("me/").status_code == 401


def test_logging_in_and_out(desk: Floor) -> None:
    door = Rest()
    answer = door.post("auth/login/", {"username": "tina", "password": "tinatina123"})
    assert answer.status_code == 200
    assert answer.json()["user"] == {
        "username": "tina", "role": "trader", "is_superuser": False, "desks": ["EQ"], "accounts": ["ALPHA", "BETA"],
        "may_enter": True, "may_change": True,
    }  # fmt: skip
    door.headers["Authorization"] = f"Token {answer.json()['token']}"
    assert door.get("me/").status_code == 200
    assert door.post("auth/logout/").status_code == 204
    assert door.get("me/").status_code == 401


@pytest.mark.parametrize(
    "body", [{}, {"username": "tina"}, {"username": 1, "password": 2}, {"username": "a\x00", "password": "x"}, []]
)
def test_a_login_that_is_none(desk: Floor, body: Any) -> None:
    assert Rest().post("auth/login/", body).status_code == 400


def test_wrong_passwords_are_counted(desk: Floor, settings: Any) -> None:
    settings.AUTHENTICATION_BACKENDS = ["oms.logins.Throttled"]
    door = Rest()
    wrong = {"username": "tina", "password": "wrong"}
    for _ in range(logins.TRIES):
        assert (door.post("auth/login/", wrong).status_code) == 401
    locked = door.post("auth/login/", {"username": "tina", "password": "tinatina123"})
    assert (locked.status_code, locked.json()["code"], locked["Retry-After"]) == (429, "TOO_MANY_LOGINS", "300")
    other = user("theo")
    assert door.post("auth/login/", {"username": other.username, "password": "theotheo123"}).status_code == 200


def test_a_session_needs_the_csrf_token(desk: Floor) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(desk.trader)
    refused = client.post(f"{API}orders/", order(), content_type="application/json")
    assert refused.status_code == 403
    assert "CSRF" in refused.json()["detail"]

    token = "a" * 32
    client.cookies["csrftoken"] = token
    taken = client.post(f"{API}orders/", order(), content_type="application/json", headers={"X-CSRFToken": token})
    assert taken.status_code == 201


def test_watchers_see_every_desk_and_touch_none(rest: Rest, desk: Floor) -> None:
    number = rest.post("orders/", order()).json()["order_id"]
    for role in (Role.AUDITOR, Role.COMPLIANCE):
        watcher = Rest(user(f"w-{role}", role=role))
        assert watcher.get(f"orders/{number}/").status_code == 200
        assert watcher.post(f"orders/{number}/cancel/").status_code == 403
