"""Fill the standing tables from the rows shipped with the system. Safe to repeat; what operations wrote stays."""

from datetime import date

from django.db import transaction

from oms.base import sets
from settlement import standard_calendars, standard_rates
from settlement.allocation.confirmation import CutOff, MatchTolerance
from settlement.fail import PenaltyRate
from settlement.reference import FeeRate, Holiday, PlaceOfSettlement, SettlementCalendar, SettlementCycle


@transaction.atomic
def load_calendars(
    first_year: int = standard_calendars.FIRST_YEAR, last_year: int = standard_calendars.LAST_YEAR
) -> int:
    """Load calendars, their holidays of these years and the settlement cycles; answer the number of holidays.

    Holiday rows are replaced, because a newer source knows better; overrides are a table of their own and stay.
    """
    first, last = date(first_year, 1, 1), date(last_year, 12, 31)
    names = {source.code: source.name for source in standard_calendars.sources()}
    SettlementCalendar.objects.bulk_create(
        [
            SettlementCalendar(code=code, name=names[code], valid_from=max(start, first), valid_to=min(end, last))
            for code, start, end in standard_calendars.spans()
        ],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "valid_from", "valid_to"],
    )
    Holiday.objects.filter(calendar_id__in=names).delete()
    holidays = [row for row in standard_calendars.holidays() if first <= row.day <= last]
    sets.insert(Holiday, ("calendar", "day", "name"), [(row.calendar, row.day, row.name[:200]) for row in holidays])
    sets.insert(
        SettlementCycle,
        ("market", "asset_class", "pair", "valid_from", "days", "calendar"),
        [
            (cycle.market, cycle.asset, cycle.pair, cycle.valid_from, cycle.days, cycle.calendar or None)
            for cycle in standard_calendars.CYCLES
        ],
        skip_duplicates=True,
    )
    return len(holidays)


@transaction.atomic
def load_rates() -> None:
    """Load the dated fees, the places of settlement, cut-offs and tolerances that are not there yet."""
    sets.insert(CutOff, ("market", "what", "valid_from", "at", "zone"), standard_rates.CUT_OFFS, skip_duplicates=True)
    sets.insert(MatchTolerance, ("currency", "avg_px", "net_money"), standard_rates.TOLERANCES, skip_duplicates=True)
    sets.insert(
        FeeRate,
        (
            "code", "name", "market", "asset_class", "issuer_country", "applies_to", "valid_from", "basis", "rate",
            "minimum", "cap", "rounding_unit", "round_up", "needs_list",
        ),
        [
            (
                fee.code, standard_rates.NAMES[fee.code], fee.market, fee.asset, fee.issuer_country, fee.applies_to,
                fee.valid_from, fee.basis, fee.rate, fee.minimum, fee.cap, fee.unit, fee.round_up, fee.needs_list,
            )
            for fee in standard_rates.FEES
        ],
        skip_duplicates=True,
    )  # fmt: skip
    sets.insert(
        PlaceOfSettlement,
        ("market", "asset_class", "bic", "name", "counterparty"),
        list(standard_rates.PLACES),
        skip_duplicates=True,
    )
    sets.insert(
        PenaltyRate,
        ("market", "category", "valid_from", "rate"),
        list(standard_rates.PENALTIES),
        skip_duplicates=True,
    )
