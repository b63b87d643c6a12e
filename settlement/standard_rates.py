"""The fees, places and commission shipped with the system: rows to load where the tables have none.

Rates are facts of their dates (SEC fee rate advisories, FINRA by-laws Schedule A section 1, tax laws); operations adds
later rows. The taxes of France, Italy and Spain are owed only for companies on their yearly lists (FeeListing).
"""

from datetime import date, time
from decimal import Decimal
from typing import NamedTuple

from settlement.fees import Basis, Rate

SHARES = ("equity", "etf")


def _dated(
    code: str, basis: Basis, applies_to: str, market: str, assets: tuple[str, ...], *rows: tuple[str, str, str | None]
) -> tuple[Rate, ...]:
    return tuple(
        Rate(
            code=code,
            valid_from=date.fromisoformat(start),
            rate=Decimal(rate),
            basis=basis,
            applies_to=applies_to,
            market=market,
            asset=asset,
            cap=Decimal(cap) if cap else None,
        )
        for asset in assets
        for start, rate, cap in rows
    )


def _listed(code: str, country: str, *rows: tuple[str, str]) -> tuple[Rate, ...]:
    """A transaction tax on buys of one country's large companies, whatever the market."""
    return tuple(
        Rate(
            code=code,
            valid_from=date.fromisoformat(start),
            rate=Decimal(rate),
            basis=Basis.PERCENT,
            applies_to="buy",
            asset="equity",
            issuer_country=country,
            needs_list=True,
        )
        for start, rate in rows
    )


NAMES = {
    "SEC31": "SEC section 31 fee",
    "TAF": "FINRA trading activity fee",
    "SDRT": "UK stamp duty reserve tax",
    "HKSD": "Hong Kong stamp duty",
    "FRFTT": "French financial transaction tax",
    "ITFTT": "Italian financial transaction tax",
    "ESFTT": "Spanish financial transaction tax",
}
FEES: tuple[Rate, ...] = (
    *_dated(
        "SEC31", Basis.PER_MILLION, "sell", "US", (*SHARES, "option"),
        ("2024-05-22", "27.80", None), ("2025-05-14", "0", None), ("2026-04-04", "20.60", None),
    ),
    # No activity fee in the last quarter of 2026 (SR-FINRA-2026-021).
    *_dated(
        "TAF", Basis.PER_UNIT, "sell", "US", SHARES,
        ("2024-01-01", "0.000166", "8.30"), ("2026-01-01", "0.000195", "9.79"), ("2026-10-01", "0", "9.79"),
        ("2027-01-01", "0.000232", "11.61"), ("2028-01-01", "0.000240", "12.05"),
    ),
    *_dated(
        "TAF", Basis.PER_UNIT, "sell", "US", ("option",),
        ("2025-01-01", "0.00279", None), ("2026-10-01", "0", None), ("2027-01-01", "0.00279", None),
    ),
    *_dated("SDRT", Basis.PERCENT, "buy", "UK", ("equity",), ("1986-10-27", "0.5", None)),
    *_dated(
        "HKSD", Basis.PERCENT, "both", "HK", ("equity",),
        ("2014-01-01", "0.1", None), ("2021-08-01", "0.13", None), ("2023-11-17", "0.1", None),
    ),
    *_listed("FRFTT", "FR", ("2017-01-01", "0.3"), ("2025-04-01", "0.4")),
    *_listed("ITFTT", "IT", ("2013-03-01", "0.1"), ("2026-01-01", "0.2")),
    *_listed("ESFTT", "ES", ("2021-01-16", "0.2")),
)  # fmt: skip


class Place(NamedTuple):
    """Where trades of an asset class of a market settle, and with whom."""

    market: str
    asset: str
    bic: str
    name: str
    counterparty: str


def _places(market: str, assets: tuple[str, ...], bic: str, name: str, counterparty: str) -> tuple[Place, ...]:
    return tuple(Place(market, asset, bic, name, counterparty) for asset in assets)


PLACES: tuple[Place, ...] = (
    *_places("US", (*SHARES, "corporate_bond"), "DTCYUS33", "The Depository Trust Company", "NSCC"),
    *_places("US", ("government_bond",), "FRNYUS33", "Fedwire Securities Service", "FICC"),
    *_places("US", ("option",), "DTCYUS33", "The Options Clearing Corporation at DTC", "OCC"),
    *_places("US", ("future",), "DTCYUS33", "CME Clearing", "CME"),
    *_places("EU", (*SHARES, "corporate_bond", "government_bond"), "MGTCBEBE", "Euroclear Bank", "LCH SA"),
    *_places(
        "UK", (*SHARES, "corporate_bond", "government_bond"), "CRSTGB22", "Euroclear UK & International", "LCH Ltd"
    ),
    *_places("CH", (*SHARES, "corporate_bond", "government_bond"), "INSECHZZ", "SIX SIS", "SIX x-clear"),
    *_places("JP", SHARES, "JJSDJPJT", "JASDEC", "JSCC"),
    *_places("FX", ("fx_spot",), "CLSBUS33", "CLS Bank", "CLS"),
)

# DTCC: allocate by 19:00 and affirm by 21:00 Eastern time on trade date, since the move to T+1.
CUT_OFFS = [
    ("US", "allocate", date(2024, 5, 28), time(19), "America/New_York"),
    ("US", "affirm", date(2024, 5, 28), time(21), "America/New_York"),
]
# Average prices are told with four decimals by many; money may differ by what that makes of a small lot.
TOLERANCES = [("", Decimal("0.0001"), Decimal(1))]

# CSDR cash penalties: basis points a day, for lack of cash per cent a year (operations adds the overnight rate's rows).
PENALTIES: tuple[tuple[str, str, date, Decimal], ...] = tuple(
    ("EU", category, date(2022, 2, 1), Decimal(rate))
    for category, rate in (
        ("liquid_share", "1.0"), ("illiquid_share", "0.5"), ("sme_growth_market", "0.25"), ("sovereign_debt", "0.10"),
        ("other_debt", "0.20"), ("sme_debt", "0.15"), ("other", "0.5"), ("lack_of_cash", "0"),
    )
)  # fmt: skip
