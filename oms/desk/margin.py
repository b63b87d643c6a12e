"""What happens to futures and options when a day is over: variation margin, expiry, exercise by exception.

Settlement prices drive it: a day's margin is booked when its price is there and its trading is over, once an account,
instrument and day. Every booking has a name made from these, so any run may be stopped and repeated. What an exercise
or assignment delivers becomes an obligation, and settles through an instruction as a trade does; the option itself, and
margin, are between us and the clearing house.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, Sum

from oms.base import bell, sets
from oms.base.clock import now
from oms.base.locks import lane_of_session, locked
from oms.base.refusal import Refusal
from oms.desk import alerts
from oms.desk.adjusting import adjust
from orders.adjustments import Adjusted
from orders.models import Alert, DayStep, ExecutionReport, Instrument, Position
from orders.reference import business_date
from orders.vocabulary import AssetClass
from risk import usage
from settlement.actions import book
from settlement.actions.asof import held_at_close
from settlement.actions.effects import Move
from settlement.advance import HOME_CALENDAR
from settlement.allocation.obliged import oblige
from settlement.calendars import Unsupported
from settlement.derivatives import kernel
from settlement.derivatives.deliver import delivery
from settlement.derivatives.due import post_due
from settlement.derivatives.tables import ExerciseThreshold, OptionNotice, SettlementPrice, VariationMargin
from settlement.obligations import AccountKey
from settlement.obligations import Terms as Settles
from settlement.rounding import ZERO, minor_unit
from settlement.standing import Standing, standing

ALERT = "margin"
# Options in the money by a cent exercise where no row says otherwise (OCC rule 805).
THRESHOLD = Decimal("0.01")


class Refused(Exception):
    """A booking was refused, so nothing of it is booked."""


def margin() -> int:
    """Book what is due, an instrument and day at a time; answer how many. 0 also when another worker is at it."""
    with lane_of_session("margin") as mine:
        if not mine:
            return 0
        over = _last_day_over()
        rows = SettlementPrice.objects.filter(
            instrument__asset_class=AssetClass.FUTURE, margin_at__isnull=True, day__lte=over
        )
        done = sum(_variation(pk) for pk in list(rows.order_by("day", "instrument_id").values_list("pk", flat=True)))
        done += sum(_expire_option(pk, over) for pk in _expired_options(over))
        _tell_missing(over)
        with transaction.atomic():
            return done + post_due(business_date(), now())


def _last_day_over() -> date:
    """The last business day whose trading is over: the one before the business date, or that once it is ended."""
    today = business_date()
    ended = DayStep.objects.filter(date=today, run="end", name="carry_orders").exists()
    try:
        return today if ended else standing().calendars[HOME_CALENDAR].add(today, -1)
    except (KeyError, Unsupported):
        return today - timedelta(days=1)


def _variation(price_id: int) -> int:
    """The margin of every account in a future for the day of the price, and its expiry if that was its last."""
    with transaction.atomic():
        at, tables = now(), standing()
        of = SettlementPrice.objects.values_list("instrument_id", flat=True).get(pk=price_id)
        usage.lock(_keys([of]))
        price = locked(SettlementPrice.objects.filter(pk=price_id)).select_related("instrument").get()
        if price.margin_at is not None:
            return 0
        terms = _terms([of])[of]
        value = _value_date(terms, price.day, tables)
        held = held_at_close([of], price.day)
        paid = dict(VariationMargin.objects.filter(instrument=of).values_list("account_id").annotate(Sum("amount")))
        unit, rows = minor_unit(terms.currency), []
        for (account, _), one in sorted(held.items()):
            future = kernel.Future(one.qty, one.avg_cost, one.realised, paid.get(account, ZERO))
            amount = kernel.variation(future, price.price, terms.multiplier, unit)
            if amount or one.qty:
                rows.append((account, of, price.day, one.qty, price.price, amount, value, at))
        sets.insert(VariationMargin, _MARGIN, rows)
        moves = {row[0]: [Move(of, "variation_margin", ZERO, None, row[5])] for row in rows if row[5]}
        _book(f"vm:{of}:{price.day}", moves, terms, price.day, value, at)
        if terms.maturity_date is not None and price.day >= terms.maturity_date:
            gone = {row[0]: [kernel.expired(of, row[3], price.price)] for row in rows if row[3]}
            _book(f"xp:{of}", gone, terms, price.day, value, at)
            _end(of, "expired")
        SettlementPrice.objects.filter(pk=price_id).update(margin_at=at)
        bell.ring_on_commit("live")
        return 1


_MARGIN = ("account", "instrument", "day", "qty", "settlement_px", "amount", "value_date", "made_at")


def _expired_options(over: date) -> list[int]:
    """Options that have expired, whose underlying's price of the day is known."""
    priced = SettlementPrice.objects.values_list("instrument_id", "day")
    rows = Instrument.objects.filter(
        asset_class=AssetClass.OPTION, state__in=["active", "halted"], maturity_date__lte=over
    ).order_by("pk")
    known = set(priced.filter(day__in=rows.values("maturity_date")))
    found = rows.values_list("pk", "underlying_id", "maturity_date")
    return [pk for pk, underlying, day in found if (underlying, day) in known]


