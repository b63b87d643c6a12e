"""The form of a rule of Compliance: from what the page sends to a draft, and from a version back to the page.

The page names its fields flatly (``filter-0-field``, ``case-1-expect``), so that it works without a script; a script
only adds rows and asks for the reading while somebody writes.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.http import QueryDict

from oms.base.refusal import Refusal
from risk.models import RuleVersion
from risk.pipeline import cases, grammar
from risk.pipeline.evaluate import Level
from risk.writing import Draft

WORDS = ("over", "measure", "count", "compare", "warn", "fail", "currency", "window_s", "max_age_days")
LISTS = ("take", "group")
CONDITIONS = ("scope", "filter")
_ROW = re.compile(r"(scope|filter|case)-([0-9]{1,3})-(field|is|values|name|expect|order|surroundings)", re.ASCII)
SPARE = 2
MOST_ROWS = 100
NAMES = {
    "over": {
        "account": "the account", "client": "the client: all accounts of the owner", "desk": "the desk",
        "firm": "the whole firm", "trader": "who entered it (messages)", "sender": "the session (messages)",
    },
    "take": {"positions": "positions", "open_orders": "open orders", "this_order": "this order"},
    "measure": {
        "quantity": "quantity", "notional": "market value", "percent_of_nav": "% of net asset value",
        "percent_of_adv": "% of average daily volume", "percent_of_outstanding": "% of units outstanding",
        "percent_of_issuer": "% of the issuer exposure", "percent_of_sector": "% of the sector exposure",
        "percent_of_country": "% of the country exposure", "percent_of_currency": "% of the currency exposure",
        "leverage": "leverage: gross exposure, % of NAV", "duration": "duration, years", "rating": "worst rating",
        "pnl": "profit and loss", "messages": "messages in a window", "order_to_trade": "orders to trades today",
    },
    "count": {
        "net": "net: long less short", "gross": "gross: long and short added up", "short": "short positions alone",
    },
    "compare": {"at_most": "at most", "at_least": "at least"},
    "group": {name: name.replace("_", " ") for name in (*grammar.THINGS, *grammar.OWNERS)},
    "is": {"in": "is one of", "not_in": "is none of", "at_least": "is at least", "at_most": "is at most"},
    "expect": {level.value: level.value for level in Level},
}  # fmt: skip
EXAMPLE_CASES = [
    {"name": "at the limit", "expect": "pass", "order": {"side": "buy", "quantity": "100", "price": "10"}},
    {"name": "one above", "expect": "fail", "order": {"side": "buy", "quantity": "101", "price": "10"}},
]


class Sent(NamedTuple):
    """What the page sent: the draft as JSON, and what could not even be read as that."""

    code: str
    seen: int
    draft: Draft
    faults: list[Refusal]


def sent(post: QueryDict) -> Sent:
    """The draft of a form. What the fields say is for ``risk.writing`` to judge."""
    faults: list[Refusal] = []
    rows: dict[str, dict[int, dict[str, str]]] = {"scope": {}, "filter": {}, "case": {}}
    for name in post:
        if found := _ROW.fullmatch(name):
            rows[found[1]].setdefault(int(found[2]), {})[found[3]] = post.get(name, "").strip()
    pipeline: dict[str, Any] = {name: text for name in WORDS if (text := post.get(name, "").strip())}
    pipeline |= {name: post.getlist(name) for name in LISTS if post.getlist(name)}
    for where in CONDITIONS:
        if conditions := [
            _condition(row) for _, row in sorted(rows[where].items()) if any(row.values()) and row.get("field")
        ]:
            pipeline[where] = conditions
    raw_cases = [
        _case(f"cases[{at}]", row, faults)
        for at, (_, row) in enumerate(row for row in sorted(rows["case"].items()) if row[1].get("name"))
    ]
    seen = post.get("seen", "0")
    draft = Draft(
        title=post.get("title", ""), pipeline=pipeline, cases=raw_cases, why=post.get("why", ""),
        dry_run=bool(post.get("dry_run")), effective_from=_time(post, "effective_from", faults),
        effective_to=_time(post, "effective_to", faults), note=post.get("note", ""),
    )  # fmt: skip
    return Sent(
        post.get("code", "").strip().upper(), int(seen) if re.fullmatch("[0-9]{1,6}", seen) else 0, draft, faults
    )


def _condition(row: Mapping[str, str]) -> dict[str, Any]:
    values = [value.strip() for value in row.get("values", "").split(",") if value.strip()]
    if row["field"] == "rule":
        return {"rule": ", ".join(values)}
    return {"field": row["field"], "is": row.get("is", ""), "values": values}


def _case(where: str, row: Mapping[str, str], faults: list[Refusal]) -> dict[str, Any]:
    """A row of the table: the order is JSON of its own, and so is what surrounds it."""
    found: dict[str, Any] = {"name": row["name"], "expect": row.get("expect", "")}
    for name in ("order", "surroundings"):
        text = row.get(name) or "{}"
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            faults.append(
                Refusal(
                    "BAD_VALUE", f"{where}.{name}", f'this is no JSON: {{"quantity": "100"}} is, and not {text[:40]!a}'
                )
            )
            continue
        if name == "order":
            found["order"] = value
        elif isinstance(value, dict):
            found = {**value, **found}
        else:
            faults.append(Refusal("BAD_VALUE", f"{where}.surroundings", "what surrounds the order is a JSON object"))
    return found


def _time(post: QueryDict, name: str, faults: list[Refusal]) -> datetime | None:
    text = post.get(name, "").strip()
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        faults.append(Refusal("BAD_VALUE", name, "a date and time in UTC, such as 2026-12-01T09:00"))
        return None


def blank() -> dict[str, Any]:
    """The form of a new rule: a weight by issuer, for a start."""
    pipeline = {
        "over": "account", "take": list(grammar.TAKES), "measure": "percent_of_nav", "count": "net",
        "compare": "at_most",
    }  # fmt: skip
    return form("", 0, Draft("", pipeline, EXAMPLE_CASES))


def of_version(version: RuleVersion) -> dict[str, Any]:
    """The form of the version that is to be followed by another."""
    text = Draft(
        version.title, version.pipeline, version.cases, version.why, version.dry_run, version.effective_from,
        version.effective_to,
    )  # fmt: skip
    return form(version.rule.code, version.number, text)


def form(code: str, seen: int, draft: Draft) -> dict[str, Any]:
    """Everything the template shows, as it was sent."""
    pipeline = draft.pipeline if isinstance(draft.pipeline, dict) else {}
    return {
        "code": code, "seen": seen, "draft": draft, "p": pipeline, "names": NAMES,
        "rows": {
            "scope": _conditions(pipeline.get("scope"), grammar.OF_ORDERS),
            "filter": _conditions(pipeline.get("filter"), (*grammar.OF_ROWS, "rule")),
        },
        "cases": _cases(draft.cases), "most_cases": cases.MOST_CASES,
    }  # fmt: skip


def _conditions(given: Any, fields: tuple[str, ...]) -> dict[str, Any]:
    rows = [
        {"field": "rule", "is": "in", "said": one["rule"]}
        if "rule" in one
        else {"field": one.get("field"), "is": one.get("is"), "said": ", ".join(map(str, one.get("values") or []))}
        for one in (given or [])
    ]
    return {"fields": {name: name.replace("_", " ") for name in fields}, "rows": rows + [{}] * SPARE}


def _cases(given: Any) -> list[dict[str, Any]]:
    shown = []
    for one in given or []:
        around = {name: value for name, value in one.items() if name not in ("name", "expect", "order")}
        shown.append(
            {
                "name": one.get("name", ""), "expect": one.get("expect", ""),
                "order": json.dumps(one.get("order", {}), ensure_ascii=False),
                "surroundings": json.dumps(around, ensure_ascii=False) if around else "",
            }
        )  # fmt: skip
    return [*shown, {"name": "", "expect": "", "order": "", "surroundings": ""}]
