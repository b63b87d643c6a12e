"""Tag transformations: what they do to a message, and what may not be saved."""

from typing import Any

import pytest

from routing.fix import transform
from routing.fix.codec import SOH

BODY = "35=D|11=C1|1=ACC|100=XNAS|59=1|40=2|21=1|"


def out(rule: dict[str, Any], body: str = BODY) -> str:
    rules = [{"direction": "out"} | rule]
    assert transform.problems(rules) == []
    return transform.apply(rules, "out", body.replace("|", SOH)).replace(SOH, "|")


@pytest.mark.parametrize(
    ("rule", "after"),
    [
        ({"set": {"59": "0"}}, "35=D|11=C1|1=ACC|100=XNAS|59=0|40=2|21=1|"),
        ({"set": {"18": "6"}}, "35=D|18=6|11=C1|1=ACC|100=XNAS|59=1|40=2|21=1|"),
        ({"remove": ["21", "9999"]}, "35=D|11=C1|1=ACC|100=XNAS|59=1|40=2|"),
        ({"rename": {"100": "207"}}, "35=D|207=XNAS|11=C1|1=ACC|59=1|40=2|21=1|"),
        ({"copy": {"1": "440"}}, "35=D|440=ACC|11=C1|1=ACC|100=XNAS|59=1|40=2|21=1|"),
        ({"map": {"59": {"1": "6"}}}, "35=D|11=C1|1=ACC|100=XNAS|59=6|40=2|21=1|"),
        ({"map": {"59": {"3": "6"}}}, BODY),
        ({"when": {"40": "2"}, "remove": ["21"]}, "35=D|11=C1|1=ACC|100=XNAS|59=1|40=2|"),
        ({"when": {"40": "1"}, "remove": ["21"]}, BODY),
        ({"when": {"44": ""}, "remove": ["21"]}, "35=D|11=C1|1=ACC|100=XNAS|59=1|40=2|"),
        ({"when": {"44": "*"}, "remove": ["21"]}, BODY),
        ({"msg_type": ["G"], "remove": ["21"]}, BODY),
        ({"copy": {"1": "440"}, "set": {"1": "X"}}, "35=D|440=ACC|11=C1|1=X|100=XNAS|59=1|40=2|21=1|"),
    ],
)
def test_a_rule_changes_what_it_says(rule: dict[str, Any], after: str) -> None:
    assert out(rule) == after


def test_a_rule_of_the_other_direction_does_nothing() -> None:
    rules = [{"direction": "in", "remove": ["21"]}]
    assert transform.preview(rules, BODY) == (BODY, BODY)
    assert transform.preview(rules, BODY, "in") == (BODY, BODY.replace("21=1|", ""))


def test_groups_and_data_fields_stay_as_they_are() -> None:
    body = "35=AB|555=2|600=A|623=1|600=B|623=2|354=3|355=x|y|"
    assert out({"set": {"58": "t"}}, body) == body.replace("35=AB|", "35=AB|58=t|")


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ({}, "not a list"), ([1], "not an object"), ([{"direction": "out"}], "changes nothing"),
        ([{"direction": "up", "remove": ["21"]}], "direction"),
        ([{"direction": "out", "drop": ["21"]}], "does not know 'drop'"),
        ([{"direction": "out", "msg_type": "D", "remove": ["21"]}], "msg_type"),
        ([{"direction": "out", "remove": "21"}], "remove is not a list"),
        ([{"direction": "out", "remove": [21]}], "21 is not a tag"),
        ([{"direction": "out", "remove": ["34"]}], "belongs to the session"),
        ([{"direction": "out", "set": {"49": "X"}}], "belongs to the session"),
        ([{"direction": "out", "set": {"35": "8"}}], "belongs to the session"),
        ([{"direction": "out", "rename": {"1": "10"}}], "belongs to the session"),
        ([{"direction": "out", "copy": {"1": "x"}}], "'x' is not a tag"),
        ([{"direction": "out", "set": {"58": "a\x0138=9"}}], "printable"),
        ([{"direction": "out", "set": {"58": ""}}], "printable"),
        ([{"direction": "out", "map": {"59": {"1": "\n"}}}], "printable"),
        ([{"direction": "out", "map": {"59": "6"}}], "no object"),
        ([{"direction": "out", "set": {"58": "t"}, "when": {"x": "1"}}], "'x' is not a tag"),
        ([{"direction": "out", "remove": ["21"]}, {"direction": "out", "remove": ["8"]}], "rule 2"),
    ],
)  # fmt: skip
def test_what_may_not_be_saved(rules: Any, says: str) -> None:
    assert any(says in text for text in transform.problems(rules))
