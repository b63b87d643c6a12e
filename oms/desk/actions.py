"""Corporate actions as their days come: booked on the ex-date, paid on the pay date, orders seen to between.

The business date drives it, so whoever dies in between is followed by the next look: an action's state moves in the
transaction that books it, and every booking has the action's name for its source.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q

from oms.base import bell, sets
from oms.base.clock import now
from oms.base.locks import lane_of_session, locked
from oms.base.refusal import Refusal
from oms.desk import alerts, exdates
from oms.desk.adjusting import adjust
from orders.adjustments import Adjusted
from orders.models import Alert, Instrument, Position
from orders.reference import business_date, price_factor
from risk import usage
from routing import universe
from settlement.actions import announce, book, claims, tell
from settlement.actions.effects import Held, Move, Terms, effects
from settlement.actions.holders import Holder, holders
from settlement.actions.kinds import Kind
from settlement.actions.schedule import announce_from_terms
from settlement.actions.tables import CorporateAction, Entitlement, MarketClaim
from settlement.models import LedgerTransaction
from settlement.obligations import AccountKey
from settlement.obligations import Terms as Settles
from settlement.rounding import ONE, ZERO, minor_unit
from settlement.standing import standing

ALERT = "corporate_action"
# After these nothing of the instrument is left to trade.
ENDS = frozenset({Kind.MATURITY, Kind.MERGER})


class Refused(Exception):
    """A booking was refused, so nothing of the action is booked."""


def act() -> int:
    """Do what is due, one action at a time; answer how many things were done. 0 also when another worker is at it."""
    with lane_of_session("actions") as mine:
        if not mine:
            return 0
        today = business_date()
        done = announce_from_terms(today)
        rows = CorporateAction.objects.filter(Q(state="approved", ex_date__lte=today)).order_by("ex_date", "pk")
        done += sum(process(pk) is None for pk in list(rows.values_list("pk", flat=True)))
        rows = CorporateAction.objects.filter(Q(state="effective", pay_date__lte=today)).order_by("pay_date", "pk")
        done += sum(_pay(pk) for pk in list(rows.values_list("pk", flat=True)))
        return done + _settle_claims() + exdates.see_to_orders() + tell.tell()


def process(action_id: int) -> Refusal | None:
    """Book an approved action whose ex-date has come; why not, if not. What stood in the way is an alert as well."""
    try:
        with transaction.atomic():
            return _effective(action_id, now())
    except Refused as why:
        _tell(action_id, "UNSETTLED", f"CA{action_id} could not be booked: {why}")
        return Refusal("BAD_VALUE", "", str(why))


def _effective(action_id: int, at: datetime) -> Refusal | None:
    found = CorporateAction.objects.filter(pk=action_id).select_related("instrument").first()
    if found is None:
        return Refusal("NOT_FOUND", "id", f"no corporate action {action_id}")
    if found.ex_date > business_date():
        return Refusal("BAD_VALUE", "ex_date", f"the ex-date of CA{action_id} is {found.ex_date}")
    # Limits first, and with them whoever would trade in the instrument now: then who holds what stands still.
    usage.lock(_keys(found))
    action = locked(CorporateAction.objects.filter(pk=action_id)).select_related("instrument").get()
    if action.state != CorporateAction.State.APPROVED:
        return Refusal("BAD_VALUE", "state", f"CA{action_id} is {action.state}")
    holding = _holders(action)
    booked = [(one, effects(terms(action), one.held)) for one in holding]
    _adjust(action, booked, at)
    passed_on = claims.claims(terms(action), claims.open_trades(action, business_date()))
    dues = _of_the_issuer(action, booked, claims.claimed(passed_on))
    book.pend(dues, action.currency, _issuer(action), _places(action), action.ex_date, action.pay_date, at)
    claims.write(action, passed_on, at)
    sets.insert(Entitlement, _ENTITLEMENT, [_entitled(action, one, moves, at) for one, moves in booked])
    _rename(action)
    announce.write([action], CorporateAction.State.EFFECTIVE, f"CA{action.pk}", at, f"{len(booked)} accounts entitled")
    _tell_unsettled(action, holding, len(passed_on))
    bell.ring_on_commit("actions", "live")
    return None


def preview(action: CorporateAction) -> list[tuple[Held, list[Move]]]:
    """What booking the action now would do to each holder. Nothing is locked or written."""
    return [(one.held, effects(terms(action), one.held)) for one in _holders(action)]


def terms(action: CorporateAction) -> Terms:
    """The action as the kernel reads it."""
    return Terms(
        action.kind, action.instrument_id, action.amount or ZERO, action.new or ONE, action.old or ONE,
        action.in_lieu_px, action.pct, action.into_id, minor_unit(action.currency),
        price_factor(action.instrument.asset_class),
    )  # fmt: skip


def _keys(action: CorporateAction) -> list[tuple[int, int]]:
    concerned = [pk for pk in (action.instrument_id, action.into_id) if pk]
    rows = Position.objects.filter(instrument_id__in=concerned).order_by()
    accounts = set(rows.values_list("account_id", flat=True))
    return sorted((account, pk) for account in accounts for pk in concerned)


def _holders(action: CorporateAction) -> list[Holder]:
    if action.kind == Kind.SYMBOL_CHANGE:
        return []
    asset_class = action.instrument.asset_class
    return holders(action.instrument_id, asset_class, action.ex_date, action.record_date)


def _adjust(action: CorporateAction, booked: Sequence[tuple[Holder, Sequence[Move]]], at: datetime) -> None:
    rows = [
        Adjusted(
            f"{_source(action, one.held.account_id)}:{number}", one.held.account_id, move.instrument_id, move.kind,
            move.qty, move.px, move.money, move.factor_new, move.factor_old, action.ex_date,
        )
        for one, moves in booked
        for number, move in enumerate(moves)
    ]  # fmt: skip
    refusals = [refusal for refusal in adjust(rows, f"CA{action.pk}", at) if refusal]
    if refusals:
        raise Refused("; ".join(refusal.text for refusal in refusals[:3]))


_ENTITLEMENT = ("action", "account", "qty", "unsettled_qty", "money", "units", "made_at")


def _entitled(action: CorporateAction, one: Holder, moves: Sequence[Move], at: datetime) -> tuple[object, ...]:
    money = sum((move.money for move in moves), ZERO)
    units = sum((move.qty for move in moves), ZERO)
    return action.pk, one.held.account_id, one.held.qty, one.unsettled_qty, money, units, at


def _source(action: CorporateAction, account_id: int) -> str:
    return f"ca:{action.pk}:{account_id}"


def _issuer(action: CorporateAction) -> AccountKey:
    return AccountKey("issuer", None, f"{action.instrument.symbol}"[:40], action.currency, "")


def _places(action: CorporateAction) -> book.Places:
    """Where each account keeps each instrument."""
    tables = standing()
    rows = Instrument.objects.filter(pk__in=[pk for pk in (action.instrument_id, action.into_id) if pk])
    known = {row[0]: Settles(*row) for row in rows.values_list(*Settles._fields)}
    return lambda account, pk: tables.kept(known[pk], account, action.pay_date)


def _rename(action: CorporateAction) -> None:
    """A changed name, or the end of what is there no more. The instrument's history keeps what it was."""
    instrument = action.instrument
    if action.kind == Kind.SYMBOL_CHANGE:
        instrument.symbol, instrument.isin = action.symbol or instrument.symbol, action.isin or instrument.isin
        others = Instrument.objects.exclude(pk=instrument.pk).filter(primary_mic=instrument.primary_mic)
        if others.filter(Q(symbol=instrument.symbol) | Q(isin=instrument.isin) & ~Q(isin="")).exists():
            raise Refused(f"another instrument of {instrument.primary_mic} is {instrument.symbol} {instrument.isin}")
    elif action.kind in ENDS or (action.kind == Kind.CALL and action.pct in (None, 100)):
        instrument.state = Instrument.State.EXPIRED
    else:
        return
    instrument._change_reason = f"CA{action.pk}"  # type: ignore[attr-defined]
    instrument.save()
    transaction.on_commit(universe.publish)


