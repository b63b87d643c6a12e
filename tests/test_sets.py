"""Array literals: PostgreSQL reads back what was written, whatever stands in it."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oms.base.sets import literal

pytestmark = pytest.mark.django_db
TEXT = st.text(
    st.characters(exclude_characters="\0", exclude_categories=("Cs",)) | st.sampled_from('",\\{}N'), max_size=9
)
COLUMNS = (
    st.lists(TEXT | st.none(), max_size=6).map(lambda values: ("text", values))
    | st.lists(TEXT, max_size=1).map(lambda values: ("text", values * 3))
    | st.lists(st.integers(-(2**63), 2**63 - 1) | st.none(), max_size=6).map(lambda values: ("bigint", values))
    | st.lists(st.decimals(-(10**19), 10**19, places=8), max_size=6).map(lambda values: ("numeric", values))
    | st.lists(st.booleans() | st.none(), max_size=6).map(lambda values: ("boolean", values))
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(COLUMNS)
def test_what_is_written_is_read(column: tuple[str, list[Any]]) -> None:
    kind, values = column
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT array_agg(one ORDER BY at) FROM unnest(%s::{kind}[]) WITH ORDINALITY AS x(one, at)",
            [literal(values)],
        )
        (found,) = cursor.fetchone()
    assert (found or []) == values


def test_numbers_keep_every_digit() -> None:
    numbers = [Decimal("1E+3"), Decimal("0.00000001"), Decimal("-0")]
    assert literal(numbers) == "{1000,0.00000001,-0}"
