"""Standing data of the demonstration: venues and sessions, desks and accounts, rules, rates, the business date."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Model
from simple_history.utils import bulk_create_with_history

from oms.base.clock import now
from orders.fx import Rates
from orders.models import Account, BusinessDate, Desk, Instrument, TradingCalendar, User
from orders.sessions import AROUND_THE_CLOCK
from risk import limit_rows
from risk import rules as risk_rules
from risk.models import Limit, Restriction, RuleProposal
from risk.models import Rule as RiskRule
from routing.models import Rule as RoutingRule
from routing.models import Venue, VenueSession
from settlement import load, ssi_book, standard_calendars
from settlement.models import CommissionRate, SettlementCalendar, StandingInstruction

VENUES = {"XNAS": "Nasdaq (simulated)", "XNYS": "New York Stock Exchange (simulated)", "BATS": "Cboe BZX (simulated)"}
FEED = "FEED"
DESKS = {"EQ": "Equities", "FI": "Fixed income", "DX": "Derivatives and FX"}
ACCOUNTS = (
    # code, name, desk, currency, client, portfolio
    ("EQ-ALPHA", "Alpha long/short equity", "EQ", "USD", "HARBOUR", "ABSOLUTE"),
    ("EQ-CORE", "Core equity", "EQ", "USD", "NORTHSTAR", "BALANCED"),
    ("EQ-INDEX", "Index tracking", "EQ", "USD", "NORTHSTAR", "PASSIVE"),
    ("FI-GOVT", "Government bonds", "FI", "USD", "NORTHSTAR", "BALANCED"),
    ("FI-CREDIT", "Investment grade credit", "FI", "USD", "NORTHSTAR", "BALANCED"),
    ("DX-MACRO", "Global macro", "DX", "USD", "HARBOUR", "ABSOLUTE"),
    ("DX-HEDGE", "Hedging overlay", "DX", "EUR", "NORTHSTAR", "BALANCED"),
)
# Of whom nobody is there to affirm in a demonstration.
SIMULATED = frozenset({"EQ-INDEX"})
LIMITS: tuple[dict[str, str], ...] = (
    {"measure": "open_orders", "desk": "EQ", "soft": "50000", "hard": "100000"},
    {"measure": "open_orders", "desk": "DX", "soft": "5000", "hard": "10000"},
    {"measure": "gross_notional", "account": "EQ-ALPHA", "currency": "USD", "soft": "800000000", "hard": "1000000000"},
    {"measure": "gross_notional", "account": "EQ-CORE", "currency": "USD", "soft": "800000000", "hard": "1000000000"},
    {"measure": "gross_notional", "account": "EQ-INDEX", "currency": "USD", "soft": "800000000", "hard": "1000000000"},
    {"measure": "gross_notional", "account": "DX-HEDGE", "currency": "EUR", "soft": "400000000", "hard": "500000000"},
    {"measure": "open_notional", "client": "HARBOUR", "currency": "USD", "hard": "2000000000"},
)
RISK_RULES: tuple[tuple[str, str, str, dict[str, str], bool], ...] = (
    # control, name, asset class, parameters, dry run
    ("PT-01", "Share quantity", "equity", {"soft": "50000", "hard": "100000"}, False),
    ("PT-01", "ETF quantity", "etf", {"soft": "50000", "hard": "100000"}, False),
    ("PT-01", "Government bond face", "government_bond", {"soft": "25000000", "hard": "50000000"}, False),
    ("PT-01", "Corporate bond face", "corporate_bond", {"soft": "5000000", "hard": "10000000"}, False),
    ("PT-01", "Futures lots", "future", {"soft": "100", "hard": "250"}, False),
    ("PT-01", "Option contracts", "option", {"soft": "500", "hard": "1000"}, False),
    ("PT-01", "FX amount", "fx_spot", {"soft": "10000000", "hard": "25000000"}, False),
    ("PT-02", "Share order value", "equity", {"soft": "10000000", "hard": "25000000", "max_age_s": "60"}, False),
    ("PT-02", "ETF order value", "etf", {"soft": "10000000", "hard": "25000000", "max_age_s": "60"}, False),
    ("PT-03", "Share price collar", "equity", {"aggressive_hard_pct": "10"}, False),
    ("PT-03", "ETF price collar", "etf", {"aggressive_hard_pct": "5"}, False),
    ("PT-03", "FX price collar", "fx_spot", {"aggressive_hard_pct": "2"}, False),
    ("PT-19", "Share position", "equity", {"max_long": "1000000", "max_short": "500000"}, False),
    ("PT-19", "Futures position", "future", {"max_long": "1000", "max_short": "1000"}, False),
    ("PT-21", "Long and short marking", "equity", {}, True),
    (
        "PT-36",
        "Large warnings, and what may be waived",
        "",
        {"from_value": "1000000", "currency": "USD", "waives": "PT-01 PT-02 PT-14"},
        False,
    ),
)
ROUTING_RULES: tuple[dict[str, Any], ...] = (
    {
        "rank": 10,
        "name": "Large share orders over all venues",
        "asset_class": "equity",
        "min_notional": Decimal(1_000_000),
        "split": [["XNAS", "0.5"], ["XNYS", "0.3"], ["BATS", "0.2"]],
    },
    {"rank": 20, "name": "Government bonds", "asset_class": "government_bond", "split": [["XNAS", "1"]]},
    {"rank": 30, "name": "Corporate bonds", "asset_class": "corporate_bond", "split": [["XNAS", "1"]]},
    {"rank": 1000, "name": "Best price, then size", "best": True},
)
RESTRICTED = ("BA", "Restricted: research publication pending")


def lay(today: date) -> None:
    """Everything but instruments and people. What is there already stays as it is."""
    _sessions()
    _add(Desk, "code", (Desk(code=code, name=name) for code, name in DESKS.items()))
    desks = dict(Desk.objects.values_list("code", "id"))
    _add(
        Account,
        "code",
        (
            Account(
                code=c, name=n, desk_id=desks[desk], base_currency=ccy, client=client, portfolio=portfolio,
                auto_affirm=c in SIMULATED,
            )
            for c, n, desk, ccy, client, portfolio in ACCOUNTS
        ),
    )  # fmt: skip
    _allocation_accounts(desks)
    if not RoutingRule.objects.exists():
        bulk_create_with_history([RoutingRule(**rule) for rule in ROUTING_RULES], RoutingRule)
    _settlement()
    _business_date(today)


def _allocation_accounts(desks: Mapping[str, int]) -> None:
    """One for each desk that has none."""
    have = set(Account.objects.filter(average_price=True).values_list("desk_id", flat=True))
    rows = (
        Account(code=f"{desk}-AVG", name=f"{DESKS[desk]}, to be allocated", desk_id=desks[desk], average_price=True)
        for desk in DESKS
        if desks[desk] not in have
    )
    _add(Account, "code", rows)


def guard(chief: User, second: User) -> None:
    """Risk rules, limits and the restricted list; ``chief`` signs for them, ``second`` for what needs two."""
    if not RiskRule.objects.exists():
        for control, name, asset_class, params, dry_run in RISK_RULES:
            rule = RiskRule(control=control, name=name, asset_class=asset_class, params=params, dry_run=dry_run)
            written = risk_rules.put(rule, chief, "Seed")
            if isinstance(written, RuleProposal):
                decided = risk_rules.decide(written.pk, second, "Seed", approve=True)
                assert isinstance(decided, RuleProposal), decided
            assert not isinstance(written, list), written
    if not Limit.objects.exists():
        _limits(chief)
    symbol, reason = RESTRICTED
    instrument = Instrument.objects.filter(symbol=symbol).first()
    if instrument and not Restriction.objects.exists():
        Restriction.objects.create(instrument=instrument, reason=reason, source="Seed", effective_from=now())


def open_custody(maker: User, checker: User) -> None:
    """The first standing instructions: an account at the custodian for each of ours, and two counterparties' agents."""
    if StandingInstruction.objects.exists():
        return
    start, reason = date(2020, 1, 1), "opening of the book"
    entries = [
        ssi_book.Entry(start, reason, account_id=id_, safekeeping_account=f"SAFE-{code}", cash_account=f"CASH-{code}")
        for id_, code in Account.objects.order_by("code").values_list("pk", "code")
    ]
    entries += [
        ssi_book.Entry(start, reason, party="NSCC", market="US", agent_bic="NSCCUS33", safekeeping_account="00000888"),
        ssi_book.Entry(start, reason, party="LCH SA", market="EU", agent_bic="BACNFRPP"),
    ]
    kept = ssi_book.propose(entries, maker)
    faults = [one.refusal for one in kept if one.refusal] + ssi_book.check([one.id or 0 for one in kept], checker)
    assert not any(faults), faults


