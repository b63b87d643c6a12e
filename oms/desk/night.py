"""Between the sessions of a venue: what it reports then about orders that are carried does not end them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from oms.base.refusal import Refusal
from oms.desk import alerts
from orders.book import Book, Line
from orders.lifecycle import CARRIED, Report, State
from orders.models import Alert
from orders.trading_hours import Hours, Session, Unknown
from orders.vocabulary import ExecType, Phase

# What a venue says of its part after our own end of day has said it: the part's phase and the report.
ENDED = frozenset(
    {
        (Phase.EXPIRED, ExecType.EXPIRED),
        (Phase.EXPIRED, ExecType.DONE_FOR_DAY),
        (Phase.DONE_FOR_DAY, ExecType.DONE_FOR_DAY),
    }
)


class Night:
    """Knows the hours of the venues that a batch heard Expired from."""

    def __init__(self, hours: Mapping[str, Hours], book: Book) -> None:
        self.hours, self.book = hours, book

    def keeps(self, root: Line, child: Line, report: Report, said_at: datetime | None) -> bool:
        """Whether the order lives on though a venue let its part expire: it is good beyond this night.

        Night is from our end of day to our start, and whenever the venue is between two sessions.
        """
        if report.exec_type != ExecType.EXPIRED or root.state.time_in_force not in CARRIED or not root.state.is_open:
            return False
        if root.expire_time is not None and root.expire_time <= self.book.at:
            return False
        return root.state.phase == Phase.DONE_FOR_DAY or self._next(child, said_at) is not None

    def goes_out(self, root: Line, child: Line, family: Sequence[State], said_at: datetime | None) -> bool:
        """Whether it is sent again at once: our day is that of the venue's next session, and has been started."""
        resting = root.state.phase == Phase.DONE_FOR_DAY or bool(root.hold) or any(state.is_open for state in family)
        session = self._next(child, said_at)
        return not resting and session is not None and session.date <= self.book.trade_date

    def told(self, root: Line, child: Line) -> alerts.Row:
        """Operations should know, and may ask the venue why."""
        text = f"{child.venue} let its part of a {root.state.time_in_force} order expire between sessions; it is kept"
        refusal = Refusal("EXPIRED_OVERNIGHT", "", text)
        return alerts.notice(self.book, root, Alert.Severity.WARNING, "venue", refusal)

    def _next(self, child: Line, said_at: datetime | None) -> Session | None:
        """The session before which the venue spoke; None if it spoke in one, or nobody knows."""
        hours, at = self.hours.get(child.venue), said_at or self.book.at
        try:
            return hours.entered_for(at) if hours is not None and hours.at(at) is None else None
        except Unknown:
            return None
