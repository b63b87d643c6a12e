"""A gentle stream of orders for a demonstration, through the same REST door as anybody's program.

What to do next is chosen by pure functions from what the door answered; ``Flow`` sends it. Some orders are meant to be
refused: a blotter without refusals teaches nobody what they look like.
"""

import http.client
import json
import random
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, NamedTuple
from urllib.parse import quote

Row = dict[str, Any]

TIMEOUT_S = 10
# The desk prefix of an account says what it trades.
TRADED_BY = {
    "EQ": ("equity", "etf"),
    "FI": ("government_bond", "corporate_bond"),
    "DX": ("future", "option", "fx_spot"),
}
LOTS = {
    "equity": (100, 100, 200, 300, 500, 1000),
    "etf": (100, 200, 500),
    "government_bond": (100_000, 250_000, 500_000, 1_000_000),
    "corporate_bond": (50_000, 100_000, 250_000),
    "future": (1, 2, 5, 10),
    "option": (1, 5, 10, 20),
    "fx_spot": (100_000, 250_000, 500_000),
}
TOO_MANY = 200_000_000
MOST_OPEN = 40


class Step(NamedTuple):
    """A request to send."""

    method: str
    path: str
    body: Row
    if_match: str = ""


def pick(dice: random.Random, accounts: Sequence[Row], instruments: Sequence[Row]) -> tuple[Row, Row]:
    """An account, and an instrument of the kind its desk trades."""
    account = dice.choice(accounts)
    kinds = TRADED_BY.get(account["desk"], tuple(LOTS))
    return account, dice.choice([one for one in instruments if one["asset_class"] in kinds] or list(instruments))


def enter(dice: random.Random, account: Row, instrument: Row, quotes: Sequence[Row]) -> Step:
    """An order near the market. One in fifteen is absurd on purpose."""
    side = dice.choices(("buy", "sell", "sell_short"), (55, 38, 7))[0]
    order = {
        "account": account["account"],
        "symbol": f"{instrument['symbol']}.{instrument['primary_mic']}",
        "side": side,
        "ord_type": "market",
        "time_in_force": dice.choices(("day", "good_till_cancel", "immediate_or_cancel"), (80, 12, 8))[0],
        "order_qty": str(dice.choice(LOTS[instrument["asset_class"]])),
    }
    price = limit(dice, side, instrument, dice.choice(quotes) if quotes else {})
    if price is not None and dice.random() < 0.85:
        order |= {"ord_type": "limit", "price": f"{price:f}"}
    if dice.random() < 1 / 15:
        order["order_qty"] = str(TOO_MANY)
    return Step("POST", "orders/", order)


def limit(dice: random.Random, side: str, instrument: Row, top: Row) -> Decimal | None:
    """A price from some ticks behind the touch to just through it; None when nobody knows a price."""
    near, far = ("bid_px", "offer_px") if side == "buy" else ("offer_px", "bid_px")
    known = top.get(near) or top.get(far) or instrument.get("reference_price")
    if not known:
        return None
    price = Decimal(top.get(far) or known) if dice.random() < 0.45 else Decimal(known)
    tick = next(Decimal(step["tick"]) for step in reversed(instrument["ticks"]) if Decimal(step["price_from"]) <= price)
    away = dice.choice((0, 0, 1, 2, 3, 5, 8)) * (1 if side == "buy" else -1)
    steps = (price / tick).quantize(Decimal(1), ROUND_HALF_EVEN) - away
    return max(steps, Decimal(1)) * tick


def touch_up(dice: random.Random, order: Row) -> Step:
    """An amendment or a cancel of an open order."""
    path = f"orders/{order['order_id']}/"
    if order["price"] is None or dice.random() < 0.5:
        return Step("POST", f"{path}cancel/", {})
    more = Decimal(order["order_qty"]) + Decimal(dice.choice((1, 2))) * lot(order)
    return Step("PATCH", path, {"order_qty": f"{more:f}"}, f'"{order["version"]}"')


def lot(order: Row) -> Decimal:
    """A step for a quantity that keeps its lots whole: what the quantity itself is a multiple of."""
    quantity = Decimal(order["order_qty"])
    return next((Decimal(step) for step in (50_000, 1000, 100) if quantity % step == 0), Decimal(1))


def tidy(dice: random.Random, mine: Sequence[Row]) -> Step | None:
    """Something to do about the open orders, newest first; never more than MOST_OPEN of them stay open."""
    if len(mine) >= MOST_OPEN:
        return Step("POST", f"orders/{mine[-1]['order_id']}/cancel/", {})
    return touch_up(dice, dice.choice(mine)) if mine and dice.random() < 0.2 else None


class Flow:
    """A client of the REST door."""

    def __init__(self, host: str, port: int, token: str, user: str, dice: random.Random) -> None:
        self.host, self.port, self.token, self.user, self.dice = host, port, token, user, dice
        self.accounts: list[Row] = []
        self.instruments: list[Row] = []

    def act(self) -> int | None:
        """Do one thing, if operations lets the flow run; answer the status, or None for a rest.

        Raises OSError or http.client.HTTPException while the door is not there.
        """
        if not self._read("flow/")["on"]:
            return None
        if not self.instruments:
            self.accounts = self._read("accounts/")["results"]
            self.instruments = self._read("instruments/?limit=1000")["results"]
        mine = self._read("orders/?ord_status=new&ord_status=partially_filled&limit=100")["results"]
        mine = [order for order in mine if order["entered_by"] == self.user]
        return self._send(tidy(self.dice, mine) or self._enter())[0]

    def _enter(self) -> Step:
        account, instrument = pick(self.dice, self.accounts, self.instruments)
        name = quote(f"{instrument['symbol']}.{instrument['primary_mic']}")
        return enter(self.dice, account, instrument, self._read(f"quotes/?symbol={name}")["results"])

    def _read(self, path: str) -> Any:
        status, body = self._send(Step("GET", path, {}))
        if status != http.client.OK:
            raise http.client.HTTPException(f"GET {path} answered {status}")
        return body

    def _send(self, step: Step) -> tuple[int, Any]:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=TIMEOUT_S)
        headers = {"Authorization": f"Token {self.token}", "Content-Type": "application/json"}
        if step.if_match:
            headers["If-Match"] = step.if_match
        body = None if step.method == "GET" else json.dumps(step.body)
        try:
            connection.request(step.method, f"/api/v1/{step.path}", body, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()
