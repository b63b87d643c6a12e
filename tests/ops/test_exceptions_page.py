"""Exception items: what came is shown as it came, and as text."""

from settlement.exceptions import CustodyException, Exceptional, exceptional
from tests.factories import Floor
from tests.ops.conftest import Browser


def test_an_item_tells_what_came_byte_for_byte_and_as_text(floor: Floor, browser: Browser) -> None:
    exceptional([Exceptional("BAD_XML", "file", "", "<script>alert(1)</script>", b"<!DOCTYPE a>\xff")])
    item = CustodyException.objects.get()
    client = browser("compliance")
    told = client.get(f"/ops/exceptions/{item.pk}/detail").json()
    assert told["texts"] == [["The message as it came", "<!DOCTYPE a>\\xff"]]
    assert told["acts"] == ["take", "resolve"]
    html = client.get(f"/ops/exceptions/?open={item.pk}").content.decode()
    assert "<script>alert" not in html
    assert "&lt;!DOCTYPE a&gt;\\xff" in html


def test_a_resolved_item_is_done_with(floor: Floor, browser: Browser) -> None:
    from settlement.exceptions import resolve

    exceptional([Exceptional("BAD_XML", "file", "", "no end", b"<")])
    item = CustodyException.objects.get()
    assert resolve([item.pk], "otto", "Custodian sent it again") == [None]
    [row] = browser("operations").get("/ops/exceptions/rows").json()["rows"]
    assert row["acts"] == []
    assert browser("operations").get("/ops/exceptions/rows?state=open").json()["total"] == 0