def _expire_option(instrument_id: int, over: date) -> int:
    """Exercise, assign or expire every position in an option; its holders' notices count before the rule."""
    with transaction.atomic():
        at, tables = now(), standing()
        option, terms = _option(instrument_id)
        usage.lock(_keys([instrument_id, option.underlying_id]))
        if locked(Instrument.objects.filter(pk=instrument_id)).get().state == Instrument.State.EXPIRED:
            return 0
        day = terms.maturity_date
        assert day is not None
        assert day <= over
        px = SettlementPrice.objects.values_list("price", flat=True).get(instrument=option.underlying_id, day=day)
        itm = kernel.is_exercised(option, px, _threshold(option.underlying_id, day))
        said = _notices(instrument_id, day)
        value = _value_date(_terms([option.underlying_id])[option.underlying_id], day, tables)
        moves: dict[int, list[Move]] = {}
        for (account, _), one in sorted(held_at_close([instrument_id], day).items()):
            if one.qty:
                asked = said.get(account, {})
                moves[account] = _at_expiry(option, one.qty, asked, itm=itm)
        _book(f"xp:{instrument_id}", moves, terms, day, value, at, option.underlying_id if option.pays else None)
        _end(instrument_id, "exercised" if itm else "expired worthless")
        bell.ring_on_commit("live")
        return 1


def _at_expiry(option: kernel.Option, qty: Decimal, said: Mapping[str, Decimal], *, itm: bool) -> list[Move]:
    """All of a position: what is exercised (or assigned), and what is left and expires."""
    kept = min(said.get("abandon", ZERO), qty) if qty > 0 else ZERO
    wanted = min(said.get("exercise", ZERO), qty) if qty > 0 else ZERO
    taken = qty - kept if itm else wanted
    moves = [*kernel.exercised(option, taken)] if taken else []
    left = qty - taken
    return [*moves, kernel.expired(option.instrument_id, left, ZERO)] if left else moves


def _notices(instrument_id: int, day: date) -> dict[int, dict[str, Decimal]]:
    """What holders decided for the last day, confirmed, by account and kind."""
    rows = OptionNotice.objects.filter(instrument=instrument_id, day=day, kind__in=["exercise", "abandon"])
    found: dict[int, dict[str, Decimal]] = {}
    confirmed = rows.exclude(confirmed_by="").order_by()
    for account, kind, qty in confirmed.values_list("account_id", "kind").annotate(Sum("qty")):
        found.setdefault(account, {})[kind] = qty
    return found


def exercise(notice_id: int, actor: str) -> Refusal | None:
    """Confirm a notice, and book it: at once, or on the option's last day with all the others."""
    try:
        with transaction.atomic():
            return _exercise(notice_id, actor, now())
    except Refused as why:
        return Refusal("BAD_VALUE", "", str(why))


def _exercise(notice_id: int, actor: str, at: datetime) -> Refusal | None:
    found = OptionNotice.objects.filter(pk=notice_id).first()
    if found is None:
        return Refusal("NOT_FOUND", "id", f"no notice {notice_id}")
    option, terms = _option(found.instrument_id)
    usage.lock([(found.account_id, found.instrument_id), (found.account_id, option.underlying_id)])
    notice = locked(OptionNotice.objects.filter(pk=notice_id)).get()
    if notice.confirmed_by:
        return Refusal("BAD_VALUE", "state", f"notice {notice_id} was confirmed by {notice.confirmed_by}")
    if notice.proposed_by == actor:
        return Refusal("SECOND_PERSON", "", f"notice {notice_id} is of {actor}: another person confirms it")
    held = Position.objects.filter(account=notice.account_id, instrument=notice.instrument_id)
    qty = held.values_list("qty", flat=True).first() or ZERO
    most = -qty if notice.kind == OptionNotice.Kind.ASSIGNMENT else qty
    if notice.qty > most:
        return Refusal("TOO_MUCH", "qty", f"the account can {notice.kind} {max(most, ZERO):f}")
    OptionNotice.objects.filter(pk=notice_id).update(confirmed_by=actor, confirmed_at=at)
    if notice.kind != OptionNotice.Kind.ABANDON and terms.maturity_date != notice.day:
        value = _value_date(_terms([option.underlying_id])[option.underlying_id], notice.day, standing())
        sign = -1 if notice.kind == OptionNotice.Kind.ASSIGNMENT else 1
        moves = {notice.account_id: [*kernel.exercised(option, sign * notice.qty)]}
        delivers = option.underlying_id if option.pays else None
        _book(f"on:{notice_id}", moves, terms, notice.day, value, at, delivers)
    bell.ring_on_commit("live")
    return None


