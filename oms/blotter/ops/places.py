"""Which pages there are: the tabs, in their order, and the sheet behind each address."""

from typing import NamedTuple

from django.urls import reverse_lazy

from oms.blotter.ops.allocations import Allocations
from oms.blotter.ops.breaks import Breaks
from oms.blotter.ops.cash import Cash
from oms.blotter.ops.confirmations import Confirmations
from oms.blotter.ops.corporate import CorporateActions
from oms.blotter.ops.days import Days
from oms.blotter.ops.exceptions import Exceptions
from oms.blotter.ops.fails import Fails
from oms.blotter.ops.ledger import Account, Ledger
from oms.blotter.ops.positions import Positions
from oms.blotter.ops.settlements import Settlements
from oms.blotter.ops.sheet import Sheet
from oms.blotter.ops.signoffs import SignOffs
from oms.blotter.ops.ssi import StandingInstructions


class Tab(NamedTuple):
    """A tab: what it is called and where it leads."""

    slug: str
    title: str
    href: object


LISTS: tuple[type[Sheet], ...] = (
    Settlements, Fails, Breaks, SignOffs, Allocations, Confirmations, Ledger, Cash, Positions, CorporateActions,
    Exceptions, StandingInstructions, Days,
)  # fmt: skip
ONES: tuple[type[Sheet], ...] = (Account,)
# In the order of the tabs.
TITLES = {
    "settlements": "Settlements", "fails": "Fails", "breaks": "Breaks", "sign-offs": "Sign-off",
    "allocations": "Allocations", "confirmations": "Confirmations", "ledger": "Ledger", "cash": "Cash",
    "positions": "Positions", "corporate-actions": "Corporate actions", "exceptions": "Exceptions",
    "standing-instructions": "SSI", "days": "Days",
}  # fmt: skip
SHEETS: dict[str, type[Sheet]] = {one.slug: one for one in LISTS}
ONE: dict[str, type[Sheet]] = {one.slug: one for one in ONES}
TABS = (
    Tab("overview", "Overview", reverse_lazy("ops")),
    *(Tab(slug, title, reverse_lazy("ops-sheet", args=[slug])) for slug, title in TITLES.items() if slug in SHEETS),
)
