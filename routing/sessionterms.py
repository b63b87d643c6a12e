"""What the row of a FIX session may say: each fault by its field, with what would be valid.

The admin refuses such a row with these words. The processes that run sessions ask again: a row can be written past
every form, and one bad row must not keep the others from running.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from routing.fix import transform
from routing.fix.link import DAYS, Schedule
from routing.fix.parts import FIX44, VERSIONS

Faults = dict[str, list[str]]
# CompIDs become names of files of the engine's store, and a code is a part of names of files and bells.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}", re.ASCII)
_TEXT = re.compile(r"[ -~]{0,64}", re.ASCII)
_FINGERPRINT = re.compile(r"[0-9a-f]{64}", re.ASCII)
_SUBJECT = re.compile(r"CN=[ -~]{1,190}", re.ASCII)
_NAME_SAYS = "1 to 32 letters, digits, '.', '_' or '-', beginning with a letter or digit, such as BUYSIDE1"
_CLOCK_SAYS = "a time of day in UTC as HH:MM:SS, such as 08:30:00"


def client(row: Any, accounts: Callable[[Iterable[str]], set[str]]) -> Faults:
    """What is wrong with the row of a client's session. ``accounts`` answers which codes there are of those asked."""
    faults = _common(row)
    _put(faults, "addresses", _addresses(row.addresses))
    _put(faults, "certificate", _certificate(row.certificate, row.tls))
    _put(faults, "account_map", _account_map(row.account_map, row.purpose, accounts))
    if row.password and not row.username:
        _put(faults, "username", "a session with a password needs the Username (553) that goes with it")
    return faults


def venue(row: Any) -> Faults:
    """What is wrong with the row of a session to a venue."""
    faults = _common(row)
    if not 1 <= (row.port or 0) <= 65_535:
        _put(faults, "port", "a port is a number from 1 to 65535")
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,80}", row.host or "", re.ASCII):
        _put(faults, "host", "an address or host name such as 203.0.113.7 or fix.venue.example")
    if row.purpose == "market_data" and row.version != FIX44:
        _put(faults, "version", f"market data is spoken in {FIX44}")
    return faults


def plain_certificate(text: str) -> str:
    """A fingerprint without colons in lower case, as it is compared; a subject as it is."""
    return text.replace(":", "").lower() if not text.startswith("CN=") else text


def first(faults: Mapping[str, list[str]]) -> str:
    """The faults in one line, for a log or a column."""
    return "; ".join(f"{field}: {texts[0]}" for field, texts in faults.items())[:200]


def _common(row: Any) -> Faults:
    faults: Faults = {}
    for name in ("code", "sender_comp_id", "target_comp_id"):
        if not _NAME.fullmatch(str(getattr(row, name) or "")):
            _put(faults, name, _NAME_SAYS)
    if row.version not in VERSIONS:
        _put(faults, "version", f"one of {', '.join(VERSIONS)}")
    if not _TEXT.fullmatch(str(row.username)):
        _put(faults, "username", "at most 64 characters of printable ASCII")
    for name, texts in _schedule(row).items():
        _put(faults, name, *texts)
    _put(faults, "transforms", *(_transforms(row.transforms)))
    return faults


def _schedule(row: Any) -> Faults:
    faults: Faults = {}
    for name in ("start", "end"):
        try:
            Schedule(**{name: str(getattr(row, name))})
        except ValueError:
            _put(faults, name, _CLOCK_SAYS)
    for name in ("start_day", "end_day"):
        if getattr(row, name) not in ("", *DAYS):
            _put(faults, name, f"nothing, or one of {', '.join(DAYS)}")
    if not faults and bool(row.start_day) != bool(row.end_day):
        _put(faults, "end_day" if row.start_day else "start_day", "name both days of a weekly session, or neither")
    return faults


def _transforms(rules: Any) -> list[str]:
    problems = transform.problems(rules)
    example = '[{"direction": "out", "msg_type": ["8"], "rename": {"1": "5001"}}]'
    return [f"{problem}. A list of rules, such as {example}" for problem in problems]


def _addresses(addresses: Any) -> str:
    """QuickFIX listens on IPv4 and compares addresses as text."""
    valid = 'a list of IPv4 addresses such as ["203.0.113.7"]; [] for any'
    if not isinstance(addresses, list):
        return valid
    for one in addresses:
        try:
            good = isinstance(one, str) and str(ipaddress.IPv4Address(one)) == one
        except ValueError:
            good = False
        if not good:
            return f"{str(one)[:40]!a} is no IPv4 address: {valid}"
    return ""


def _certificate(text: Any, tls: bool) -> str:
    if text and not (_FINGERPRINT.fullmatch(plain_certificate(str(text))) or _SUBJECT.fullmatch(str(text))):
        return "the SHA-256 fingerprint of the client's certificate (64 hexadecimal digits), or its subject as CN=name"
    if text and not tls:
        return "a certificate is shown on the TLS port alone: tick TLS, or leave this empty"
    return ""


def _account_map(names: Any, purpose: str, accounts: Callable[[Iterable[str]], set[str]]) -> str:
    valid = 'an object of their name and our account, such as {"FUND-A": "EQ-CORE"}'
    if not isinstance(names, dict) or not all(isinstance(ours, str) for ours in names.values()):
        return valid
    strange = [theirs for theirs in names if not theirs or not _TEXT.fullmatch(theirs)]
    if strange:
        return f"{strange[0][:40]!a} cannot be said in Account (1): at most 64 characters of printable ASCII"
    # A database is not asked for text that it could not hold.
    told = {ours for ours in names.values() if _TEXT.fullmatch(ours)}
    unknown = sorted(set(names.values()) - accounts(told)) if names else []
    if unknown:
        return f"there is no account {unknown[0][:40]!a}: {valid}"
    if len(set(names.values())) < len(names):
        return "two names for one account: a report could not say which; name each account once"
    if purpose == "drop_copy_out" and not names:
        return "a drop copy needs the accounts it gets copies of"
    return ""


def _put(faults: Faults, name: str, *texts: str) -> None:
    found = [text for text in texts if text]
    if found:
        faults.setdefault(name, []).extend(found)
