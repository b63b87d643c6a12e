"""Rules of Compliance over REST: read, read back, drafted."""

from typing import Any

import pytest

from orders.vocabulary import Role
from risk.models import RuleVersion
from tests.api.conftest import Rest
from tests.factories import Floor, user
from tests.risk.compliance import CASES, VALUE

pytestmark = pytest.mark.django_db
PIPELINE = VALUE | {"fail": "20000"}
BODY = {
    "code": "VALUE",
    "title": "Account value",
    "pipeline": PIPELINE,
    "cases": CASES,
    "effective_to": "2099-01-01T00:00:00Z",
}


@pytest.fixture
def officer(desk: Floor) -> Rest:
    return Rest(user("olga", role=Role.COMPLIANCE))


def test_a_draft_is_written_once_and_read(officer: Rest, holds: Any) -> None:
    made = officer.post("compliance-rules/", BODY, Idempotency_Key="k1")
    assert made.status_code == 201
    body = holds(made, "compliance-rules/", "post")
    assert (body["version"], body["state"], body["author"], body["rule"]) == (1, "draft", "olga", None)
    assert officer.post("compliance-rules/", BODY, Idempotency_Key="k1").json() == body
    assert holds(officer.get("compliance-rules/"), "compliance-rules/")["results"] == [body]
    assert holds(officer.get("compliance-rules/VALUE/"), "compliance-rules/{code}/")["results"] == [body]
    assert officer.get("compliance-rules/OTHER/").status_code == 404
    stale = officer.post("compliance-rules/", BODY)
    assert (stale.status_code, stale.json()["code"]) == (412, "VERSION_CONFLICT")
    assert RuleVersion.objects.count() == 1


def test_the_reading_answers_words_results_and_faults(officer: Rest, holds: Any) -> None:
    body = holds(
        officer.post("compliance-rules/read/", {"pipeline": PIPELINE, "cases": CASES}), "compliance-rules/read/", "post"
    )
    assert "Refuses above 20,000 USD" in body["plain"]
    assert [(one["level"], one["green"]) for one in body["cases"]] == [("pass", True), ("fail", True)]
    bad = officer.post("compliance-rules/read/", {"pipeline": PIPELINE | {"warn": "30000"}})
    assert (bad.status_code, [one["field"] for one in bad.json()["errors"]]) == (422, ["warn"])


@pytest.mark.parametrize("pipeline", [None, [], {}, {"fail": 1.5}, {"fail": "NaN"}, {"take": {"a": []}}, {"scope": [{"field": []}]}, {"filter": [{"rule": {}}]}, {"filter": [{"rule": "VALUE"}]}, {"over": "\u0000"}])  # fmt: skip
def test_nonsense_is_refused_with_a_field(officer: Rest, pipeline: Any) -> None:
    answer = officer.post("compliance-rules/", BODY | {"pipeline": pipeline})
    assert answer.status_code in (400, 422), answer.content
    assert answer.json()["errors"]
    assert not RuleVersion.objects.exists()
