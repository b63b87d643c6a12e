"""The standing data as plain values, read once a process and again only when its revision has changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

from orders.models import Account
from settlement.calendars import Calendar, build
from settlement.cycles import Cycle, find, settlement
from settlement.fees import CommissionRate, Rate, Trade, commission_rate, in_force, tiers
from settlement.models import CommissionRate as CommissionRow
from settlement.models import (
    FeeListing,
    FeeRate,
    Holiday,
    HolidayOverride,
    NettingSwitch,
    PlaceOfSettlement,
    ReferenceRevision,
    SettlementCalendar,
    SettlementCycle,
    StandingInstruction,
)
from settlement.obligations import Terms
from settlement.parties import Need, Parties, Ssi, choose

_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Standing:
    """Calendars, cycles, rates and places. ``places``: (bic, counterparty) by (market, asset class)."""

    calendars: Mapping[str, Calendar]
    cycles: tuple[Cycle, ...]
    fees: tuple[Rate, ...]
    listed: Mapping[int, frozenset[str]]
    commission: tuple[CommissionRate, ...]
    places: Mapping[tuple[str, str], tuple[str, str]]
    clients: Mapping[int, str] = field(default_factory=dict)
    ssis: tuple[Ssi, ...] = ()
    netting: Mapping[str, tuple[tuple[date, bool], ...]] = field(default_factory=dict)
    _dates: dict[tuple[str, str, date, str], date] = field(default_factory=dict)
    _fees: dict[Trade, tuple[Rate, ...]] = field(default_factory=dict)
    _commission: dict[tuple[int, str, date], CommissionRate | None] = field(default_factory=dict)
    _parties: dict[Need, Parties] = field(default_factory=dict)

    def settl_date(self, market: str, asset: str, trade_date: date, pair: str = "") -> date:
        """SettlDate (tag 64), remembered. Raises Unsupported."""
        key = (market, asset, trade_date, pair)
        if key not in self._dates:
            self._dates[key] = settlement(*key[:3], self.calendars, self.cycles, pair).settl_date
        return self._dates[key]

    def cycle(self, market: str, asset: str, day: date) -> Cycle:
        """The cycle in force. Raises Unsupported."""
        return find(self.cycles, market, asset, day)

    def place(self, terms: Terms) -> tuple[str, str]:
        """(place of settlement, counterparty) for an instrument; ("", "") where none is known."""
        return self.places.get((terms.market, terms.asset_class), ("", ""))

    def parties(self, terms: Terms, account: int, currency: str, day: date) -> Parties:
        """Where an instruction settling on ``day`` goes, by the standing instructions in force then; remembered."""
        need = Need(account, terms.market, currency, terms.asset_class, day)
        if need not in self._parties:
            self._parties[need] = choose(self.ssis, need, self.place(terms))
        return self._parties[need]

    def kept(self, terms: Terms, account: int, day: date) -> str:
        """Where an account keeps units that move on ``day``: as those of its trades; "" for a pair, which is money."""
        return "" if terms.pair else self.parties(terms, account, terms.currency, day).place

    def nets(self, place: str, trade_date: date) -> bool:
        """Whether trades of that day are netted at the place of settlement."""
        return next((nets for start, nets in self.netting.get(place, ()) if start <= trade_date), False)

    def listed_of(self, instrument: int) -> frozenset[str]:
        """The fees on whose lists the instrument is."""
        return self.listed.get(instrument, _NONE)

    def fees_of(self, trade: Trade) -> tuple[Rate, ...]:
        """The fees owed on such a trade, remembered."""
        if trade not in self._fees:
            self._fees[trade] = in_force(trade, self.fees)
        return self._fees[trade]

    def commission_of(self, account: int, asset: str, trade_date: date) -> CommissionRate | None:
        """The commission agreed, remembered."""
        key = (account, asset, trade_date)
        if key not in self._commission:
            self._commission[key] = commission_rate(self.commission, *key, self.clients.get(account, ""))
        return self._commission[key]


def standing() -> Standing:
    """The standing data in force. One small query when nothing has changed."""
    # Read before the tables: rows that are newer than the revision are read again when it is seen to have changed.
    revision = ReferenceRevision.objects.values_list("number", flat=True).first()
    held = _remembered()
    if revision is None or revision not in held:
        found = _load()
        held.clear()
        held[revision or 0] = found
        return found
    return held[revision]


@cache
def _remembered() -> dict[int, Standing]:
    return {}


def _load() -> Standing:
    listed: dict[int, set[str]] = {}
    for code, instrument in FeeListing.objects.values_list("code", "instrument"):
        listed.setdefault(instrument, set()).add(code)
    return Standing(
        calendars=build(
            SettlementCalendar.objects.values_list("code", "valid_from", "valid_to"),
            Holiday.objects.values_list("calendar", "day"),
            HolidayOverride.objects.values_list("calendar", "day", "is_open"),
        ),
        cycles=tuple(
            Cycle(market, asset, start, days, calendar or "", pair)
            for market, asset, start, days, calendar, pair in SettlementCycle.objects.values_list(
                "market", "asset_class", "valid_from", "days", "calendar", "pair"
            )
        ),
        fees=tuple(
            Rate(*row)
            for row in FeeRate.objects.values_list(
                "code", "valid_from", "rate", "basis", "applies_to", "market", "asset_class", "issuer_country",
                "minimum", "cap", "rounding_unit", "round_up", "needs_list",
            )
        ),
        listed={instrument: frozenset(codes) for instrument, codes in listed.items()},
        commission=tuple(
            CommissionRate(*row[:-2], tiers(row[-2]), row[-1])
            for row in CommissionRow.objects.values_list(
                "account", "asset_class", "valid_from", "basis", "rate", "minimum", "cap", "tiers", "client"
            )
        ),
        clients=dict(Account.objects.exclude(client="").values_list("pk", "client")),
        places={
            (market, asset): (bic, counterparty)
            for market, asset, bic, counterparty in PlaceOfSettlement.objects.values_list(
                "market", "asset_class", "bic", "counterparty"
            )
        },
        ssis=_ssis(),
        netting=_netting(),
    )  # fmt: skip


def _ssis() -> tuple[Ssi, ...]:
    """Checked rows. One that is superseded by a checked row is in force until the day before that one is."""
    rows = StandingInstruction.objects.filter(checked_by__isnull=False).order_by("id")
    found = []
    for *columns, after in rows.values_list(*Ssi._fields, "superseded_by__valid_from"):
        ends = [day for day in (columns[-1], after and after - timedelta(days=1)) if day]
        found.append(Ssi(*columns)._replace(valid_to=min(ends, default=None)))
    return tuple(found)


def _netting() -> dict[str, tuple[tuple[date, bool], ...]]:
    """(valid from, nets) by place, the newest first."""
    found: dict[str, list[tuple[date, bool]]] = {}
    rows = NettingSwitch.objects.order_by("-valid_from").values_list("place_of_settlement", "valid_from", "nets")
    for place, start, nets in rows:
        found.setdefault(place, []).append((start, nets))
    return {place: tuple(rows) for place, rows in found.items()}
