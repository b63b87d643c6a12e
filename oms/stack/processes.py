"""The processes of the system, as data: the demo runs them, docker-compose.yml repeats them, and a test
compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass

OUR_COMP_ID = "OMS"
VENUES = ("XNAS", "XNYS", "BATS")
FEED = "FEED"
QUEUES = ("routing", "record", "settlement", "watch")


@dataclass(frozen=True, slots=True)
class Program:
    """One process: its name, its command line, and what must be ready before it (see ``process.Process``)."""

    name: str
    argv: tuple[str, ...]
    after: tuple[str, ...] = ("seed",)
    once: bool = False


def programs(host: str, port: int, beat_file: str) -> list[Program]:
    """All of them in the order of their start, without the two servers.

    ``host`` and ``port`` are where the web process listens; ``beat_file`` is where Celery's beat remembers
    its last run.
    """
    return [
        # In one process: to load Django twice would cost a restart a second.
        Program("seed", _manage("seed", "--migrate"), ("postgres", "valkey"), once=True),
        # It keeps no tables: it recovers while the tables are brought up to date, and reads what it trades when told.
        Program("exchange", _manage("exchange"), ()),
        *(Program(f"gateway-{code.lower()}", _manage("gateway", code)) for code in (*VENUES, FEED)),
        Program("clients", _manage("fix_acceptor")),
        Program("custodian", _manage("custodian")),
        Program("worker", _worker(beat_file)),
        Program("drain", _manage("drain")),
        Program("live", _manage("live")),
        Program("web", _web(host, port)),
        Program("flow", _manage("flow"), ("web",)),
    ]


def _manage(*words: str) -> tuple[str, ...]:
    return ("python", "manage.py", *words)


def _worker(beat_file: str) -> tuple[str, ...]:
    """Early acknowledgement is Celery's default: the tasks carry no business data, and the drain covers a
    lost one.

    Gossip and mingle are for many workers that talk to each other; here they only slow the start. So would Django's
    checks in each process: they load every address of the web. ``seed`` runs them once a start.
    """
    options = (
        "-c",
        "2",
        "-B",
        "-s",
        beat_file,
        "-Q",
        ",".join(QUEUES),
        "--without-gossip",
        "--without-mingle",
    )
    return (
        "python",
        "-m",
        "celery",
        "--quiet",
        "--skip-checks",
        "-A",
        "oms",
        "worker",
        *options,
        "--loglevel",
        "WARNING",
    )


def _web(host: str, port: int) -> tuple[str, ...]:
    """The websocket limits bound what a client can make us keep; deflate would cost half a MiB for each
    socket.
    """
    sockets = (
        "--ws-max-size",
        "65536",
        "--ws-max-queue",
        "32",
        "--ws-per-message-deflate",
        "false",
        "--no-proxy-headers",
    )
    quiet = ("--lifespan", "off", "--no-access-log", "--log-level", "warning")
    address = ("--host", host, "--port", str(port))
    return ("python", "-m", "uvicorn", "oms.asgi:application", *address, *sockets, *quiet)
