"""What controls need, from CSV: good rows go in, each bad one is named, and what is there is replaced with its history."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from risk import importing
from risk.models import AccountProfile, InstrumentAnalytics, Locate, Permission, Restriction

pytestmark = pytest.mark.django_db

ANALYTICS = """instrument,parent,adv,ratings,only_qib,source,as_of
AAPL,Apple,1000000,S&P=AA+;Moody's=Aaa,no,vendor,2026-11-23T09:00:00Z
IBM.XNAS,IBM,-5,,maybe,vendor,2026-11-23T09:00:00Z
NOPE,Nope,1,,no,vendor,2026-11-23T09:00:00Z
AAPL,Apple,2,,no,vendor,2026-11-23T09:00:00Z
MSFT,Microsoft,,,,vendor,2026-11-23 09:00
"""


def told(outcome):
    return [[v.row, *sorted((r.code, r.field) for r in v.refusals)] for v in outcome.refused]


def test_good_rows_go_in_and_bad_ones_are_named(desk):
    outcome = importing.run("analytics", ANALYTICS, desk.trader)
    assert told(outcome) == [
        [3, ("BAD_VALUE", "only_qib")],
        [4, ("UNKNOWN_INSTRUMENT", "instrument")],
        [5, ("DUPLICATE_ROW", "instrument")],
        [6, ("BAD_VALUE", "as_of")],
    ]
    [one] = InstrumentAnalytics.objects.all()
    assert (one.parent, one.adv, one.ratings, one.only_qib) == (
        "Apple", 1_000_000, {"S&P": "AA+", "Moody's": "Aaa"}, False,
    )  # fmt: skip
    assert one.history.get().history_user == desk.trader


def test_a_second_file_replaces_what_it_states_and_leaves_the_rest(desk):
    importing.run("analytics", ANALYTICS)
    assert not importing.run("analytics", "instrument,adv,as_of\nAAPL,7,2026-11-24T09:00:00Z\n").refused
    one = InstrumentAnalytics.objects.get()
    assert (one.parent, one.adv, one.history.count()) == ("Apple", 7, 2)


def test_a_dry_run_writes_nothing(desk):
    assert len(importing.run("analytics", ANALYTICS, dry_run=True).verdicts) == 5
    assert not InstrumentAnalytics.objects.exists()


def test_every_kind_has_its_columns_and_its_faults(desk):
    lists = "kind,instrument,issuer,effective_to,source\nwatch,AAPL,,,desk\nexclusion,,Tobacco,,mandate\n"
    assert not importing.run("lists", lists).refused
    bad = "kind,instrument,issuer,effective_to\nwatch,AAPL,Apple,\nblack,IBM,,\nwatch,IBM,,2001-01-01T00:00:00Z\n"
    assert told(importing.run("lists", bad)) == [
        [2, ("BAD_VALUE", "instrument")], [3, ("BAD_VALUE", "kind")], [4, ("BAD_VALUE", "effective_to")],
    ]  # fmt: skip
    assert Restriction.objects.count() == 2
    locates = "account,instrument,qty,expires_at,source\nALPHA,AAPL,500,2100-01-01T00:00:00Z,lender\n"
    assert not importing.run("locates", locates).refused
    assert told(importing.run("locates", locates.replace("500", "0").replace("ALPHA", ""))) == [
        [2, ("MISSING", "account")]
    ]
    profiles = "account,nav,nav_as_of,source,as_of\nALPHA,5,,x,2026-11-23T09:00:00Z\n"
    assert told(importing.run("accounts", profiles)) == [[2, ("BAD_VALUE", "nav_as_of")]]
    assert not importing.run("permissions", "user,asset_class\ntina,equity\n").refused
    assert (Locate.objects.count(), AccountProfile.objects.count(), Permission.objects.count()) == (1, 0, 1)


def test_a_header_nobody_knows_refuses_the_file(desk):
    assert importing.run("lists", "kind,colour\nwatch,red\n").refusals[0].code == "UNKNOWN_FIELD"
    assert importing.run("lists", "kind\n").refusals[0].code == "MISSING"


def test_a_thousand_rows_cost_the_statements_of_two(desk):
    counts = []
    for n in (2, 1_000):
        text = "kind,instrument,source\n" + "watch,AAPL,x\n" * n
        with CaptureQueriesContext(connection) as asked:
            importing.run("lists", text)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_command_tells_and_fails_where_a_row_was_refused(desk, tmp_path):
    file, out = tmp_path / "a.csv", StringIO()
    file.write_text(ANALYTICS)
    with pytest.raises(CommandError, match="4 rows were refused"):
        call_command("import_reference", "analytics", str(file), stdout=out)
    assert "row 4: UNKNOWN_INSTRUMENT: instrument 'NOPE' is not known" in out.getvalue()
