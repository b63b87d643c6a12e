"""What the custodian knows of one instruction, and what it said about it; and both as lines of its journal. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from settlement.messages import CancelAnswer, Confirmation, Instruct, Message, Movement, Status
from settlement.rounding import ZERO, half_up, minor_unit

DONE = frozenset({"settled", "rejected", "cancelled"})


class Said(NamedTuple):
    """One answer about an instruction, as the journal has it. ``number`` counts them, so that each has its own name.

    ``status`` is one of a sese.024, or settled or partial (with ``qty`` and ``money`` of this part), or cancel_denied.
    ``request`` is the cancellation that it answers.
    """

    reference: str
    number: int
    status: str
    day: date
    code: str = ""
    text: str = ""
    qty: Decimal = ZERO
    money: Decimal = ZERO
    request: str = ""


@dataclass(slots=True)
class Held:
    """An instruction at the custodian. ``settled_qty`` and ``settled_money`` are what has settled of it so far."""

    it: Instruct
    custodian_reference: str
    status: str = ""
    code: str = ""
    day: date = date.min
    number: int = 0
    settled_qty: Decimal = ZERO
    settled_money: Decimal = ZERO
    said: list[Said] = field(default_factory=list)

    @property
    def left(self) -> Decimal:
        """What is still to settle."""
        return self.it.qty - self.settled_qty

    @property
    def money_left(self) -> Decimal:
        """What is still to be paid for it."""
        return self.it.net_money - self.settled_money

    def money_of(self, qty: Decimal) -> Decimal:
        """What ``qty`` of what is left costs, rounded to what can be paid."""
        if qty == self.left or not self.it.currency:
            return self.money_left
        return half_up(self.money_left * qty / self.left, minor_unit(self.it.currency))

    def hear(self, said: Said) -> None:
        """Take in what was said about it."""
        self.number = said.number
        self.said.append(said)
        self.day = said.day
        if said.status == "cancel_denied":
            return
        self.status, self.code = said.status, said.code
        self.settled_qty += said.qty
        self.settled_money += said.money

    def repeated(self) -> list[Said]:
        """What is said again when it is instructed again: every confirmation, and how it stands."""
        last = self.said[-1:]
        return [one for one in self.confirmed() if one not in last] + last

    def confirmed(self) -> list[Said]:
        """What was said of what has settled, part by part."""
        return [one for one in self.said if one.qty]


def same_terms(one: Instruct, other: Instruct) -> bool:
    """Whether two instructions ask for the same, whatever their messages and what may be changed about them."""
    return _terms(one) == _terms(other)


def _terms(it: Instruct) -> Instruct:
    return it._replace(message_id="", on_hold=False, partial="", priority=0, linked_to="")


def message(held: Held, said: Said, before: Decimal) -> Message:
    """The message of an answer. ``before`` is what had settled ahead of it."""
    it, theirs = held.it, held.custodian_reference
    name = f"{theirs}-{said.number}"
    if said.request:
        status = "denied" if said.status == "cancel_denied" else "cancelled"
        return CancelAnswer(
            name, said.request, it.reference, theirs, it.direction, it.payment, status, said.day, said.code, said.text
        )
    if not said.qty:
        return Status(name, it.reference, theirs, said.status, said.day, said.code, said.text)
    return Confirmation(
        name, it.reference, theirs, it.direction, it.payment, it.account, it.isin, it.symbol, said.qty, it.currency,
        said.money, it.settl_date, said.day, it.face, before, it.qty - before - said.qty,
    )  # fmt: skip


Journalled = Instruct | Movement | Said
_KINDS: Mapping[str, type[Journalled]] = {"instruct": Instruct, "movement": Movement, "said": Said}
_NAMES = {kind: name for name, kind in _KINDS.items()}
_DECIMALS = {"qty", "money", "net_money", "price", "accrued", "amount"}
_DAYS = {"day", "trade_date", "settl_date"}


def line(what: Journalled) -> dict[str, Any]:
    """A line of the journal: numbers and dates as text."""
    return {_NAMES[type(what)]: {name: _told(value) for name, value in what._asdict().items()}}


def recalled(told: dict[str, Any]) -> Journalled:
    """What a line of the journal holds."""
    ((name, values),) = told.items()
    return _KINDS[name](**{key: _recalled(key, value) for key, value in values.items()})


def _told(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal | date) else value


def _recalled(name: str, value: Any) -> Any:
    if value is not None and name in _DECIMALS:
        return Decimal(value)
    return date.fromisoformat(value) if name in _DAYS else value
