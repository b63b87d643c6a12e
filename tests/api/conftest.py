"""A client that speaks to the REST door as somebody, with a token as programs do."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from django.http import HttpResponse
from django.test import Client
from jsonschema import Draft7Validator
from knox.models import AuthToken

from orders.models import User
from tests.factories import Floor

Send = Callable[..., HttpResponse]
API = "/api/v1/"


class Rest:
    """One user at the REST door. Bodies that are not bytes are sent as JSON."""

    def __init__(self, user: User | None = None) -> None:
        self.client = Client()
        self.headers: dict[str, str] = {}
        if user is not None:
            _, token = AuthToken.objects.create(user)
            self.headers["Authorization"] = f"Token {token}"

    def send(self, method: str, path: str, body: Any = b"", kind: str = "application/json", **headers: str) -> Any:
        """Send a request; header names are written with underscores."""
        data = body if isinstance(body, bytes) else orjson.dumps(body)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        address = path if path.startswith("/") else API + path
        return self.client.generic(method, address, data, kind, headers={**self.headers, **names})

    def get(self, path: str, **headers: str) -> Any:
        """Read something."""
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any = b"", **headers: str) -> Any:
        """Do something."""
        return self.send("POST", path, body, **headers)

    def patch(self, path: str, body: Any = b"", **headers: str) -> Any:
        """Change something."""
        return self.send("PATCH", path, body, **headers)


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """Hashing for real costs a third of a second a user, and says nothing about the door."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def rest(desk: Floor) -> Rest:
    """The desk's trader."""
    return Rest(desk.trader)


def order(**changes: Any) -> dict[str, Any]:
    """A limit order to buy 100 AAPL at 100, unless ``changes`` say otherwise; None leaves a field out."""
    terms = {
        "account": "ALPHA", "symbol": "AAPL", "side": "buy", "ord_type": "limit", "time_in_force": "day",
        "order_qty": "100", "price": "100.00",
    }  # fmt: skip
    return {name: value for name, value in {**terms, **changes}.items() if value is not None}


@pytest.fixture
def schema(rest: Rest) -> Any:
    return rest.get("schema/").json()


@pytest.fixture
def holds(schema: Any) -> Callable[[Any, str, str], Any]:
    """holds(answer, path, method): the answer is one of those the description knows. Answers its body."""

    def check(answer: Any, path: str, method: str = "get") -> Any:
        operation = schema["paths"][f"/api/v1/{path}"][method]
        described = operation["responses"][str(answer.status_code)]
        body = answer.json()
        shape = {**next(iter(described["content"].values()))["schema"], "components": schema["components"]}
        errors = list(Draft7Validator(nullable(shape)).iter_errors(body))
        assert not errors, (path, method, [error.message for error in errors])
        return body

    return check


def nullable(shape: Any) -> Any:
    """OpenAPI 3.0 says null otherwise than JSON Schema does; and no field may be left undescribed."""
    if isinstance(shape, list):
        return [nullable(one) for one in shape]
    if not isinstance(shape, dict):
        return shape
    made = {name: nullable(one) for name, one in shape.items()}
    if isinstance(made.get("properties"), dict):
        made["additionalProperties"] = False
    if made.pop("nullable", False) is True:
        return {"anyOf": [made, {"type": "null"}]}
    return made
