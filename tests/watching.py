"""What is left of a worker that dies or hangs, and of a test that failed once: where it was, and what it said last.

A worker that dies says nothing by itself: pytest has its output. And no timeout of pytest's reaches a test that waits
within C, in QuickFIX say, with its signals held back: a watch of its own ends such a worker, so that the run goes on
with another and names the test.
"""

import faulthandler
import logging
import os
from collections.abc import Generator
from pathlib import Path
from typing import IO, Any

import pytest

GRACE_S = 120
_last_words: list[IO[str]] = []


def _path(worker: str) -> Path:
    return Path(os.environ.get("OMS_HOME", ".oms-test")) / f"last-words-{worker}.txt"


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        return
    _last_words.append(_path(worker).open("w", buffering=1))
    faulthandler.enable(_last_words[0])
    handler = logging.StreamHandler(_last_words[0])
    handler.setLevel(logging.CRITICAL)
    logging.getLogger().addHandler(handler)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, Any, Any]:
    if not _last_words:
        return (yield)
    marked = item.get_closest_marker("timeout")
    limit = float(marked.args[0] if marked else item.config.getini("timeout"))
    faulthandler.dump_traceback_later(limit + GRACE_S, exit=True, file=_last_words[0])
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()


@pytest.hookimpl(optionalhook=True)
def pytest_handlecrashitem(crashitem: str, report: pytest.TestReport, sched: Any) -> None:
    """In the process that hands out the tests: show what there is of whoever ran this one."""
    worker = getattr(getattr(report, "node", None), "gateway", None)
    path = _path(worker.id) if worker else None
    report.longrepr = f"{report.longrepr}\n{path.read_text() if path and path.exists() else 'it left no word'}"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """A test that passed when it was run again has failed once, and somebody must be able to see how."""
    for report in terminalreporter.stats.get("rerun", ()):
        terminalreporter.section(f"failed once: {report.nodeid}")
        terminalreporter.write_line(report.longreprtext)
