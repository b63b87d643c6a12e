"""Rules of Compliance for tests: two people, a rule in force as approval leaves it, and drafts that make sense."""

from typing import Any

from django.db import transaction
from django.db.models import F

from oms.base.clock import now
from orders.models import User
from risk.models import Rule, RuleStep, RuleVersion, WrittenRule
from risk.writing import Draft
from tests.factories import user

ALL = ["positions", "open_orders", "this_order"]
VALUE = {"over": "account", "take": ALL, "measure": "notional", "currency": "USD", "compare": "at_most"}
CASES = [
    {"name": "at the limit", "expect": "pass", "order": {"quantity": "20", "price": "1000"}},
    {"name": "above it", "expect": "fail", "order": {"quantity": "21", "price": "1000"}},
]


def person(name: str, role: str = "compliance") -> User:
    """The user of that name, made when first asked for."""
    return User.objects.filter(username=name).first() or user(name, role=role, is_staff=True)


def written(dry_run: bool = False, **parts: Any) -> Rule:
    """A rule in force, whatever it says: at most, over the account, of everything, unless ``parts`` say otherwise."""
    pipeline = {"over": "account", "take": ALL, "compare": "at_most"} | parts
    anna, bert = person("anna"), person("bert")
    with transaction.atomic():
        of = WrittenRule.objects.create(code=f"T{WrittenRule.objects.count()}", created_at=now(), created_by=anna)
        version = RuleVersion.objects.create(
            rule=of, number=1, title="Test", pipeline=pipeline, resolved=pipeline, cases=[], author=anna, at=now()
        )
        rule = Rule.objects.create(
            control="CR-01", name="Test", dry_run=dry_run, params={"name": "Test", "pipeline": pipeline}
        )
        RuleStep.objects.create(version=version, kind="approved", by=bert, maker=anna, at=now(), enforced=rule)
    return rule


def no_more() -> None:
    """No rule is in force any more."""
    Rule.objects.update(active=False, version=F("version") + 1)


def draft(**changes: Any) -> Draft:
    """At most 20,000 USD over the account, with its two cases."""
    return Draft(**({"title": "Account value", "pipeline": VALUE | {"fail": "20000"}, "cases": CASES} | changes))