def _limits(chief: User) -> None:
    """By the table that compliance would import."""
    text = io.StringIO()
    writer = csv.DictWriter(text, limit_rows.COLUMNS)
    writer.writeheader()
    writer.writerows(LIMITS)
    outcome = limit_rows.run(text.getvalue(), chief, Rates(), "Seed")
    assert outcome.written, outcome


def _sessions() -> None:
    """Our four sessions on this machine. Their port follows FIX_PORT; the rest is left as operations set it."""
    codes = (*VENUES, FEED)
    VenueSession.objects.bulk_create(
        [
            VenueSession(
                code=code,
                purpose="market_data" if code == FEED else "order",
                sender_comp_id="OMS",
                target_comp_id=code,
                port=settings.FIX_PORT,
            )
            for code in codes
        ],
        ignore_conflicts=True,
    )
    VenueSession.objects.filter(code__in=codes, host="127.0.0.1").update(port=settings.FIX_PORT)
    TradingCalendar.objects.get_or_create(
        code=AROUND_THE_CLOCK, defaults={"name": "around the clock", "around_the_clock": True, "loaded_at": now()}
    )
    _add(Venue, "mic", (Venue(mic=mic, name=name, session_id=mic) for mic, name in VENUES.items()))
    # The simulated venues trade at any hour, until operations names a real calendar.
    Venue.objects.filter(mic__in=VENUES, calendar=None).update(calendar=AROUND_THE_CLOCK)


def _settlement() -> None:
    if not SettlementCalendar.objects.exists():
        load.load_calendars()
    load.load_rates()
    if not CommissionRate.objects.exists():
        start = date(2020, 1, 1)
        shares = {"basis": "per_unit", "rate": Decimal("0.0035"), "minimum": Decimal("0.35"), "valid_from": start}
        rates = [CommissionRate(asset_class=kind, **shares) for kind in ("equity", "etf")]
        lots = {"basis": "per_unit", "rate": Decimal("0.85"), "valid_from": start}
        rates += [CommissionRate(asset_class=kind, **lots) for kind in ("future", "option")]
        bulk_create_with_history(rates, CommissionRate)


def _business_date(today: date) -> None:
    opening = standard_calendars.calendars()["US"].roll(today)
    BusinessDate.objects.bulk_create([BusinessDate(today=opening, moved_by="seed")], ignore_conflicts=True)


def _add(model: type[Model], key: str, rows: Iterable[Model]) -> None:
    """Write the rows whose ``key`` is not known yet, with their history."""
    known = set(model._default_manager.values_list(key, flat=True))
    fresh = [row for row in rows if getattr(row, key) not in known]
    if fresh:
        bulk_create_with_history(fresh, model)