def _of_the_issuer(
    action: CorporateAction, booked: Sequence[tuple[Holder, Sequence[Move]]], passed_on: Mapping[int, Decimal]
) -> list[book.Due]:
    """What the issuer pays each account, and takes: of income what counterparties do not pass on."""
    due = {one.held.account_id: list(moves) for one, moves in booked if moves}
    for account, money in passed_on.items():
        first, *more = due.get(account, [_nothing(action)])
        due[account] = [first._replace(money=first.money - money), *more]
    return [book.Due(_source(action, account), account, moves) for account, moves in sorted(due.items())]


def _nothing(action: CorporateAction) -> Move:
    """What an account is entitled to that holds none on trade date."""
    return Move(action.instrument_id, claims.CLAIMED[Kind(action.kind)], ZERO, None, ZERO)


def _tell_unsettled(action: CorporateAction, holding: Sequence[Holder], passed_on: int) -> None:
    """Trades that had not settled over the ex-date: the counterparty is to pass on what it got, or gets it from us."""
    open_ones = [one for one in holding if one.unsettled_qty]
    if not open_ones:
        return
    accounts = {str(one.held.account_id): f"{one.unsettled_qty:f}" for one in open_ones}
    text = (
        f"CA{action.pk} ({action.kind} of {action.instrument.symbol}): {len(open_ones)} accounts hold unsettled units, "
        f"{passed_on} claims are booked"
    )
    payload = {"action": action.pk, "unsettled_qty_by_account": accounts, "claims": passed_on}
    alerts.save([(now(), Alert.Severity.WARNING.value, ALERT, "MARKET_CLAIM", None, None, text, payload, "")])


