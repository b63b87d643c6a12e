"""Empty the tables between tests that commit: only those that hold rows, children before parents.

Django's own way truncates every table and its indexes after each such test, which costs half a second whatever the
test wrote, and then makes permissions and content types anew, which nobody had touched.
"""

from collections.abc import Iterator
from functools import cache

from django.db import connection, transaction

# What migrations make, and no test changes.
KEPT = frozenset({"django_migrations", "django_content_type", "auth_permission"})
_REFERENCES = """
SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint WHERE contype = 'f' AND conrelid <> confrelid
"""
_JOURNALS = """
SELECT tgrelid::regclass::text FROM pg_trigger
WHERE NOT tgisinternal AND (tgname LIKE '%\\_append\\_only' OR tgname LIKE '%\\_fixed')
"""


@cache
def plan() -> tuple[tuple[str, ...], frozenset[str]]:
    """Every table but KEPT, each before those it refers to; and the ones that only TRUNCATE can empty."""
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor)) - KEPT
        cursor.execute(_REFERENCES)
        refers = [(child, parent) for child, parent in cursor.fetchall() if {child, parent} <= tables]
        cursor.execute(_JOURNALS)
        journals = {name for (name,) in cursor.fetchall()}
    # TRUNCATE takes along whoever refers to a journal, and whoever refers to those.
    while more := {child for child, parent in refers if parent in journals} - journals:
        journals |= more
    return tuple(_children_first(tables, refers)), frozenset(journals)


def _children_first(tables: set[str], refers: list[tuple[str, str]]) -> Iterator[str]:
    left = set(tables)
    while left:
        free = sorted(left - {parent for child, parent in refers if child in left})
        assert free, f"tables that refer to each other in a circle: {left}"
        yield from free
        left -= set(free)


def empty() -> None:
    """Delete what tests have committed."""
    tables, journals = plan()
    holds = " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})" for table in tables)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(holds)
        full = {name for (name,) in cursor.fetchall()}
        if full & journals:
            cursor.execute(f"TRUNCATE {', '.join(sorted(journals))}")
        for table in tables:
            if table in full - journals:
                cursor.execute(f"DELETE FROM {table}")
