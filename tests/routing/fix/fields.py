"""Fields of any message of any version, for Hypothesis: each value of its kind."""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from routing.fix import kinds, values, versions
from routing.fix.fields import FIELDS
from routing.fix.messages import MESSAGES
from routing.fix.parts import FIX42, Group, Part, is_in

Values = st.SearchStrategy[Any]
TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=12)
NUMBERS = st.decimals(
    min_value=Decimal("-99999999999999999999"), max_value=Decimal("99999999999999999999"), places=8, allow_nan=False
).map(lambda number: format(number, "f"))
TIMES = st.datetimes().filter(lambda moment: moment.year >= 1000).map(lambda moment: moment.isoformat() + "+00:00")
DAYS = st.dates().filter(lambda day: day.year >= 1000).map(lambda day: day.isoformat())
# Instructions that mean nothing but themselves: those of pegs and trailing stops become types.
PLAIN_INSTRUCTIONS = ["all_or_none", "cancel_on_trading_halt", "do_not_increase", "participate_dont_initiate"]
# Written in another form by some version; tests of their own say which.
TRANSLATED = {"trigger_type", "trigger_price", "peg_price_type", "display_qty", "rule_80a", "exec_trans_type"}


def value_of(name: str, version: str) -> Values:
    """A value that is read as it was written."""
    kind = (versions.KINDS[version].get(name) or FIELDS[name].kind) if name not in values.CLOSED else FIELDS[name].kind
    if name == "ord_type":
        return st.sampled_from(["market", "limit", "stop", "stop_limit", "market_to_limit"])
    if name == "exec_type" and version == FIX42:
        return st.sampled_from(["new", "canceled", "trade", "trade_cancel", "trade_correct", "order_status"])
    if name == "ord_status":
        return st.sampled_from(["new", "partially_filled", "filled", "pending_cancel", "rejected"])
    if name == "order_capacity":
        return st.sampled_from("APIW")
    if name == "exec_inst":
        return st.sets(st.sampled_from(PLAIN_INSTRUCTIONS), min_size=1).map(lambda names: " ".join(sorted(names)))
    if kind.table:
        named = [name for _, name in kind.table]
        return st.booleans() if named == ["true", "false"] else st.sampled_from(named)
    if kind is kinds.NUMBER:
        return NUMBERS
    if kind is kinds.INTEGER:
        return st.integers(-(10**17), 10**17)
    if kind is kinds.MONTH:
        return st.sampled_from(["202612", "20261218", "202612w3"])
    return {kinds.TIME: TIMES, kinds.DAY: DAYS, kinds.TEXT: TEXTS}[kind]


def entries(parts: tuple[Part, ...], version: str, first: str | None = None) -> Values:
    """Any of the fields and groups among ``parts``; of a group always its first."""
    found: dict[str, Values] = {}
    for part in parts:
        tag = part.tag if isinstance(part, Group) else FIELDS[part.name].tag
        if part.name in TRANSLATED or part.name in versions.SPARE[version] or not is_in(tag, version):
            continue
        if version == FIX42 and part.name == "order_capacity":
            continue
        if isinstance(part, Group):
            found[part.name] = st.lists(entries(part.entries, version, part.entries[0].name), min_size=1, max_size=2)
        else:
            found[part.name] = value_of(part.name, version)
    return st.fixed_dictionaries({first: found.pop(first)} if first else {}, optional=found)


def messages(version: str) -> Values:
    """(message type, fields) of every message that ``version`` has."""

    def complete(drawn: tuple[str, dict[str, Any]]) -> tuple[str, dict[str, Any]]:
        msg_type, fields = drawn
        if msg_type == "8" and "exec_type" in fields:
            # In FIX 4.2 ExecType depends on it.
            fields.setdefault("ord_status", "new")
        if "legs" in fields:
            fields.pop("leg_ref_id", None)
        return msg_type, fields

    spoken = [message for message in MESSAGES.values() if version in message.versions]
    return st.sampled_from(spoken).flatmap(
        lambda message: st.tuples(st.just(message.msg_type), entries(message.parts, version)).map(complete)
    )