def _book(
    source: str,
    moves: Mapping[int, Sequence[Move]],
    terms: Settles,
    day: date,
    value: date,
    at: datetime,
    delivers: int | None = None,
) -> None:
    """Positions and ledger, against the clearing house. A set of statements whatever the number of accounts.

    What is moved of the instrument ``delivers`` is owed to, and by, the market instead.
    """
    rows = [
        Adjusted(
            f"{source}:{account}:{number}", account, move.instrument_id, move.kind, move.qty, move.px, move.money,
            None, None, day,
        )
        for account, its in sorted(moves.items())
        for number, move in enumerate(its)
    ]  # fmt: skip
    refusals = [refusal for refusal in adjust(rows, source, at) if refusal]
    if refusals:
        raise Refused("; ".join(refusal.text for refusal in refusals[:3]))
    tables = standing()
    concerned = _terms({move.instrument_id for its in moves.values() for move in its})
    oblige(
        [
            delivery(f"{source}:{account}", account, move, concerned[delivers], day, value)
            for account, its in sorted(moves.items())
            for move in its
            if move.instrument_id == delivers
        ],
        tables,
    )
    house = AccountKey("clearing", None, tables.place(terms)[1], terms.currency, "")
    kept = {account: [move for move in its if move.instrument_id != delivers] for account, its in moves.items()}
    dues = [book.Due(f"{source}:{account}", account, its) for account, its in sorted(kept.items()) if its]
    book.pend(
        dues, terms.currency, house, lambda account, pk: tables.kept(concerned[pk], account, value), day, value, at
    )
    bell.ring_on_commit("instruct")


def _keys(instrument_ids: Iterable[int]) -> list[tuple[int, int]]:
    concerned = set(instrument_ids)
    accounts = set(Position.objects.filter(instrument_id__in=concerned).order_by().values_list("account_id", flat=True))
    return sorted((account, pk) for account in accounts for pk in concerned)


def _terms(instrument_ids: Iterable[int]) -> dict[int, Settles]:
    rows = Instrument.objects.filter(pk__in=set(instrument_ids)).values_list(*Settles._fields)
    return {row[0]: Settles(*row) for row in rows}


def _option(instrument_id: int) -> tuple[kernel.Option, Settles]:
    one = Instrument.objects.select_related("underlying").get(pk=instrument_id)
    assert one.underlying is not None
    assert one.strike_price is not None
    pays = one.underlying.asset_class != AssetClass.FUTURE
    unit = minor_unit(one.currency)
    option = kernel.Option(one.pk, one.underlying.pk, one.put_or_call, one.strike_price, one.multiplier, unit, pays)
    return option, _terms([instrument_id])[instrument_id]


def _threshold(underlying_id: int, day: date) -> Decimal:
    rows = ExerciseThreshold.objects.filter(
        asset_class__in=Instrument.objects.filter(pk=underlying_id).values("asset_class"), valid_from__lte=day
    )
    return rows.order_by("-valid_from").values_list("threshold", flat=True).first() or THRESHOLD


def _value_date(terms: Settles, day: date, tables: Standing) -> date:
    """When the money moves: the next settlement day of a future, the settlement date of an underlying."""
    try:
        return tables.settl_date(terms.market, terms.asset_class, day)
    except Unsupported:
        return day


def _end(instrument_id: int, why: str) -> None:
    instrument = Instrument.objects.get(pk=instrument_id)
    instrument.state = Instrument.State.EXPIRED
    instrument._change_reason = why  # type: ignore[attr-defined]
    instrument.save()


def _tell_missing(over: date) -> None:
    """Futures of which somebody holds something and whose price of the last day is not known; each once."""
    held = Position.objects.exclude(qty=0).values("instrument_id")
    futures = Q(asset_class=AssetClass.FUTURE, state="active")
    options = Q(asset_class=AssetClass.OPTION, state="active", maturity_date__lte=over)
    priced = SettlementPrice.objects.filter(day=over).values("instrument_id")
    traded = ExecutionReport.objects.filter(is_root=True, exec_type="trade", trade_date__lte=over)
    lacking = Instrument.objects.filter(futures, pk__in=held).filter(pk__in=traded.values("instrument_id"))
    lacking = lacking.exclude(pk__in=priced)
    waiting = Instrument.objects.filter(options, pk__in=held)
    texts = [f"no settlement price of {symbol} for {over}" for symbol in lacking.values_list("symbol", flat=True)]
    texts += [
        f"{symbol} expired on {day}, and the price of {underlying} for that day is not known"
        for symbol, day, underlying in waiting.values_list("symbol", "maturity_date", "underlying__symbol")
    ]
    told = set(Alert.objects.filter(kind=ALERT, text__in=texts).values_list("text", flat=True)) if texts else set()
    at = now()
    alerts.save([(at, Alert.Severity.WARNING.value, ALERT, "MISSING", None, None, text, {}, "")
                 for text in texts if text not in told])  # fmt: skip
