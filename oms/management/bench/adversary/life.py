"""One order as its venue sees it, and the script of messages that it leaves behind."""

from decimal import Decimal
from random import Random
from typing import Any

from oms.management.bench.adversary.message import ZERO, Message

_ENDED = ("canceled", "expired", "rejected", "done_for_day")


class Life:
    """The venue's side of one order. Each verb answers the message it amounts to; ``say`` puts it into the script.

    The script is a list of turns: the messages of one turn arrive together, in order, requests first.
    """

    def __init__(self, number: int, rng: Random, account: str, symbol: str) -> None:
        self.number, self.rng = number, rng
        self.account, self.symbol, self.side = account, symbol, rng.choice(("buy", "sell"))
        self.order_qty = Decimal(rng.randrange(2, 60) * 50)
        self.price = Decimal(rng.randrange(9900, 10100)) / 100
        self.cum_qty, self.phase, self.name = ZERO, "pending_new", f"{number}-1"
        self.fills: list[Message] = []
        self.asked, self.executed = 1, 0
        self.script: list[list[Message]] = [[]]
        self.say(self._request("D", self.name, "", self.order_qty, self.price))

    # -- the script

    def turn(self) -> None:
        """What is said from here on arrives later."""
        self.script.append([])

    def say(self, *messages: Message) -> None:
        """Put ``messages`` into the present turn."""
        self.script[-1] += messages

    # -- what we ask

    def ask_replace(self, order_qty: Decimal, price: Decimal | None = None) -> Message:
        """We ask for new terms, in a turn of its own."""
        message = self._request("G", self._next_name(), self.name, order_qty, price or self.price)
        self.turn()
        self.say(message)
        return message

    def ask_cancel(self) -> Message:
        """We ask for the order to be canceled, in a turn of its own."""
        message = self._request("F", self._next_name(), self.name, self.order_qty, self.price)
        self.turn()
        self.say(message)
        return message

    # -- what the venue says

    def ack(self) -> Message:
        """The venue has the order."""
        self.phase = "new"
        return self._report("new")

    def ended(self, how: str) -> Message:
        """Rejected, canceled, expired or done for the day: nobody asked."""
        self.phase = how
        return self._report(how)

    def canceled(self, asked: Message) -> Message:
        """The cancel is done; the order bears its name from here on."""
        self.phase, self.name = "canceled", asked.cl_ord_id
        return self._report("canceled", orig_cl_ord_id=asked.orig_cl_ord_id)

    def replaced(self, asked: Message) -> Message:
        """The new terms are in force; a quantity below CumQty amends to CumQty."""
        self.order_qty, self.price, self.name = max(asked.order_qty, self.cum_qty), asked.price, asked.cl_ord_id
        return self._report("replaced", orig_cl_ord_id=asked.orig_cl_ord_id)

    def restated(self, order_qty: Decimal) -> Message:
        """The venue changes the quantity unasked (E.1.d)."""
        self.order_qty = max(order_qty, self.cum_qty)
        return self._report("restated")

    def refused(self, asked: Message) -> Message:
        """An OrderCancelReject: it has no ExecID."""
        kind = "replace" if asked.msg_type == "G" else "cancel"
        told = Message("9", asked.cl_ord_id, asked.orig_cl_ord_id, exec_type=f"{kind}_rejected")
        return told._replace(ord_status=self._ord_status())

    def fill(self, qty: Decimal, name: str = "") -> Message:
        """An execution of ``qty`` at a price of this moment, whether or not there is room for it."""
        px = self.price - Decimal(self.rng.randrange(0, 500)) / 10_000
        self.cum_qty += qty
        message = self._report("trade", last_qty=qty, last_px=px)
        message = message._replace(cl_ord_id=name or message.cl_ord_id)
        self.fills.append(message)
        return message

    def bust(self, fill: Message) -> Message:
        """The venue takes ``fill`` back. Some venues repeat what it was; others, as Appendix D does, say 0 (J.1.a)."""
        self.cum_qty -= fill.last_qty
        self.fills.remove(fill)
        was = (fill.last_qty, fill.last_px) if self.rng.random() < 0.5 else (ZERO, ZERO)
        return self._report("trade_cancel", exec_ref_id=fill.exec_id, last_qty=was[0], last_px=was[1])

    def correct(self, fill: Message, qty: Decimal, px: Decimal) -> Message:
        """The venue corrects ``fill`` to ``qty`` at ``px``; from here on that is the latest version of it."""
        self.cum_qty += qty - fill.last_qty
        message = self._report("trade_correct", exec_ref_id=fill.exec_id, last_qty=qty, last_px=px)
        self.fills[self.fills.index(fill)] = message
        return message

    # -- helpers

    @property
    def leaves_qty(self) -> Decimal:
        """What the venue would still fill."""
        return ZERO if self.phase in _ENDED else max(ZERO, self.order_qty - self.cum_qty)

    def some(self, of: Decimal) -> Decimal:
        """A part of ``of``: at least 1, less than all."""
        return Decimal(self.rng.randrange(1, int(of)))

    def _next_name(self) -> str:
        self.asked += 1
        return f"{self.number}-{self.asked}"

    def _request(self, kind: str, name: str, orig: str, order_qty: Decimal, price: Decimal) -> Message:
        return Message(kind, name, orig, self.account, self.symbol, self.side, order_qty, price)

    def _ord_status(self) -> str:
        if self.cum_qty >= self.order_qty:
            return "filled"
        return "partially_filled" if self.cum_qty and self.phase == "new" else self.phase

    def _report(self, exec_type: str, **more: Any) -> Message:
        self.executed += 1
        told = Message(
            "8", self.name, "", self.account, self.symbol, self.side, self.order_qty, self.price,
            f"{self.number}.{self.executed}", exec_type, "", self._ord_status(), ZERO, ZERO, self.cum_qty,
            self.leaves_qty,
        )  # fmt: skip
        return told._replace(**more)
