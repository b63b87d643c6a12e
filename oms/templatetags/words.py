"""Words of tables as a person reads them."""

from django import template

register = template.Library()


@register.filter
def spaced(value: object) -> str:
    """in_cure as "in cure"."""
    return str(value).replace("_", " ")
