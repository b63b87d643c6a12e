"""Trades by a seeded generator: all that is said about one between its instruction and its end."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal as D

from settlement.messages import Cancel, CancelAnswer, Confirmation, Instruct, Message, Status

DAY = date(2026, 11, 24)
PLACES = ["DTCYUS33", "FRNYUS33", "MGTCBEBE", "CRSTGB22", "INSECHZZ", "JJSDJPJTXXX"]
NAMES = [
    "NSCC",
    'A&B <Brokers> "Ltd"',
    "三井住友信託銀行",
    "Société Générale & Cie",
    "Ω",
    "N" * 350,
    " spaced ",
    "]]>",
    "CHASUS33XXX",
]
ISINS = ["US0378331005", "US91282CLW90", "DE000BU2Z023", "GB0002634946", ""]


def life(dice: random.Random, number: int) -> Iterator[Message]:
    """One trade: instructed, accepted, matched, perhaps failing, settled in parts or whole, or cancelled."""
    face, free = dice.random() < 0.3, dice.random() < 0.2
    qty = D(dice.randrange(1, 10**8)) / (1 if face else dice.choice([1, 1, 100, 10**8]))
    net = D(0) if free else D(dice.randrange(-(10**6), 10**12)) / 100
    it = Instruct(
        f"SI{number:012d}-1", f"SI{number:012d}", dice.choice(["deliver", "receive"]),
        "free" if free else "against_payment", dice.choice(["EQ-ALPHA", "FI-GOVT"]), DAY - timedelta(days=1),
        DAY + timedelta(days=dice.randrange(5)), dice.choice(ISINS), dice.choice(["AAPL", "BRK.B", "Ä株&<>"]), qty,
        "" if free else dice.choice(["USD", "EUR", "JPY"]), net, dice.choice(PLACES), dice.choice(NAMES), face,
        None if free else D(dice.randrange(-500, 10**6)) / dice.choice([100, 10**6]),
        D(0) if free or not face else D(dice.randrange(-100, 10**6)) / 100, dice.choice(["", *NAMES])[:140],
        dice.choice(["", "SAFE-1"]), dice.choice(["", "CUSTUS33XXX"]), dice.choice(["", "CP-77"]),
        dice.random() < 0.2, dice.choice(["allowed", "not_allowed"]), dice.randrange(1, 5),
        f"SI{number - 1:012d}" if number and dice.random() < 0.2 else "",
    )  # fmt: skip
    theirs = f"CU{number:010d}"
    yield it
    yield Status(f"{theirs}-1", it.reference, theirs, "accepted", DAY)
    yield Status(f"{theirs}-2", it.reference, theirs, "matched", DAY)
    yield from _end(dice, it, theirs)


def _end(dice: random.Random, it: Instruct, theirs: str) -> Iterator[Message]:
    if dice.random() < 0.1:
        yield Cancel(f"{it.reference}-C", it.reference, it.direction, it.payment, it.account, theirs)
        status, code = dice.choice(
            [("cancelled", "CANI"), ("denied", "DSET"), ("pending", "CONF"), ("rejected", "REFE")]
        )
        yield CancelAnswer(
            f"{theirs}-3",
            f"{it.reference}-C",
            it.reference,
            theirs,
            it.direction,
            it.payment,
            status,
            DAY,
            code,
            "as asked",
        )
        return
    if dice.random() < 0.2:
        status, code = dice.choice(
            [("failing", "LACK"), ("failing", "CLAC"), ("pending", "MONY"), ("unmatched", "CMIS"), ("rejected", "SAFE")]
        )
        yield Status(f"{theirs}-3", it.reference, theirs, status, DAY, code, dice.choice(["", *NAMES])[:210])
    parts = [it.qty] if dice.random() < 0.7 else [it.qty / 4, it.qty - it.qty / 4]
    parts = (
        parts if all(part == part.quantize(D("0.00001" if it.face else "0.00000001")) for part in parts) else [it.qty]
    )
    done = D(0)
    for number, qty in enumerate(parts):
        yield Confirmation(
            f"{theirs}-{4 + number}", it.reference, theirs, it.direction, it.payment, it.account, it.isin, it.symbol,
            qty, it.currency, it.net_money if number else D(0), it.settl_date, it.settl_date, it.face, done,
            it.qty - done - qty,
        )  # fmt: skip
        done += qty
