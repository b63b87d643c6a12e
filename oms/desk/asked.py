"""What doors ask of the desk, and what it answers."""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, Protocol

from django.db.models import QuerySet

from oms.base.refusal import Refusal
from orders.models import Account, Desk, User
from orders.vocabulary import Role

ENTERS = frozenset({Role.TRADER, Role.PORTFOLIO_MANAGER, Role.API_CLIENT})
# Operations repairs what others entered.
CHANGES = ENTERS | {Role.OPERATIONS}


class Actor(NamedTuple):
    """Who asks: a user, its role, and the desks whose orders it may touch. A superuser's desks are all desks.

    ``session`` is the FIX session the user speaks through; it, or else the user, is the namespace of ClOrdIDs.
    """

    user_id: int
    username: str
    role: str
    desk_ids: frozenset[int]
    is_superuser: bool = False
    session: str = ""

    @classmethod
    def of(cls, user: User) -> "Actor":
        """The actor behind a logged-in user."""
        desks: QuerySet[Desk] = Desk.objects.all() if user.is_superuser else user.desks.all()
        ids = frozenset(desks.values_list("pk", flat=True)) if user.is_active else frozenset()
        return cls(user.pk, user.username, user.role, ids, user.is_superuser)

    @property
    def sender_comp_id(self) -> str:
        """SenderCompID (49): where the actor's ClOrdIDs are unique."""
        return self.session or self.username

    def may(self, roles: frozenset[Role]) -> bool:
        """Whether the actor's role is among ``roles``."""
        return self.is_superuser or self.role in roles

    @property
    def accounts(self) -> QuerySet[Account]:
        """The accounts of the actor's desks: where every read for an actor starts."""
        return Account.objects.filter(desk_id__in=self.desk_ids)


class Draft(NamedTuple):
    """An order somebody wants to enter. Enumerations are FIX names; ``symbol`` may name its market: AAPL.XNAS.

    ``order_qty`` may be None where ``cash_order_qty`` (152) says for how much money. ``exec_inst`` names several
    instructions with a space between them. ``hold`` is why the order is not to be sent on yet (orders.vocabulary.Hold).
    ``acknowledge_soft`` enters it in spite of warnings, for ``acknowledge_reason``; ``override_id`` names the override
    that was granted for these terms. ``price_type`` says how a bond's price is said (423; clean if nothing), and
    ``settl_date`` (64) when it is to settle other than usual, ``settl_days`` the same as a number of settlement days
    after the business date. ``text`` is noted on the first event.
    """

    account: str
    symbol: str
    side: str
    ord_type: str
    time_in_force: str
    order_qty: Decimal | None
    price: Decimal | None = None
    cl_ord_id: str = ""
    acknowledge_soft: bool = False
    stop_px: Decimal | None = None
    cash_order_qty: Decimal | None = None
    max_floor: Decimal | None = None
    exec_inst: str = ""
    peg_price_type: str = ""
    peg_offset_value: Decimal | None = None
    peg_offset_type: str = ""
    expire_time: datetime | None = None
    handl_inst: str = "automated"
    hold: str = ""
    assigned_to_id: int | None = None
    strategy: str = ""
    acknowledge_reason: str = ""
    override_id: int | None = None
    price_type: str = ""
    settl_date: date | None = None
    text: str = ""
    settl_days: int | None = None


class Amendment(NamedTuple):
    """New terms for an order; None leaves a term as it is. ``version`` guards against a change not yet seen.

    ``text`` and ``reason_code`` are noted on the request: why somebody else than its sender asks.
    """

    order_id: int
    order_qty: Decimal | None = None
    price: Decimal | None = None
    version: int | None = None
    cl_ord_id: str = ""
    acknowledge_soft: bool = False
    stop_px: Decimal | None = None
    acknowledge_reason: str = ""
    override_id: int | None = None
    text: str = ""
    reason_code: str = ""


class Cancellation(NamedTuple):
    """A wish to take an order back. ``text`` and ``reason_code`` are noted on the request."""

    order_id: int
    version: int | None = None
    cl_ord_id: str = ""
    text: str = ""
    reason_code: str = ""


class Answer(NamedTuple):
    """What became of one item. An order that risk refused is kept, so it has an id and refusals both.

    ``soft``: every refusal of an amendment is a warning, and it would be taken with ``acknowledge_soft``. ``way`` is
    how a refused amendment may be made all the same (risk.waiving.Way).
    """

    order_id: int | None
    version: int | None
    ord_status: str
    refusals: tuple[Refusal, ...] = ()
    duplicate: bool = False
    soft: bool = False
    way: str = ""

    @property
    def accepted(self) -> bool:
        return not self.refusals


def refused(*refusals: Refusal, order_id: int | None = None, version: int | None = None, status: str = "") -> Answer:
    """The answer to an item that was not done."""
    return Answer(order_id, version, status, refusals)


LONGEST_REASON = 500


class Acknowledges(Protocol):
    """What may be sent in spite of warnings."""

    @property
    def acknowledge_soft(self) -> bool: ...

    @property
    def acknowledge_reason(self) -> str: ...


def unreasoned(wish: Acknowledges) -> Refusal | None:
    """Warnings are acknowledged with a reason, which is kept with the decision. None where nothing is wrong."""
    name, reason = "acknowledge_reason", wish.acknowledge_reason
    if wish.acknowledge_soft and not reason.strip():
        return Refusal("MISSING", name, "acknowledge_soft needs an acknowledge_reason")
    if len(reason) > LONGEST_REASON:
        return Refusal("TOO_LONG", name, f"{name} may have {LONGEST_REASON} characters, not {len(reason)}")
    return None if not reason or reason.isprintable() else Refusal("BAD_TEXT", name, f"{name} must be printable")
