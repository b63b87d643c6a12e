"""The lives that orders lead in the stream: ordinary ones, and one for each thing that goes wrong.

Each function writes the script of one order that was just sent to its venue. Where a life has variants, chance decides.
"""

from collections.abc import Callable
from decimal import Decimal

from oms.management.bench.adversary.life import Life
from oms.management.bench.adversary.message import Message

Script = Callable[[Life], None]


def _work(life: Life, *, share: int = 50) -> Message:
    """Acknowledge, and fill about ``share`` percent; answer the fill."""
    life.say(life.ack())
    life.turn()
    fill = life.fill(max(Decimal(1), life.order_qty * life.rng.randrange(1, share) // 100))
    life.say(fill)
    return fill


def _finish(life: Life) -> None:
    """Fill what is left, in one piece or two."""
    life.turn()
    if life.leaves_qty > 1 and life.rng.random() < 0.5:
        life.say(life.fill(life.some(life.leaves_qty)))
    if life.leaves_qty:
        life.say(life.fill(life.leaves_qty))


# -- ordinary lives


def filled(life: Life) -> None:
    """Acknowledged, and filled in a few pieces."""
    _work(life)
    _finish(life)


def part_filled(life: Life) -> None:
    """Still working when the stream ends."""
    _work(life, share=90)


def canceled(life: Life) -> None:
    """Canceled on request, sometimes filled a little while the cancel is in flight (B.1.a, B.1.b)."""
    _work(life)
    asked = life.ask_cancel()
    if life.rng.random() < 0.5:
        life.say(life.fill(life.some(life.leaves_qty)))
    life.turn()
    life.say(life.canceled(asked))


def too_late_to_cancel(life: Life) -> None:
    """Filled before the cancel arrives (B.1.c): it stays pending until the venue refuses it."""
    _work(life)
    asked = life.ask_cancel()
    life.say(life.fill(life.leaves_qty))
    life.turn()
    life.say(life.refused(asked))


def rejected(life: Life) -> None:
    """The venue does not take it."""
    life.say(life.ended("rejected"))


def expired(life: Life) -> None:
    """The day ends, for some without a fill."""
    if life.rng.random() < 0.5:
        life.say(life.ack())
    else:
        _work(life)
    life.turn()
    life.say(life.ended("expired" if life.rng.random() < 0.7 else "done_for_day"))


def unasked(life: Life) -> None:
    """The venue cancels the order, or takes away a part of it, of its own accord (E.1.b, E.1.d)."""
    _work(life)
    life.turn()
    if life.rng.random() < 0.5:
        life.say(life.ended("canceled"))
    else:
        life.say(life.restated(life.cum_qty + life.some(life.leaves_qty)))
        _finish(life)


def amended(life: Life) -> None:
    """New terms, accepted or refused, and then filled."""
    _work(life)
    asked = life.ask_replace(life.order_qty + life.rng.randrange(1, 9) * 10, life.price + Decimal("0.05"))
    life.say(life.replaced(asked) if life.rng.random() < 0.7 else life.refused(asked))
    _finish(life)


def two_amends(life: Life) -> None:
    """A second request before the first is answered (D.2.b, D.2.c); the venue takes both, or refuses the second."""
    _work(life)
    first = life.ask_replace(life.order_qty + 100)
    second = life.ask_replace(life.order_qty + 200)
    second_orig = second._replace(orig_cl_ord_id=first.cl_ord_id)
    life.script[-1][-1] = second_orig
    life.turn()
    life.say(life.replaced(first))
    life.turn()
    life.say(life.replaced(second_orig) if life.rng.random() < 0.5 else life.refused(second_orig))


def unanswered(life: Life) -> None:
    """A request is still in flight when the stream ends, sometimes after an earlier one was refused."""
    _work(life)
    if life.rng.random() < 0.5:
        refused = life.ask_replace(life.order_qty + 50)
        life.say(life.refused(refused))
    if life.rng.random() < 0.5:
        life.ask_cancel()
    else:
        life.ask_replace(life.order_qty + 70)


ORDINARY: dict[Script, int] = {
    filled: 50, part_filled: 12, canceled: 12, too_late_to_cancel: 4, rejected: 3, expired: 5, unasked: 3,
    amended: 8, two_amends: 3, unanswered: 3,
}  # fmt: skip


# -- what goes wrong


def duplicate_exec(life: Life) -> None:
    """An execution is told again, at once or later; sometimes its ExecID comes with another quantity."""
    fill = _work(life)
    again = fill if life.rng.random() < 0.7 else fill._replace(last_qty=fill.last_qty + 1)
    if life.rng.random() < 0.5:
        life.say(again)
        _finish(life)
    else:
        _finish(life)
        life.say(again)


def late_ack(life: Life) -> None:
    """Fills, perhaps all of them, before the acknowledgement."""
    ack = life.ack()
    life.say(life.fill(life.some(life.order_qty)))
    if life.rng.random() < 0.5:
        life.say(life.fill(life.leaves_qty))
    if life.rng.random() < 0.5:
        life.turn()
    life.say(ack)


def fill_after_cancel(life: Life) -> None:
    """An execution that the cancel overtook, under the old ClOrdID or the new one (J.1.b); perhaps all that is left."""
    _work(life)
    asked = life.ask_cancel()
    late = life.fill(life.leaves_qty if life.rng.random() < 0.2 else life.some(life.leaves_qty))
    life.say(life.canceled(asked))
    if life.rng.random() < 0.5:
        life.turn()
    life.say(late if life.rng.random() < 0.5 else late._replace(cl_ord_id=asked.cl_ord_id))


def overfill(life: Life) -> None:
    """More than was asked for. Sometimes room appears afterwards, by a bust: the excess stays where it was put."""
    first = _work(life)
    life.turn()
    excess = life.fill(life.leaves_qty + life.some(life.order_qty))
    life.say(excess)
    chance = life.rng.random()
    life.cum_qty -= excess.last_qty  # the venue sees its error too: what follows is in order
    life.fills.remove(excess)
    if chance < 0.4:
        _finish(life)
    elif chance < 0.6:
        life.turn()
        life.say(life.bust(first))
    elif chance < 0.8:
        _finish(life)
        life.turn()
        life.say(*(life.bust(fill) for fill in list(life.fills)))


def out_of_order_fills(life: Life) -> None:
    """Executions arrive in another order than they happened in, each with the venue's sums of its own moment."""
    life.say(life.ack())
    life.turn()
    fills: list[Message] = []
    while life.leaves_qty > 4 and len(fills) < 4:
        fills.append(life.fill(life.some(life.leaves_qty)))
    if life.rng.random() < 0.5 and life.leaves_qty:
        fills.append(life.fill(life.leaves_qty))
    told = fills[:]
    life.rng.shuffle(told)
    life.say(*(told if told != fills else fills[::-1]))


def amend_racing_fill(life: Life) -> None:
    """Executions while a replace is in flight: below CumQty, to CumQty, upwards after the last fill, or too late."""
    _work(life)
    visible, before = life.cum_qty, life.order_qty
    how = life.rng.choice(("below", "equal", "up", "revived", "late", "overtaken"))
    goal = visible + life.some(before - visible)
    asked = life.ask_replace(before + 100 if how in ("up", "revived") else goal)
    if how in ("revived", "late"):
        life.say(life.fill(life.leaves_qty))
    elif how == "below":
        life.say(life.fill(life.leaves_qty - 1))
    elif how == "equal":
        life.say(life.fill(asked.order_qty - life.cum_qty))
    elif how == "up":
        life.say(life.fill(life.some(life.leaves_qty)))
    late = life.fill(asked.order_qty - life.cum_qty) if how == "overtaken" else None
    life.turn()
    life.say(life.refused(asked) if how == "late" else life.replaced(asked))
    if late:
        life.say(late)
    if how in ("up", "revived"):
        _finish(life)


def bust(life: Life) -> None:
    """An execution is taken back: of a working, a filled or a canceled order; sometimes twice, sometimes unheard of."""
    first = _work(life)
    how = life.rng.choice(("working", "filled", "canceled", "twice", "unknown"))
    if how == "filled":
        _finish(life)
    elif how == "canceled":
        asked = life.ask_cancel()
        life.say(life.canceled(asked))
    life.turn()
    taken = life.bust(first)
    if how == "unknown":
        life.cum_qty += first.last_qty
        taken = taken._replace(exec_ref_id=f"{life.number}.none")
    life.say(taken)
    if how == "twice":
        life.say(taken._replace(exec_id=f"{taken.exec_id}b"))


def correction(life: Life) -> None:
    """Another price, another quantity; then perhaps a correction of the correction, or its bust (J.1.a)."""
    first = _work(life)
    if life.rng.random() < 0.5:
        _finish(life)
    life.turn()
    second = life.correct(first, first.last_qty, first.last_px + Decimal("0.0100"))
    life.say(second)
    chance = life.rng.random()
    if chance < 0.3 and second.last_qty > 1:
        life.say(life.correct(second, life.some(second.last_qty), second.last_px))
    elif chance < 0.6:
        life.say(life.bust(second))
    elif chance < 0.8:
        too_much = life.correct(second, second.last_qty + life.leaves_qty + 10, second.last_px)
        life.say(too_much)
        life.cum_qty += second.last_qty - too_much.last_qty
        life.fills[life.fills.index(too_much)] = second


ADVERSE: dict[str, Script] = {
    "duplicate_exec": duplicate_exec, "late_ack": late_ack, "fill_after_cancel": fill_after_cancel,
    "overfill": overfill, "out_of_order_fills": out_of_order_fills, "amend_racing_fill": amend_racing_fill,
    "bust": bust, "correction": correction,
}  # fmt: skip
