"""How the simulated custodian is told to misbehave: one small file that it reads before whatever it does.

    {"fail": {"US0378331005": "deliver"}, "partial": {"US5949181045": "0.4"}, "no_cash": {"EQ-ALPHA": ""}, "late": 1}

Each saying stands until it is cleared; those that count (duplicate, contradict, malformed, restate) end with their
count.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from oms.base.money import parse_decimal
from oms.base.refusal import Refusal
from settlement import mail
from settlement.messages import Instruct

FILE = "says.json"
SIDES = ("deliver", "receive", "both")
STATEMENT_FAULTS = ("quantity", "cash", "missing", "extra", "currency", "day")
LONGEST, MOST_COUNT = 64, 100_000
# Saying -> what it means. A key is a security (ISIN or symbol), an account, an instruction, or * for all.
BY_KEY: Mapping[str, str] = {
    "fail": "settlement fails for lack of securities: LACK where we deliver, CLAC where we receive (value: which side)",
    "partial": "this share of the quantity settles, the rest lacks (value: from 0 to 1)",
    "no_cash": "what is paid for fails for lack of cash (MONY); by account",
    "strict": "the account delivers only what it holds, and pays only with what it has",
    "reject": "instructions are rejected (value: reason code, SAFE if none)",
    "unmatched": "the other side's instruction is missing (value: reason code, CMIS if none)",
    "deny_cancel": "requests to cancel are denied",
    "statement": f"the account's statements are wrong (value: {', '.join(STATEMENT_FAULTS)})",
}
COUNTED: Mapping[str, str] = {
    "duplicate": "this many answers come twice",
    "contradict": "this many answers are contradicted by another",
    "malformed": "this many answers are broken XML",
    "restate": "this many times it states the day that was closed last once more, as corrected statements",
}
FLAGS: Mapping[str, str] = {"late": "answers are kept back until this is cleared"}
EVERY: Mapping[str, str] = {**BY_KEY, **COUNTED, **FLAGS}


class Says(NamedTuple):
    """What it was told: keys with their values by saying, and counts."""

    keys: Mapping[str, Mapping[str, str]]
    counts: Mapping[str, int]

    def of(self, saying: str, it: Instruct) -> str | None:
        """The value of a saying that concerns the instruction, by any of its names; None if none does."""
        keys = self.keys.get(saying)
        if not keys:
            return None
        return next((keys[name] for name in (it.reference, it.isin, it.symbol, it.account, "*") if name in keys), None)

    def share(self, it: Instruct) -> Decimal | None:
        """What share of the instruction can settle."""
        value = self.of("partial", it)
        return None if value is None else Decimal(value)

    def fails(self, it: Instruct) -> bool:
        """Whether securities are lacking on its side."""
        return self.of("fail", it) in (it.direction, "both")

    def statement(self, account: str) -> list[str]:
        """What is wrong in the statements of an account."""
        return self.keys.get("statement", {}).get(account, "").split()

    @property
    def late(self) -> bool:
        """Whether answers are kept back."""
        return bool(self.counts.get("late"))


NOTHING = Says({}, {})


def read(home: Path) -> Says:
    """What stands in the file; nothing where there is none, or where somebody wrote what cannot be understood."""
    try:
        told = json.loads((home / FILE).read_text(encoding="utf-8") or "{}")
        keys = {name: dict(told.get(name, {})) for name in BY_KEY if told.get(name)}
        counts = {name: int(told[name]) for name in (*COUNTED, *FLAGS) if told.get(name)}
    except (FileNotFoundError, ValueError, TypeError, AttributeError):
        return NOTHING
    return Says(keys, counts)


def say(home: Path, saying: str, key: str = "", value: str = "") -> Refusal | None:
    """Tell it something; a refusal if it makes no sense. The file is replaced whole."""
    checked = _checked(saying, key.strip(), value.strip())
    if isinstance(checked, Refusal):
        return checked

    def edit(told: dict[str, Any]) -> None:
        if saying not in BY_KEY:
            told[saying] = checked
        elif saying == "statement":
            faults = dict.fromkeys([*told.setdefault(saying, {}).get(key, "").split(), str(checked)])
            told[saying][key] = " ".join(faults)
        else:
            told.setdefault(saying, {})[key] = checked

    _change(home, edit)
    return None


def clear(home: Path, saying: str = "", key: str = "") -> Refusal | None:
    """Take back a saying, of one key or of all; without a name, everything."""
    if saying and saying not in EVERY:
        return _unknown(saying)

    def edit(told: dict[str, Any]) -> None:
        if not saying:
            told.clear()
        elif key and saying in BY_KEY:
            told.get(saying, {}).pop(key, None)
        else:
            told.pop(saying, None)

    _change(home, edit)
    return None


def spend(home: Path, used: Mapping[str, int]) -> None:
    """Count down what was done."""
    if not any(used.values()):
        return

    def edit(told: dict[str, Any]) -> None:
        for name, count in used.items():
            told[name] = max(int(told.get(name, 0)) - count, 0)

    _change(home, edit)


def _checked(saying: str, key: str, value: str) -> str | int | Refusal:
    """The value to be kept."""
    if saying not in EVERY:
        return _unknown(saying)
    if saying in FLAGS:
        return 1
    if saying in COUNTED:
        text = value or key or "1"
        if not (text.isascii() and text.isdecimal() and 0 < int(text[:9]) <= MOST_COUNT):
            return Refusal("BAD_VALUE", "value", f"{saying}: how many, from 1 to {MOST_COUNT}")
        return int(text)
    if not key or len(key) > LONGEST or not key.isprintable():
        return Refusal("MISSING", "key", f"{saying} of what? Name an ISIN, a symbol, an account or a reference")
    return _keyed(saying, value)


def _keyed(saying: str, value: str) -> str | Refusal:
    if saying == "fail":
        value = value or SIDES[0]
        return value if value in SIDES else Refusal("BAD_VALUE", "value", f"fail: one of {', '.join(SIDES)}")
    if saying == "partial":
        share = parse_decimal(value, "value")
        if isinstance(share, Refusal) or not 0 <= share <= 1:
            return Refusal("BAD_VALUE", "value", "partial: a share from 0 to 1, as 0.4")
        return value
    if saying == "statement":
        if value not in STATEMENT_FAULTS:
            return Refusal("BAD_VALUE", "value", f"statement: one of {', '.join(STATEMENT_FAULTS)}")
        return value
    if saying in ("reject", "unmatched"):
        code = value or {"reject": "SAFE", "unmatched": "CMIS"}[saying]
        four = len(code) == 4 and code.isascii() and code.isalpha() and code.isupper()
        return code if four else Refusal("BAD_VALUE", "value", f"{saying}: a reason of four letters, as SAFE")
    return ""


def _unknown(saying: str) -> Refusal:
    return Refusal("BAD_VALUE", "say", f"no saying {saying[:20]!a}; there are {', '.join(EVERY)}")


def _change(home: Path, edit: Any) -> None:
    def edited(before: bytes) -> bytes:
        try:
            told = json.loads(before or b"{}")
        except ValueError:
            told = {}
        told = told if isinstance(told, dict) else {}
        edit(told)
        return json.dumps({name: value for name, value in told.items() if value}, indent=1).encode()

    mail.change(home / FILE, edited)
