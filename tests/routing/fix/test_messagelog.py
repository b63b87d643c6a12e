"""The log: no password in it, and no file that grows for ever."""

from pathlib import Path

from routing.fix.codec import SOH
from routing.fix.messagelog import RotatingFile, masked


def test_passwords_are_masked_and_nothing_else_is() -> None:
    logon = f"8=FIX.4.4{SOH}35=A{SOH}553=me{SOH}554=s3cret{SOH}925=n3w{SOH}96=raw{SOH}1554=x{SOH}10=000{SOH}"
    assert masked(logon) == logon.replace("s3cret", "***").replace("n3w", "***").replace("96=raw", "96=***")
    order = f"8=FIX.4.4{SOH}35=D{SOH}58=554=x{SOH}"
    assert masked(order) == order


def test_a_full_file_makes_room_for_the_next(tmp_path: Path) -> None:
    log = RotatingFile(tmp_path / "log", largest=100, kept=3)
    for number in range(20):
        log.write(f"line {number:02d} {'x' * 20}")
    log.close()
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["log", "log.1", "log.2", "log.3"]
    assert all(path.stat().st_size <= 100 for path in tmp_path.iterdir())
    assert "line 19" in (tmp_path / "log").read_text()
    assert (tmp_path / "log").stat().st_mode & 0o077 == 0


def test_a_log_goes_on_where_it_was(tmp_path: Path) -> None:
    for _ in range(2):
        log = RotatingFile(tmp_path / "log")
        log.write("once")
        log.close()
    assert (tmp_path / "log").read_text().count("once") == 2
