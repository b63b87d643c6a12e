"""What one FIX session is, and what QuickFIX is told of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from routing.fix.dictionary import FILES, HERE
from routing.fix.parts import FIX44, FIX50, VERSIONS
from routing.fix.versions import BEGIN_STRING

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d", re.ASCII)
# CertificateVerifyLevel, as the code has it: 0 takes anybody, 1 wants a certificate, 2 would do without one.
VERIFY_NONE, VERIFY_REQUIRED = 0, 1


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files. ``authorities`` signed the other side's certificate; without them nobody's is looked at.

    An acceptor needs certificate and key. An initiator shows its own if it has one. QuickFIX checks who signed a
    certificate, not the name in it: give each counterparty an authority of its own.
    """

    certificate: str = ""
    key: str = ""
    authorities: str = ""

    def settings(self, role: str) -> dict[str, str]:
        """The settings of QuickFIX. Raises ValueError for a file that is not there."""
        side = "Server" if role == "acceptor" else "Client"
        if role == "acceptor" and not (self.certificate and self.key):
            raise ValueError("an acceptor with TLS needs a certificate and its key")
        named = {
            f"{side}CertificateFile": self.certificate,
            f"{side}CertificateKeyFile": self.key,
            "CertificationAuthoritiesFile": self.authorities,
        }
        for path in named.values():
            if path and not Path(path).is_file():
                raise ValueError(f"there is no file {path}")
        level = VERIFY_REQUIRED if self.authorities else VERIFY_NONE
        return {key: path for key, path in named.items() if path} | {"CertificateVerifyLevel": str(level)}


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a session may be up, UTC. Equal times mean always; numbers begin at 1 with each new session.

    With days it is one session from ``start_day`` at ``start`` to ``end_day`` at ``end``, else one each day.
    """

    start: str = "00:00:00"
    end: str = "00:00:00"
    start_day: str = ""
    end_day: str = ""

    def __post_init__(self) -> None:
        if not (_CLOCK.fullmatch(self.start) and _CLOCK.fullmatch(self.end)):
            raise ValueError(f"{self.start} to {self.end}: not times of day as HH:MM:SS")
        if bool(self.start_day) != bool(self.end_day) or not {self.start_day, self.end_day} <= {*DAYS, ""}:
            raise ValueError(f"{self.start_day!r} to {self.end_day!r}: neither no days nor two")

    def settings(self) -> dict[str, str]:
        """The settings of QuickFIX."""
        days = {"StartDay": self.start_day, "EndDay": self.end_day} if self.start_day else {}
        return {"StartTime": self.start, "EndTime": self.end, "UseLocalTime": "N"} | days


@dataclass(frozen=True, slots=True)
class Link:
    """One FIX session as we see it. ``name`` is ours; a link that is not durable starts at 1 with each logon.

    ``username`` and ``password`` go into an initiator's Logon (553, 554). ``addresses``: who may connect to an
    acceptor's session, none meaning anybody. ``transforms``: rules of ``routing.fix.transform``.
    """

    name: str
    sender_comp_id: str
    target_comp_id: str
    host: str = "127.0.0.1"
    port: int = 9870
    durable: bool = True
    heartbeat_s: int = 30
    version: str = FIX44
    tls: Tls | None = None
    schedule: Schedule = field(default_factory=Schedule)
    addresses: tuple[str, ...] = ()
    transforms: Sequence[Mapping[str, Any]] = ()
    username: str = ""
    password: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.version not in VERSIONS:
            raise ValueError(f"{self.name}: version {self.version!r} is none of {', '.join(VERSIONS)}")

    @property
    def begin_string(self) -> str:
        """BeginString (8): FIXT.1.1 carries FIX 5.0."""
        return BEGIN_STRING[self.version]

    @property
    def file_name(self) -> str:
        """How QuickFIX begins the names of this link's files."""
        return f"{self.begin_string}-{self.sender_comp_id}-{self.target_comp_id}"

    def settings(self, role: str, accept_port: int) -> dict[str, str]:
        """The settings of QuickFIX for the session."""
        transport, application = (str(HERE / name) for name in FILES[self.version])
        own = {"HeartBtInt": str(self.heartbeat_s)} | self.schedule.settings()
        if self.version == FIX50:
            own |= {"TransportDataDictionary": transport, "AppDataDictionary": application}
            own["DefaultApplVerID"] = "FIX.5.0SP2"
        else:
            own["DataDictionary"] = application
        if not self.durable:
            own |= {"ResetOnLogon": "Y", "PersistMessages": "N"}
        # For a durable link ResetOnLogon (default N) is not named: it would undo what the engine sets later.
        if role == "initiator":
            return own | {"SocketConnectHost": self.host, "SocketConnectPort": str(self.port)}
        own["SocketAcceptPort"] = str(accept_port)
        if self.addresses:
            own["AllowedRemoteAddresses"] = ",".join(self.addresses)
        return own
