"""Where instruments are listed, and the file that tells the simulated venues what they trade.

The file is ``OMS_HOME/exchange/universe.csv``, one instrument a line; venues read it again when it changes.
"""

import csv
import io
import os
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from django.conf import settings

from oms.base import sets
from oms.base.money import plain
from orders import ticks
from orders.models import Instrument
from orders.vocabulary import AssetClass
from routing.models import Listing, Venue

HEADER = ("symbol", "currency", "tick", "lot", "price", "venues", "kind")
# US shares trade on every venue (Reg NMS); everything else where it is at home, else on the first of these.
EVERYWHERE = frozenset({AssetClass.EQUITY, AssetClass.ETF})
HOME = "XNAS"
FALLBACK_PRICE = Decimal(100)


def publish() -> int:
    """List what is listed nowhere and write the file anew; answer the number of new listings. After commit."""
    made = list_unlisted()
    export_universe(default_path())
    return made


def list_unlisted() -> int:
    """Give every instrument without a listing its venues, in one INSERT."""
    mics = sorted(Venue.objects.filter(session__isnull=False).values_list("mic", flat=True))
    unlisted = Instrument.objects.filter(listings__isnull=True, state=Instrument.State.ACTIVE)
    rows = [
        (instrument_id, mic)
        for instrument_id, kind, home in unlisted.values_list("id", "asset_class", "primary_mic")
        for mic in _venues(kind, home, mics)
    ]
    return len(sets.insert(Listing, ("instrument_id", "venue_id"), rows, skip_duplicates=True, returning="id"))


def default_path() -> Path:
    """Where the venues of this copy of the system look."""
    return Path(settings.OMS_HOME) / "exchange" / "universe.csv"


def export_universe(path: Path) -> int:
    """Write every listed, living instrument to ``path``; answer how many. Readers never see half a file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    rows = list(_rows())
    writer.writerows(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text.getvalue())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return len(rows)


def _venues(kind: str, home: str, mics: list[str]) -> list[str]:
    if kind in EVERYWHERE:
        return mics
    return [home] if home in mics else [mic for mic in mics if mic == HOME]


def _rows() -> Iterator[tuple[str | None, ...]]:
    """Two SELECTs and the tick bands, whatever the number of instruments."""
    venues: dict[int, list[str]] = {}
    for instrument_id, mic in Listing.objects.order_by("venue_id").values_list("instrument_id", "venue_id"):
        venues.setdefault(instrument_id, []).append(mic)
    bands = ticks.bands_by_table()
    listed = Instrument.objects.filter(id__in=list(venues)).exclude(state=Instrument.State.EXPIRED)
    columns = ("id", "symbol", "currency", "tick_table_id", "round_lot", "reference_price", "asset_class")
    for key, symbol, currency, table, lot, price, kind in listed.order_by("symbol").values_list(*columns):
        price = price or FALLBACK_PRICE
        tick = ticks.tick_at(bands.get(table) or [(Decimal(0), Decimal("0.01"))], price)
        yield symbol, currency, plain(tick), plain(lot), plain(price), "|".join(venues[key]), kind
