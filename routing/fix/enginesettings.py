"""What QuickFIX is told of an engine and its links: its settings, and which of its classes runs them."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from routing.fix import transform
from routing.fix.binding import quickfix
from routing.fix.link import Link, Tls

LOGOUT_S = 2


def tls_of(links: Iterable[Link]) -> Tls | None:
    """The TLS that the links of one engine share; ValueError if they do not."""
    found = {link.tls for link in links}
    if len(found) > 1:
        raise ValueError("the links of one engine share its TLS settings")
    return found.pop() if found else None


def kind(role: str, tls: Tls | None) -> Any:
    """The class that runs them. The threaded initiator: the other never connects again after a Logout."""
    secure = "SSL" if tls else ""
    return getattr(quickfix, f"{secure}SocketAcceptor" if role == "acceptor" else f"Threaded{secure}SocketInitiator")


def write(role: str, store: Path, links: Iterable[Link], session_ids: Mapping[str, Any], placeholder_port: int) -> Any:
    """The settings of an engine for ``links``, its store in ``store``. ValueError for rules that make no sense."""
    links = list(links)
    # The store keeps what was sent, our own passwords among it.
    store.mkdir(parents=True, exist_ok=True, mode=0o700)
    tls = tls_of(links)
    common = {
        "ConnectionType": role, "FileStorePath": str(store), "UseDataDictionary": "Y",
        # Tags we do not know reach us as they are; what is wrong with those we know is rejected.
        "AllowUnknownMsgFields": "Y", "ValidateUserDefinedFields": "N",
        "SocketNodelay": "Y", "SocketReuseAddress": "Y", "ReconnectInterval": "1", "TimestampPrecision": "6",
        "LogonTimeout": "5", "LogoutTimeout": str(LOGOUT_S),
    } | (tls.settings(role) if tls else {})  # fmt: skip
    settings = quickfix.SessionSettings()
    settings.set(_dictionary(common))
    for link in links:
        wrong = transform.problems(list(link.transforms))
        if wrong:
            raise ValueError(f"{link.name}: {wrong[0]}")
        settings.set(session_ids[link.name], _dictionary(link.settings(role, placeholder_port)))
    return settings


def _dictionary(values: Mapping[str, str]) -> Any:
    made = quickfix.Dictionary()
    for name, value in values.items():
        made.setString(name, value)
    return made
