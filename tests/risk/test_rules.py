"""Writing rules: validated by the control's own words, versioned, and remembered with author and reason."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from risk import params, rules
from risk.controls import CATALOGUE
from risk.models import Rule, RuleProposal
from tests.factories import Floor, user


def new(**changes):
    return Rule(**({"control": "PT-01", "name": "size", "params": {"hard": "100"}} | changes))


@pytest.mark.django_db
def test_every_change_has_a_version_an_author_and_a_reason(desk):
    rule = rules.put(new(), desk.trader, "first")
    assert rule.version == 1
    rule.params = {"hard": "200"}
    rules.put(rule, desk.trader, "market grew")
    stored = Rule.objects.get(pk=rule.pk)
    assert (stored.version, stored.params) == (2, {"hard": "200"})
    history = list(rule.history.order_by("version").values_list("version", "params", "history_change_reason"))
    assert history == [(1, {"hard": "100"}, "first"), (2, {"hard": "200"}, "market grew")]
    assert {h.history_user for h in rule.history.all()} == {desk.trader}


@pytest.mark.django_db
def test_a_change_of_an_old_version_is_refused(desk):
    rule = rules.put(new(), desk.trader)
    mine, theirs = Rule.objects.get(pk=rule.pk), Rule.objects.get(pk=rule.pk)
    theirs.name = "theirs"
    rules.put(theirs, desk.trader)
    mine.name = "mine"
    (refusal,) = rules.put(mine, desk.trader)
    assert refusal.code == "VERSION_CONFLICT"
    assert Rule.objects.get(pk=rule.pk).name == "theirs"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "field", "text"),
    [
        ({"control": "CP-13"}, "control", "rules can be written for PT-01, PT-02"),
        ({"control": "ZZ-01"}, "control", "rules can be written for"),
        ({"params": {}}, "params", "give soft, hard or both"),
        ({"params": {"hard": "many"}}, "params", "hard must be a number, in text such as \"0.5\", not 'many'"),
        ({"params": {"hart": 1}}, "params", "unknown parameter hart (this control takes: soft, hard)"),
        ({"params": {"hard": "-1"}}, "params", "hard must not be below 0"),
        ({"params": {"soft": 2, "hard": 1}}, "params", "soft 2 must not be above hard 1"),
        ({"params": [1]}, "params", "the parameters must be a JSON object"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_in_plain_words(desk, changes, field, text):
    refusal = rules.put(new(**changes), desk.trader)[0]
    assert (refusal.code, refusal.field) == ("BAD_VALUE", field)
    assert refusal.text.startswith(text)
    assert not Rule.objects.exists()


def test_every_fault_is_named_at_once():
    with pytest.raises(params.ParamError) as caught:
        params.read(CATALOGUE["PT-03"].params, {"max_age_s": "x", "aggressive_hard_pct": True, "colour": 1})
    assert len(caught.value.messages) == 3


def test_a_binary_float_is_not_a_number():
    with pytest.raises(params.ParamError, match="hard must be a number"):
        params.read(CATALOGUE["PT-01"].params, {"hard": 0.1})


@pytest.mark.parametrize("control", CATALOGUE.values(), ids=lambda c: c.id)
def test_every_parameter_says_what_it_is(control):
    for name, param in params.declared(control.params).items():
        assert param.help, name


def four_eyes(**changes: Any) -> Rule:
    return Rule(control="PT-36", name="large", **({"params": {"from_value": "1000"}} | changes))


@pytest.mark.django_db
def test_what_one_person_may_let_through_is_no_one_persons_to_change(desk: Floor) -> None:
    carla, carl = (user(name, role="compliance") for name in ("carla", "carl"))
    asked = rules.put(four_eyes(), carla, "first")
    assert isinstance(asked, RuleProposal)
    assert (asked.state, Rule.objects.count()) == ("asked", 0)
    own = rules.decide(asked.pk, carla, "", approve=True)
    assert (own.code, Rule.objects.count()) == ("SAME_PERSON", 0)
    assert rules.decide(asked.pk, carl, " ", approve=False).code == "MISSING"
    done = rules.decide(asked.pk, carl, "agreed", approve=True)
    rule = Rule.objects.get()
    assert (done.state, done.rule_id, rule.version) == ("approved", rule.pk, 1)
    assert rules.decide(asked.pk, carl, "again", approve=True).code == "PROPOSAL_DECIDED"

    rule.params = {"from_value": "2000"}
    wanted = rules.put(rule, carl, "market grew")
    assert Rule.objects.get().params == {"from_value": "1000"}
    rule.active = False
    assert rules.put(rule, carl)[0].code == "VERSION_CONFLICT"
    assert rules.decide(wanted.pk, carla, "too high", approve=False).state == "refused"
    rule.control = "PT-01"
    rule.params = {"hard": "1"}
    assert isinstance(rules.put(rule, carl), RuleProposal), "a rule does not leave the two by another name"


@pytest.mark.django_db
def test_a_proposal_made_on_an_older_version_is_refused(desk: Floor) -> None:
    carla, carl = (user(name, role="compliance") for name in ("carla", "carl"))
    rules.decide(rules.put(four_eyes(), carla).pk, carl, "", approve=True)
    rule = Rule.objects.get()
    wanted = rules.put(rule, carla)
    rules._write(Rule.objects.get(), carla, "")
    assert rules.decide(wanted.pk, carl, "", approve=True).code == "VERSION_CONFLICT"
    assert RuleProposal.objects.get(pk=wanted.pk).state == "asked"


@pytest.mark.django_db
def test_the_database_holds_maker_and_checker_apart_and_keeps_what_was_decided(desk: Floor) -> None:
    carla = user("carla", role="compliance")
    asked = rules.put(four_eyes(), carla)
    for changes in ({"state": "refused", "decided_by": carla, "decided_at": asked.at, "answer": "x"}, {"fields": {}}):
        with pytest.raises(IntegrityError), transaction.atomic():
            RuleProposal.objects.update(**changes)
    with pytest.raises(IntegrityError), transaction.atomic():
        RuleProposal.objects.all().delete()
