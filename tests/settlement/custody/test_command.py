"""The command that tells the simulated custodian to misbehave."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command


def said(home: Path, *words: str) -> dict[str, object]:
    out = StringIO()
    call_command("custodian_says", *words, folder=home, stdout=out)
    return json.loads(out.getvalue())


def test_it_is_told_shown_and_cleared(tmp_path: Path) -> None:
    assert said(tmp_path) == {}
    said(tmp_path, "fail", "AAPL", "both")
    said(tmp_path, "statement", "ALPHA", "cash")
    said(tmp_path, "statement", "ALPHA", "day")
    assert said(tmp_path, "malformed", "2") == {
        "fail": {"AAPL": "both"}, "statement": {"ALPHA": "cash day"}, "malformed": 2,
    }  # fmt: skip
    assert said(tmp_path, "clear", "statement", "ALPHA") == {"fail": {"AAPL": "both"}, "malformed": 2}
    assert said(tmp_path, "clear") == {}


def test_what_makes_no_sense_is_an_error_with_the_words(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no saying 'burn'; there are fail, partial"):
        said(tmp_path, "burn", "AAPL")
    with pytest.raises(CommandError, match="a share from 0 to 1"):
        said(tmp_path, "partial", "AAPL", "40%")