def _pay(action_id: int) -> bool:
    """Post what is pending since the ex-date."""
    with transaction.atomic():
        action = locked(CorporateAction.objects.filter(pk=action_id)).select_related("instrument").get()
        if action.state != CorporateAction.State.EFFECTIVE:
            return False
        at, day = now(), max(action.pay_date, action.ex_date)
        sources = LedgerTransaction.objects.filter(source__startswith=f"ca:{action_id}:").values_list("source", "kind")
        kinds = dict(sources)
        if kinds:
            book.settle(list(kinds), next(iter(kinds.values())), business_date(), day, at)
        text = f"{len(kinds)} accounts paid"
        announce.write([action], CorporateAction.State.PROCESSED, f"CA{action_id}", at, text)
        bell.ring_on_commit("live")
        return True


def _settle_claims() -> int:
    """Settle market claims that are due. Where the trade was called off its income is, too, and operations hears of it.

    A trade that was corrected is another trade: what its counterparty owes has to be claimed by hand.
    """
    with transaction.atomic():
        at, today, off = now(), business_date(), claims.called_off()
        refusals = [refusal for refusal in adjust([_taken_back(one, today) for one in off], "claims", at) if refusal]
        if refusals:
            raise Refused("; ".join(refusal.text for refusal in refusals[:3]))
        settled = claims.settle_due(today, at, off)
        alerts.save([_told_off(one, at) for one in off])
    return settled


def _taken_back(claim: MarketClaim, today: date) -> Adjusted:
    source, kind, money = claims.income_taken_back(claim)
    instrument = claim.action.instrument_id
    return Adjusted(source, claim.account_id, instrument, kind, ZERO, None, money, None, None, today)


def _told_off(claim: MarketClaim, at: datetime) -> alerts.Row:
    text = f"the trade under claim {claim.pk} of CA{claim.action_id} was called off, and its income taken back"
    severity, said = Alert.Severity.CRITICAL.value, {"action": claim.action_id}
    return at, severity, ALERT, "MARKET_CLAIM", None, None, text, said, ""


def _tell(action_id: int, code: str, text: str) -> None:
    """Tell operations, once for the same text."""
    if not Alert.objects.filter(kind=ALERT, text=text[:500]).exists():
        row = (now(), Alert.Severity.CRITICAL.value, ALERT, code, None, None, text[:500], {"action": action_id}, "")
        alerts.save([row])
