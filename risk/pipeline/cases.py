"""The test cases that a rule carries: what is held, one order, and what should become of it. Run as live orders are.

A case is JSON: ``{"name", "expect", "order", "holdings", "navs", "messages", "trades", "ahead"}``. What it does not say
of an instrument is not known, as in life; a holding of the order's own instrument counts as the order's does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from oms.base.refusal import Refusal
from orders.vocabulary import Side
from risk.grades import RANK
from risk.pipeline.book import Asked, Book, Nav, Placed, Row, Thing, Who, whose
from risk.pipeline.evaluate import Answer, Level, evaluate
from risk.pipeline.grammar import Pipeline
from risk.pipeline.numbers import number as parse_number

ORDER_WORDS = ("ord_type", "time_in_force", "trader", "sender", "strategy")
THING_WORDS = ("asset_class", "issuer", "sector", "country", "currency", "liquidity", "rating", "mic")
THING_NUMBERS = ("duration", "adv", "outstanding", "unit", "price")
WHO = ("account", "client", "desk")
HELD = ("position", "open_buy", "open_sell", "realised", "avg_cost")
CASE = ("name", "expect", "order", "holdings", "navs", "messages", "trades", "ahead")
MOST_CASES, MOST_ROWS, LONGEST = 100, 200, 120
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Case:
    """One case, read."""

    name: str
    expect: Level
    order: Asked
    rows: tuple[Row, ...]
    navs: dict[str, Decimal]
    ahead: tuple[Placed, ...]
    messages: Decimal
    trades: Decimal


@dataclass(frozen=True, slots=True)
class Outcome:
    """A case that was run."""

    case: Case
    answer: Answer

    @property
    def green(self) -> bool:
        """Whether it came out as its writer says it must."""
        return self.answer.level is self.case.expect


def run(pipeline: Pipeline, cases: Sequence[Case], at: datetime) -> list[Outcome]:
    """Every case through the evaluator. Whoever states figures states those of ``at``."""
    return [
        Outcome(case, evaluate(pipeline, _book(pipeline, case, at), _dated(case.order, at), case.ahead))
        for case in cases
    ]


def lacking(cases: Sequence[Case]) -> list[Refusal]:
    """What a rule must be tried on before anybody may approve it: an order it lets pass, and one it does not."""
    levels = {case.expect for case in cases}
    faults = []
    if Level.PASS not in levels:
        faults.append(Refusal("RULE_NOT_TESTED", "cases", "no test case expects that an order passes: add one"))
    if not levels & {Level.WARN, Level.FAIL}:
        text = "no test case expects that an order is warned of or stopped: add one"
        faults.append(Refusal("RULE_NOT_TESTED", "cases", text))
    return faults


def read(raw: Any) -> list[Case] | list[Refusal]:
    """The cases that ``raw`` JSON says, or everything that is wrong with them."""
    if not isinstance(raw, list) or len(raw) > MOST_CASES:
        return [Refusal("BAD_VALUE", "cases", f"cases must be a list of at most {MOST_CASES}")]
    reading = _Reading()
    cases = [found for at, one in enumerate(raw) if (found := reading.case(f"cases[{at}]", one)) is not None]
    names = [case.name for case in cases]
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        reading.fault("cases", f"two cases are called {name[:40]!a}")
    return reading.faults or cases


class _Reading:
    """The faults found so far."""

    def __init__(self) -> None:
        self.faults: list[Refusal] = []

    def fault(self, where: str, text: str, code: str = "BAD_VALUE") -> None:
        self.faults.append(Refusal(code, where, text))

    def case(self, where: str, raw: Any) -> Case | None:
        before = len(self.faults)
        if not self._object(where, raw, CASE):
            return None
        name = raw.get("name")
        if not isinstance(name, str) or not name.strip() or len(name) > LONGEST:
            self.fault(f"{where}.name", f"name the case in at most {LONGEST} characters", "MISSING")
        if raw.get("expect") not in tuple(Level):
            self.fault(f"{where}.expect", f"expect must be one of {', '.join(Level)}")
        order = self._order(f"{where}.order", raw.get("order"))
        holdings, ahead, navs = raw.get("holdings") or [], raw.get("ahead") or [], raw.get("navs") or {}
        if not isinstance(holdings, list) or len(holdings) > MOST_ROWS:
            self.fault(f"{where}.holdings", f"holdings must be a list of at most {MOST_ROWS}")
            holdings = []
        if not isinstance(ahead, list) or len(ahead) > MOST_ROWS:
            self.fault(f"{where}.ahead", f"ahead must be a list of at most {MOST_ROWS} orders")
            ahead = []
        if not isinstance(navs, dict):
            self.fault(f"{where}.navs", "navs are net asset values by account", "BAD_VALUE")
            navs = {}
        rows = tuple(self._row(f"{where}.holdings[{at}]", one, order) for at, one in enumerate(holdings))
        placed = tuple(
            Placed(at, found)
            for at, one in enumerate(ahead)
            if (found := self._order(f"{where}.ahead[{at}]", one, order)) is not None
        )
        worth = {str(account): self._number(f"{where}.navs.{account}", value) for account, value in navs.items()}
        counts = [self._number(f"{where}.{name}", raw.get(name, "0")) or ZERO for name in ("messages", "trades")]
        if order is None or len(self.faults) > before:
            return None
        known = {account: value for account, value in worth.items() if value is not None}
        full = tuple(row for row in rows if row is not None)
        return Case(str(name).strip(), Level(raw["expect"]), order, full, known, placed, counts[0], counts[1])

    def _order(self, where: str, raw: Any, like: Asked | None = None) -> Asked | None:
        known = ("side", "quantity", "symbol", *WHO, *ORDER_WORDS, *THING_WORDS, *THING_NUMBERS)
        if not self._object(where, raw, known):
            return None
        if raw.get("side", "buy") not in tuple(Side):
            self.fault(f"{where}.side", f"side must be one of {', '.join(Side)}")
        qty = self._number(f"{where}.quantity", raw.get("quantity"), positive=True)
        thing = self._thing(where, raw, like.thing if like else None)
        if qty is None:
            return None
        words: dict[str, Any] = {name: self._word(f"{where}.{name}", raw.get(name, "")) for name in ORDER_WORDS}
        return Asked(self._who(where, raw), thing, str(raw.get("side", "buy")), qty, thing.price, **words)

    def _row(self, where: str, raw: Any, order: Asked | None) -> Row | None:
        if not self._object(where, raw, ("symbol", *WHO, *HELD, *THING_WORDS, *THING_NUMBERS)):
            return None
        numbers = {name: self._number(f"{where}.{name}", raw[name]) for name in HELD if name in raw}
        if any((numbers.get(name) or ZERO) < 0 for name in ("open_buy", "open_sell")):
            self.fault(where, "what is open must not be below 0")
        thing = self._thing(where, raw, order.thing if order else None)
        return Row(self._who(where, raw), thing, **{name: n for name, n in numbers.items() if n is not None})

    def _who(self, where: str, raw: dict[str, Any]) -> Who:
        account = self._word(f"{where}.account", raw.get("account", "A"))
        client = self._word(f"{where}.client", raw.get("client", account))
        return Who(account, client, self._word(f"{where}.desk", raw.get("desk", "D")))

    def _thing(self, where: str, raw: dict[str, Any], like: Thing | None) -> Thing:
        symbol = self._word(f"{where}.symbol", raw.get("symbol", "X"))
        base = like if like and like.symbol == symbol else Thing(symbol, symbol, currency="USD", asset_class="equity")
        given: dict[str, Any] = {name: self._word(f"{where}.{name}", raw[name]) for name in THING_WORDS if name in raw}
        if given.get("rating") and given["rating"] not in RANK:
            self.fault(f"{where}.rating", "a rating such as BBB- or Baa3")
        for name in THING_NUMBERS:
            if name in raw:
                number = self._number(f"{where}.{name}", raw[name], positive=name in ("unit", "price"))
                given |= {} if number is None else {name: number}
        return replace(base, **given)

    def _object(self, where: str, raw: Any, known: Sequence[str]) -> bool:
        if not isinstance(raw, dict):
            self.fault(where, f"{where} must be a JSON object of {', '.join(known)}")
            return False
        for name in raw.keys() - set(known):
            self.fault(
                f"{where}.{str(name)[:40]!a}", f"there is no such field: it takes {', '.join(known)}", "UNKNOWN_FIELD"
            )
        return True

    def _word(self, where: str, given: Any) -> str:
        if isinstance(given, str) and len(given) <= LONGEST:
            return given
        self.fault(where, f"text of at most {LONGEST} characters")
        return ""

    def _number(self, where: str, given: Any, *, positive: bool = False) -> Decimal | None:
        if given is None:
            self.fault(where, "a number is required", "MISSING")
            return None
        number = parse_number(given, where, positive=positive)
        if isinstance(number, Refusal):
            self.faults.append(number)
            return None
        return number


def _book(pipeline: Pipeline, case: Case, at: datetime) -> Book:
    rows = tuple(replace(row, thing=replace(row.thing, as_of=at)) for row in case.rows)
    navs = {account: Nav(value, case.order.thing.currency, at) for account, value in case.navs.items()}
    key = (
        pipeline.window_s, pipeline.over, whose(pipeline.over, case.order),
        case.order.thing.id if pipeline.group else None,
    )  # fmt: skip
    listed = {row.who.account for row in rows} | {case.order.who.account}
    owners = tuple(Who(account, account, case.order.who.desk) for account in navs if account not in listed)
    return Book(at, rows, navs, (case.order.who, *owners), {}, {key: (case.messages, case.trades)})


def _dated(order: Asked, at: datetime) -> Asked:
    return replace(order, thing=replace(order.thing, as_of=at))
