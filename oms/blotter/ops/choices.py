"""What filters offer."""

from collections.abc import Iterable
from typing import Any

from oms.blotter.ops.sheet import Options
from orders.models import Account
from orders.vocabulary import AssetClass
from settlement.models import Asset


def of(kind: Any) -> Options:
    """The values of an enumeration, in words."""
    return lambda: [(one.value, str(one.value).replace("_", " ")) for one in kind]


def accounts() -> Iterable[tuple[str, str]]:
    """Accounts by code."""
    return [(code, code) for code in Account.objects.order_by("code").values_list("code", flat=True)]


def asset_classes() -> Iterable[tuple[str, str]]:
    """Any, then each."""
    return [("", "any"), *of(AssetClass)()]


def any_account() -> Iterable[tuple[str, str]]:
    """All of ours, then each."""
    return [("", "all"), *accounts()]


def currencies() -> Iterable[tuple[str, str]]:
    """Currencies that the ledger has ever held."""
    codes = Asset.objects.filter(currency__isnull=False).order_by("currency").values_list("currency", flat=True)
    return [(code, code) for code in codes if code]
