"""Venues' own lists of trades, and brokers' copies, become statements that are compared with our executions.

The trades of a day are those a source had not told before, but for those that we have on a later day. What was made
less than a minute ago may be on its way to us, and waits for the next list.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from oms.base.clock import now
from orders.models import ExecutionReport, Instrument
from routing.exchange.tradefile import Trade, trades
from routing.models import DropCopy, Venue
from settlement.models import Statement, StatementLine
from settlement.recon.comparing import reconcile
from settlement.recon.executions import ExecutionsStatement, Told
from settlement.recon.receiving import receive

ON_ITS_WAY = timedelta(seconds=60)


class Made(NamedTuple):
    """One execution as a source tells it."""

    source: str
    exec_id: str
    subject: str
    symbol: str
    side: str
    qty: Decimal
    price: Decimal


def tell(day: date) -> int:
    """Take in what every source made for us on ``day``, once; answer how many statements were new."""
    waiting = untold(day)
    if not waiting:
        return 0
    found: dict[str, list[Made]] = defaultdict(list)
    for one in (*_of_venues(day), *_of_brokers()):
        if one.source in waiting:
            found[one.source].append(one)
    assets = _assets({one.symbol for some in found.values() for one in some})
    statements = [_statement(source, day, found.get(source, ()), assets) for source in waiting]
    return sum(answer is None for answer in receive(statements))


def untold(day: date) -> list[str]:
    """The sources that have not told of ``day``: venues in use, and brokers that ever sent a copy. Three SELECTs."""
    venues = Venue.objects.filter(active=True, mic__in=_simulated())
    sources = {*venues.values_list("mic", flat=True), *DropCopy.objects.values_list("session_id", flat=True).distinct()}
    told = Statement.objects.filter(kind="dropcopy", day=day).values_list("source", flat=True)
    return sorted(sources - set(told))


def compare(_day: date) -> int:
    """Compare every statement that waits; answer how many there were."""
    done = 0
    while bite := reconcile():
        done += bite
    return done


def _home() -> Path:
    return Path(settings.OMS_HOME) / "exchange"


def _simulated() -> list[str]:
    """Venues whose list of trades lies in the folder of the exchange; others send theirs through a broker."""
    return list(Venue.objects.values_list("mic", flat=True)) if (_home() / "journal.jsonl").exists() else []


def _of_venues(day: date) -> Iterable[Made]:
    """What the venues have that they did not tell before."""
    made = trades(_home())
    new = _not_told([(one.mic, one.exec_id) for one in made])
    fresh = [one for one in made if (one.mic, one.exec_id) in new]
    days = _days(fresh)
    old_enough = now() - ON_ITS_WAY
    for one in fresh:
        ours = days.get((one.mic, one.exec_id))
        if (one.at > old_enough) if ours is None else (ours > day):
            continue
        yield Made(one.mic, one.exec_id, one.cl_ord_id, one.symbol, one.side, one.qty, one.price)


def _of_brokers() -> Iterable[Made]:
    """What brokers' sessions copied to us, under our ExecID where a copy was found to be of an execution of ours."""
    columns = ("session_id", "exec_id", "report_id", "cl_ord_id", "last_qty", "last_px", "fields")
    rows = list(DropCopy.objects.order_by("id").values_list(*columns))
    reports = {row[2] for row in rows if row[2] is not None}
    names = dict(ExecutionReport.objects.filter(pk__in=reports).values_list("pk", "venue_exec_id"))
    new = _not_told([(row[0], names.get(row[2], row[1])) for row in rows])
    for session, exec_id, report, subject, qty, px, fields in rows:
        name = names.get(report, exec_id)
        if (session, name) in new:
            side = "buy" if fields.get("side") == "buy" else "sell"
            yield Made(session, name, subject, str(fields.get("symbol", "")), side, qty, px)


def _not_told(names: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of (source, ExecID) stand in no statement yet. One SELECT."""
    lines = StatementLine.objects.filter(statement__kind="dropcopy", reference__in={exec_id for _, exec_id in names})
    return set(names) - set(lines.values_list("statement__source", "reference"))


def _days(made: Sequence[Trade]) -> Mapping[tuple[str, str], date]:
    """The trade dates under which we have the executions. One SELECT."""
    rows = ExecutionReport.objects.filter(venue_exec_id__in={one.exec_id for one in made}, is_root=False)
    return {(mic, exec_id): day for mic, exec_id, day in rows.values_list("last_mkt", "venue_exec_id", "trade_date")}


def _assets(symbols: Iterable[str]) -> Mapping[str, tuple[str, str]]:
    """(ISIN or else symbol, currency) by symbol."""
    rows = Instrument.objects.filter(symbol__in=list(symbols)).values_list("symbol", "isin", "currency")
    return {symbol: (isin or symbol, currency) for symbol, isin, currency in rows}


def _statement(
    source: str, day: date, made: Sequence[Made], assets: Mapping[str, tuple[str, str]]
) -> ExecutionsStatement:
    lines = tuple(
        Told(one.exec_id, one.subject, asset, one.side, one.qty, one.price, currency)
        for one in made
        for asset, currency in [assets.get(one.symbol, (one.symbol, ""))]
    )
    digest = hashlib.sha256(repr(lines).encode()).hexdigest()[:12]
    return ExecutionsStatement(f"{source}-{day:%Y%m%d}-{digest}", source, day, lines)
