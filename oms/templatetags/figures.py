"""Decimals as a person reads them."""

from decimal import Decimal

from django import template

from oms.base.money import grouped

register = template.Library()


@register.filter
def words(value: str) -> str:
    """A name of the vocabulary as words: pending_new reads "pending new"."""
    return value.replace("_", " ")


@register.filter
def figure(value: Decimal | None) -> str:
    """Thousands apart, no zeros behind: 1,500 or 189.5; a dash for nothing."""
    return grouped(value)


@register.filter
def price(value: Decimal | None) -> str:
    """A figure with two decimals at least, so that prices under each other have their points in line: 189.50."""
    text = figure(value)
    if value is None:
        return text
    whole, _, part = text.partition(".")
    return f"{whole}.{part:0<2}"
