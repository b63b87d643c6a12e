"""Talking to a custodian of a test's own: say something, move its day, hear what it answers."""

from datetime import UTC, date, datetime
from decimal import Decimal as D
from pathlib import Path
from typing import Any

from settlement import mail
from settlement.custody.custodian import Custodian
from settlement.custody.voice import CUSTODIAN, OURS
from settlement.messages import Cancel, CancelAnswer, Confirmation, Envelope, Instruct, Message, build, read

MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (date(2026, 11, day) for day in (23, 24, 25, 26))
APPLE = "US0378331005"


def order(number: int = 1, **more: Any) -> Instruct:
    """Receive 100 Apple for 1,000 on Tuesday, unless ``more`` says otherwise."""
    terms: dict[str, Any] = {
        "message_id": f"SI{number:012d}-2", "reference": f"SI{number:012d}", "direction": "receive",
        "payment": "against_payment", "account": "ALPHA", "trade_date": MONDAY, "settl_date": TUESDAY, "isin": APPLE,
        "symbol": "AAPL", "qty": D(100), "currency": "USD", "net_money": D(1000), "place_of_settlement": "DTCYUS33",
        "counterparty": "NSCC",
    }  # fmt: skip
    return Instruct(**(terms | more))


def cancel(number: int = 1, request: str = "C1") -> Cancel:
    return Cancel(f"SI{number:012d}-{request}", f"SI{number:012d}", "receive", "against_payment", "ALPHA")


def day(home: Path, when: date) -> None:
    mail.replace(home / "business_date", f"{when.isoformat()}\n".encode())


def tell(home: Path, *messages: Message) -> None:
    data, refusals = build(messages, Envelope(OURS, CUSTODIAN, datetime.now(UTC), MONDAY))
    assert not any(refusals), refusals
    mail.put(home / "in", data)


def heard(home: Path, folder: str = "out") -> list[Message]:
    """Every message given since the last look; broken ones are left out."""
    found: list[Message] = []
    for path in mail.waiting(home / folder):
        found += [one.message for one in read(path.read_bytes()) if one.message]
        mail.archive(path, home / "archive")
    return found


def answers(home: Path) -> list[tuple[str, str]]:
    """(reference's last digits, what was said of it) of every answer since the last look, without acknowledgements."""
    said = [(one.reference[-2:].lstrip("0"), word(one)) for one in heard(home)]  # type: ignore[union-attr]
    return [(number, what) for number, what in said if what not in ("accepted", "matched")]


def word(message: Message) -> str:
    if isinstance(message, Confirmation):
        return f"{message.qty.normalize():f} for {message.net_money.normalize():f}" + (
            f", {message.remaining.normalize():f} left" if message.remaining else ""
        )
    if isinstance(message, CancelAnswer):
        return f"{message.status} {message.reason_code}".strip()
    return f"{message.status} {message.reason_code}".strip()  # type: ignore[union-attr]


def turn(home: Path, when: date, *messages: Message) -> list[tuple[str, str]]:
    """A custodian that starts anew from its journal, takes what it is told on the day, and answers."""
    day(home, when)
    if messages:
        tell(home, *messages)
    custodian = Custodian(home)
    custodian.turn()
    custodian.journal.close()
    return answers(home)
