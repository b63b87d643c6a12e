"""Exception items: written once, owned, resolved with a reason, never lost."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from orders.models import Alert
from settlement.exceptions import CustodyException, Exceptional, exceptional, resolve, take

pytestmark = pytest.mark.django_db


def item(number: int = 1, **more: object) -> Exceptional:
    told = {
        "code": "MALFORMED_XML",
        "kind": "sese.025",
        "reference": f"SI{number}",
        "text": f"broken {number}",
        "raw": b"<x",
    }
    return Exceptional(**(told | more))  # type: ignore[arg-type]


def test_the_same_thing_is_one_item_however_often_it_comes() -> None:
    assert exceptional([item(1), item(2), item(1)]) == 2
    assert exceptional([item(1), item(2, file="another.xml")]) == 0
    assert exceptional([item(1, raw=b"<y")]) == 1
    assert CustodyException.objects.count() == 3
    assert list(Alert.objects.order_by("id").values_list("code", "payload__items")) == [
        ("MALFORMED_XML", 2),
        ("MALFORMED_XML", 1),
    ]


def test_what_no_column_could_hold_is_kept_as_far_as_it_can_be() -> None:
    exceptional(
        [item(reference="R" * 90 + "\0", text="t\0" * 600, raw=b"\xff\x00" * 20_000, code="C" * 90, kind="k" * 90)]
    )
    held = CustodyException.objects.get()
    assert (len(held.reference), len(held.text), len(held.raw), held.text[:2]) == (40, 500, 16_384, "t�")


def test_an_item_is_taken_and_resolved_with_a_reason() -> None:
    exceptional([item()])
    (id_,) = CustodyException.objects.values_list("id", flat=True)
    assert take([id_], "olga") == [None]
    assert [one and one.code for one in resolve([id_], "oscar", "  ")] == ["MISSING"]
    assert CustodyException.objects.get().state == "open"
    assert [one and one.code for one in resolve([id_, id_, 0], "oscar", "asked again")] == [
        None,
        "BAD_VALUE",
        "MISSING",
    ]
    held = CustodyException.objects.get()
    assert (held.state, held.owner, held.resolution, held.resolved_by) == ("resolved", "olga", "asked again", "oscar")
    assert [one and one.code for one in take([id_], "oscar")] == ["BAD_VALUE"]
    assert exceptional([item()]) == 0


def test_the_number_of_statements_does_not_depend_on_the_number_of_items() -> None:
    counts = []
    for size in (1, 500):
        with CaptureQueriesContext(connection) as writing:
            assert exceptional([item(size * 1_000 + n) for n in range(size)]) == size
        ids = list(CustodyException.objects.filter(state="open").values_list("id", flat=True))
        with CaptureQueriesContext(connection) as closing:
            assert resolve(ids, "olga", "done") == [None] * size
        counts.append((len(writing), len(closing)))
    assert counts[0] == counts[1]


def test_nobody_resolves_without_a_name() -> None:
    exceptional([item()])
    with pytest.raises(IntegrityError, match="custody_exception_resolved_by_somebody"), transaction.atomic():
        CustodyException.objects.update(state="resolved")
