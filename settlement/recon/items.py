"""What reconciliation compares: one item of ours or of theirs, and how far two may lie apart. No Django."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from settlement.rounding import ZERO


class Item(NamedTuple):
    """One execution, holding, movement or amount of money, as one side has it.

    ``id`` is unique on its side and only makes the outcome the same whatever the order. ``reference`` is the name
    both sides give it, "" if none; ``asset`` an ISIN, or the currency of money alone; ``side`` as buy, sell, deliver,
    receive. ``money`` is signed where ``side`` is empty. ``place`` is where it settles or is kept (SSI).
    """

    id: str
    reference: str = ""
    asset: str = ""
    side: str = ""
    qty: Decimal = ZERO
    price: Decimal = ZERO
    money: Decimal = ZERO
    currency: str = ""
    day: date = date.min
    place: str = ""

    @property
    def measure(self) -> Decimal:
        """What is counted of it: units, or money where there are none."""
        return self.qty or self.money


class Tolerance(NamedTuple):
    """By how much two items may differ and still be the same: units, price, money (major units), calendar days."""

    qty: Decimal = ZERO
    price: Decimal = ZERO
    money: Decimal = ZERO
    days: int = 0


EXACT = Tolerance()
Content = tuple[str, str, Decimal, Decimal, Decimal, date]


def content(item: Item) -> Content:
    """All that is compared once name, asset and side agree."""
    return item.currency, item.place, item.qty, item.price, item.money, item.day


def difference(ours: Item, theirs: Item, tolerance: Tolerance) -> str:
    """In what the two differ most gravely: currency, ssi, qty, price, cash or date; "" if they agree.

    Currency comes first, because amounts in different currencies cannot be compared at all.
    """
    apart = (
        ("currency", ours.currency != theirs.currency),
        ("ssi", ours.place != theirs.place),
        ("qty", abs(ours.qty - theirs.qty) > tolerance.qty),
        ("price", abs(ours.price - theirs.price) > tolerance.price),
        ("cash", abs(ours.money - theirs.money) > tolerance.money),
        ("date", abs((ours.day - theirs.day).days) > tolerance.days),
    )
    return next((name for name, differs in apart if differs), "")


def amount(kind: str, ours: Item | None, theirs: Item | None) -> Decimal | None:
    """Theirs less ours, in the unit of the break: units, price, money, days; None where nothing can be subtracted."""
    if kind in ("currency", "ssi"):
        return None
    if ours is None or theirs is None or kind == "duplicate":
        return (theirs.measure if theirs else ZERO) - (ours.measure if ours else ZERO)
    if kind == "date":
        return Decimal((theirs.day - ours.day).days)
    name = {"cash": "money"}.get(kind, kind)
    found: Decimal = getattr(theirs, name) - getattr(ours, name)
    return found
