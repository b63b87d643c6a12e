"""Cells and tables of the operations desk, as its scripts draw them too."""

from typing import Any

from django import template
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def drawn(cell: Any) -> SafeString:
    """A cell as HTML; its text is escaped."""
    html: SafeString = cell.html()
    return html


@register.filter
def cells(row: Any, columns: Any) -> list[tuple[Any, Any]]:
    """Each cell with its column."""
    return list(zip(row.cells, columns, strict=True))
