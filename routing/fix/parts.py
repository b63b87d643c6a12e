"""What messages are made of: entries (a field and when it must be there), and repeating groups of entries."""

from collections.abc import Iterable
from typing import NamedTuple

FIX42, FIX44, FIX50 = "FIX.4.2", "FIX.4.4", "FIX.5.0SP2"
VERSIONS = (FIX42, FIX44, FIX50)
# Presence of an entry. Conditional ones are checked by whoever applies the message, not by the session.
REQUIRED, OPTIONAL, CONDITIONAL = "Y", "N", "C"
# Required in FIX 4.2 only; in FIX 4.2 and 4.4 only.
IN_42, IN_4X = "42", "4x"
# The last tag of FIX 4.2, what later versions dropped, and what sessions of 4.2 commonly carry beside it.
LAST_42 = 446
ONLY_42 = frozenset({20, 47, 76, 109})
BESIDE_42 = frozenset({553, 554, 925})
ONLY_50 = frozenset({1128, 1137, 1138, 1369})


class Entry(NamedTuple):
    """A field of a message or group, by our name."""

    name: str
    presence: str = OPTIONAL
    note: str = ""


class Group(NamedTuple):
    """A repeating group: ``name`` is the list in our fields, ``tag`` its NumInGroup, the first entry its delimiter."""

    name: str
    tag: int
    fix_name: str
    entries: tuple["Part", ...]
    presence: str = OPTIONAL
    note: str = ""


Part = Entry | Group


def need(names: str) -> tuple[Entry, ...]:
    """Required fields."""
    return tuple(Entry(name, REQUIRED) for name in names.split())


def may(names: str) -> tuple[Entry, ...]:
    """Optional fields."""
    return tuple(Entry(name) for name in names.split())


def when(name: str, note: str, presence: str = CONDITIONAL) -> tuple[Entry, ...]:
    """A field with a condition, in words."""
    return (Entry(name, presence, note),)


def is_required(part: Part, version: str) -> bool:
    """Whether the session rejects (35=3, 373=1) a message of ``version`` that lacks it."""
    return (
        part.presence == REQUIRED
        or (part.presence == IN_42 and version == FIX42)
        or (part.presence == IN_4X and version != FIX50)
    )


def is_in(tag: int, version: str) -> bool:
    """Whether ``version`` has the tag. Extension packs let FIX 4.4 carry what FIX 5.0 added."""
    if version == FIX42:
        return tag <= LAST_42 or tag in BESIDE_42
    return tag not in ONLY_42 and (version == FIX50 or tag not in ONLY_50)


def names(parts: Iterable[Part]) -> list[str]:
    """The names of entries and groups, in order."""
    return [part.name for part in parts]


PARTY_SUB_IDS = Group("party_sub_ids", 802, "NoPartySubIDs", need("party_sub_id") + may("party_sub_id_type"))
PARTIES = Group(
    "parties", 453, "NoPartyIDs", (*need("party_id"), *may("party_id_source party_role"), PARTY_SUB_IDS),
    note="the parties to the order or trade: PartyRole (452) 3 client, 11 order origination trader, 1 executing firm",
)  # fmt: skip
SECURITY_ALT_IDS = Group(
    "security_alt_ids", 454, "NoSecurityAltID", (*need("security_alt_id"), *may("security_alt_id_source"))
)
INSTRUMENT: tuple[Part, ...] = (
    Entry("symbol", IN_4X, "[N/A] when the instrument is named by SecurityID alone"),
    *may("symbol_sfx security_id security_id_source"), SECURITY_ALT_IDS,
    *may("product cfi_code security_type maturity_month_year maturity_date strike_price put_or_call"),
    *may("contract_multiplier coupon_rate security_exchange issuer security_desc"),
)  # fmt: skip
# Inside a group whose delimiter is the symbol.
MARKET_SYMBOL: tuple[Part, ...] = (
    *need("symbol"), *may("symbol_sfx security_id security_id_source security_type security_exchange"),
)  # fmt: skip
TRADING_SESSIONS = Group(
    "trading_sessions", 386, "NoTradingSessions", (*need("trading_session_id"), *may("trading_session_sub_id"))
)
CONTRA_BROKERS = Group(
    "contra_brokers", 382, "NoContraBrokers",
    (*need("contra_broker"), *may("contra_trader contra_trade_qty contra_trade_time contra_leg_ref_id")),
)  # fmt: skip
PRE_ALLOCS = Group("allocs", 78, "NoAllocs", (*need("alloc_account"), *may("individual_alloc_id alloc_qty")))
LEGS = Group(
    "legs", 555, "NoLegs",
    (
        *need("leg_symbol"), *may("leg_security_id leg_security_id_source leg_cfi_code leg_security_type"),
        *may("leg_maturity_month_year leg_maturity_date leg_strike_price leg_security_exchange"),
        Entry("leg_ratio_qty", CONDITIONAL, "how many of the leg one unit of the order is"), *may("leg_side"),
        *may("leg_currency leg_qty leg_position_effect leg_ref_id leg_price leg_settl_type leg_settl_date"),
        *may("leg_last_px leg_order_qty"),
    ),
)  # fmt: skip
