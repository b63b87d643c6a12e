"""A venue's or broker's own list of the executions of a day: what is compared with ours. Values only."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple


class Told(NamedTuple):
    """One execution as the other side has it, in its latest version. ``qty`` 0 is one that was busted.

    ``exec_id`` is ExecID (17), ``subject`` the ClOrdID (11) it was made under, ``asset`` an ISIN or else a symbol.
    """

    exec_id: str
    subject: str
    asset: str
    side: str
    qty: Decimal
    price: Decimal
    currency: str


class ExecutionsStatement(NamedTuple):
    """The executions that ``source`` (a MIC, or a broker's session) made for us on ``day`` and had not told before."""

    message_id: str
    source: str
    day: date
    lines: tuple[Told, ...]
