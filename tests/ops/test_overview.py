"""Every number of the overview is the number of rows that its link leads to."""

import itertools
from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from oms.blotter.ops.places import SHEETS
from settlement.exceptions import Exceptional, exceptional
from settlement.models import Instruction
from settlement.settle import settle
from tests.factories import Floor
from tests.ops.conftest import Browser
from tests.settlement.world import fill


def cells(overview: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every cell with a link, of tiles and of tables."""
    rows = (row for block in overview["blocks"] for row in block["rows"])
    for cell in itertools.chain(overview["tiles"], *(row["cells"] for row in rows)):
        if isinstance(cell, dict) and "href" in cell:
            yield cell


def test_every_number_is_the_number_of_rows_behind_it(floor: Floor, browser: Browser) -> None:
    ids = list(Instruction.objects.order_by("pk").values_list("pk", flat=True))
    assert len(ids) == 3
    Instruction.objects.filter(pk=ids[0]).update(state="failing")
    Instruction.objects.filter(pk=ids[1]).update(state="draft", place_of_settlement="")
    exceptional([Exceptional("BAD_XML", "file", "SI1", "no end", b"<"), Exceptional("BAD_XML", "file", "", "empty")])
    client = browser("auditor")
    counted = 0
    for cell in cells(client.get("/ops/overview").json()):
        number = cell["text"].split("/")[-1].strip().replace(",", "")
        if number.isdigit():
            page, _, query = cell["href"].partition("?")
            path = f"{page}rows?{query}"
            assert client.get(path).json()["total"] == int(number), cell
            counted += int(number) > 0
    assert counted >= 5


def test_tabs_count_what_waits(floor: Floor, browser: Browser) -> None:
    client = browser("operations")
    assert client.get("/ops/overview").json()["attention"]["exceptions"] == 0
    exceptional([Exceptional("BAD_XML", "file", "", "no end", b"<")])
    assert client.get("/ops/ledger/rows").json()["attention"]["exceptions"] == 1
    assert '<span class="count" data-count="exceptions">1</span>' in client.get("/ops/").content.decode()


def test_the_number_of_statements_does_not_depend_on_the_number_of_rows(floor: Floor, browser: Browser) -> None:
    client = browser("operations")
    paths = ["/ops/overview", *(f"/ops/{slug}/rows" for slug in SHEETS)]

    def counts() -> dict[str, int]:
        found = {}
        for path in paths:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(path).status_code == 200
            found[path] = len(queries)
        return found

    counts()
    few = counts()
    fill(floor, [("buy", 10, "10.01")] * 20, account=floor.accounts[1], prefix="M")
    while settle():
        pass
    assert counts() == few
