"""A custodian's statements for the small world, right unless told otherwise."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal as D
from typing import Any

from oms.base.clock import now
from oms.desk.dayclose import Closing, Person, close
from orders.models import Account, DayStep, Instrument
from settlement.advance import advance
from settlement.answers import Answer, apply
from settlement.instruct import send
from settlement.ladder import holdings
from settlement.messages.statement import (
    CashLine,
    CashStatement,
    Holding,
    HoldingsStatement,
    Moved,
    MovementsStatement,
    Statement,
)
from settlement.models import Break, Confirmation, Instruction
from settlement.recon.breaklife import Wish
from settlement.recon.casework import Actor, act
from settlement.recon.comparing import reconcile
from settlement.recon.receiving import receive
from settlement.recon.signing import Wanted, sign
from settlement.settle import settle
from tests.factories import Floor, user
from tests.settlement.world import fill

TUESDAY, WEDNESDAY, THURSDAY = date(2026, 11, 24), date(2026, 11, 25), date(2026, 11, 27)


def confirmed(held: Instruction, **more: Any) -> Answer:
    said = {"status": "settled", "business_date": held.settl_date, "qty": held.qty, "net_money": held.net_money}
    return Answer(held.reference, custodian_reference="CU1", **(said | more))


def settled(floor: Floor, fills: Sequence[tuple[str, Any, Any]], *, account: Account | None = None) -> None:
    """Fills of Monday that settled on Tuesday; the business date is Wednesday."""
    fill(floor, fills, account=account)
    settle_all()
    advance(TUESDAY, "olga")
    send()
    assert apply([confirmed(one) for one in Instruction.objects.filter(state="sent")])[0] is None
    advance(WEDNESDAY, "olga")


def settle_all() -> None:
    while settle():
        pass


def told(account: Account, day: date = TUESDAY, prefix: str = "M") -> list[Statement]:
    """What the custodian would say of the account at the end of the day if it agreed with us (one currency)."""
    names = {one.pk: one for one in Instrument.objects.all()}
    held = [one for one in holdings([account.pk]) if one.instrument_id and one.posted]
    lines = [
        Holding(names[one.instrument_id or 0].isin, names[one.instrument_id or 0].symbol, one.posted) for one in held
    ]
    rows = Confirmation.objects.filter(business_date=day, instruction__account=account).order_by("id")
    moved, paid = [], []
    for row in rows.select_related("instruction__instrument"):
        one = row.instruction
        money = row.net_money if one.direction == "deliver" else -row.net_money
        paper = (one.instrument.isin, one.instrument.symbol)
        moved.append(Moved(one.reference, f"C{row.pk}", *paper, one.direction, row.qty, one.currency, money, day))
        paid.append(CashLine(one.reference, money, day, "settlement", f"C{row.pk}"))
    total = sum((line.amount for line in paid), D(0))
    closing = next((one.posted for one in holdings([account.pk]) if one.currency == "USD"), D(0))
    name = f"{prefix}{account.code}{day:%m%d}"
    return [
        HoldingsStatement(f"{name}H", account.code, day, tuple(lines)),
        MovementsStatement(f"{name}M", account.code, day, tuple(moved)),
        CashStatement(f"{name}C", account.code, "USD", day, closing - total, closing, tuple(paid)),
    ]


def a_day_with_breaks(floor: Floor) -> None:
    """Tuesday, closed: of the first account the custodian charged 3 and forgot a share; of the second it was right."""
    first, second = floor.accounts[:2]
    fill(floor, [("buy", 30, "12")], account=second)
    settled(floor, [("buy", 100, "10"), ("sell", 40, "11")])
    held, moved, cash = told(first)
    [line] = held.lines
    charge = CashLine("", D(-3), TUESDAY, "fee", "F1")
    wrong: list[Any] = [
        held._replace(lines=(line._replace(qty=line.qty - 1),)),  # type: ignore[call-arg,union-attr,arg-type]
        moved,
        cash._replace(lines=(*cash.lines, charge), closing=cash.closing - 3),  # type: ignore[call-arg,union-attr,arg-type]
    ]
    assert receive([*wrong, *told(second)]) == [None] * 6
    while reconcile():
        pass
    olga, otto, oona = (Actor(user(name, role="operations").pk, name) for name in ("olga", "otto", "oona"))
    numbers = dict(Break.objects.values_list("key", "pk"))
    lost, balance, fee = (next(pk for key, pk in numbers.items() if key[0] in start) for start in ("UA", "b", "-"))
    act([Wish(fee, "resolve", "charge", reason="written_off"), Wish(lost, "assign", owner=otto.id)], olga)
    act([Wish(fee, "confirm"), Wish(balance, "resolve", "the charge", reason="explained")], otto)
    kinds = ("holdings", "movements", "cash")
    assert not any(sign([Wanted(kind, one.pk, TUESDAY) for kind in kinds for one in (first, second)], oona))
    for step in ("write_results", "carry_orders"):
        DayStep.objects.create(date=TUESDAY, run="end", name=step, actor="x", done_at=now())
    done = close(TUESDAY, Person(oona.id, "oona"))
    assert isinstance(done, Closing), done
    assert done.is_closed
