"""Securities moved free of payment: nobody alone, units only, and the position follows."""

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from oms.desk.transferring import transferring
from orders.models import Position, User
from settlement.answers import Answer, apply
from settlement.free import Transfer, check, propose
from settlement.instruct import send
from settlement.models import Balance, Instruction
from settlement.repair import cancel, release
from tests.factories import Floor, user
from tests.settlement.checks import broken
from tests.settlement.world import MONDAY

TUESDAY = date(2026, 11, 24)


@pytest.fixture
def people(floor: Floor) -> tuple[User, User]:
    return user("mary", role="operations"), user("carl", role="operations")


def wish(floor: Floor, direction: str = "receive", **more: object) -> Transfer:
    one = Transfer(floor.accounts[0].pk, floor.instruments["AAPL"].pk, direction, D(100), TUESDAY, "moved from BROKER")
    return one._replace(**more)  # type: ignore[arg-type]


def units() -> Any:
    one = Balance.objects.get(ledger_account__owner="account", ledger_account__asset__instrument__isnull=False)
    return one.posted, one.pending_in, one.pending_out


def test_two_people_move_securities_and_nobody_pays(floor: Floor, people: tuple[User, User]) -> None:
    mary, carl = people
    made = propose([wish(floor), wish(floor, qty=D(0)), wish(floor, settl_date=date(2026, 11, 20))], mary, MONDAY)
    assert [one.refusal and one.refusal.field for one in made] == [None, "qty", "settl_date"]
    number = made[0].id or 0
    held = Instruction.objects.get()
    assert (held.state, held.payment, held.net_money, held.made_by) == ("draft", "free", 0, mary)
    assert [one and one.code for one in release([number], "mary", "now")] == ["SECOND_PERSON"]
    assert [one and one.code for one in check([number], mary)] == ["SAME_PERSON"]
    assert send() == 0
    assert [one and one.code for one in check([number, number, 0], carl)] == [None, "BAD_VALUE", "MISSING"]
    assert units() == (0, 100, 0)
    assert send() == 1
    answer = Answer(held.reference, "settled", "CU", TUESDAY, D(100), D(0), message_id="M1")
    assert apply([answer, answer])[0] is None
    assert units() == (100, 0, 0)
    assert not Balance.objects.exclude(ledger_account__asset__currency=None).exists()
    assert (transferring(), transferring()) == (1, 0)
    position = Position.objects.get()
    assert (position.qty, position.account) == (100, floor.accounts[0])
    assert broken("I27") == {}


def test_what_is_called_off_moves_nothing(floor: Floor, people: tuple[User, User]) -> None:
    mary, carl = people
    first, second = (one.id or 0 for one in propose([wish(floor, "deliver"), wish(floor, "deliver")], mary, MONDAY))
    check([first, second], carl)
    assert units() == (0, 0, 200)
    assert cancel([first], "mary", "not needed") == [None]
    assert units() == (0, 0, 100)
    send()
    cancel([second], "mary", "not needed")
    assert apply([Answer(Instruction.objects.get(pk=second).reference, "cancelled", business_date=TUESDAY)]) == [None]
    assert units() == (0, 0, 0)
    assert transferring() == 0
    assert broken() == {}


def test_the_database_itself_wants_two_people(floor: Floor, people: tuple[User, User]) -> None:
    mary, _ = people
    propose([wish(floor)], mary, MONDAY)
    with pytest.raises(IntegrityError, match="instruction_free_has_four_eyes"), transaction.atomic():
        Instruction.objects.update(state="ready")
    with pytest.raises(IntegrityError, match="instruction_maker_not_checker"), transaction.atomic():
        Instruction.objects.update(checked_by=mary)
