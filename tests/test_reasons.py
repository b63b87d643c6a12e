"""The catalogue of reason codes: its page in step, and no door speaks of a code that is not in it."""

from django.core.management import call_command

from oms.base.refusal import REASONS
from oms.fix.codes import CXL_REJ_REASONS, ORD_REJ_REASONS
from oms.management.commands import reason_codes


def test_the_page_is_in_step() -> None:
    """Run manage.py reason_codes when this fails."""
    call_command("reason_codes", check=True)
    assert reason_codes.page().count("\n| `") == len(REASONS)


def test_fix_has_numbers_for_codes_of_the_catalogue_only() -> None:
    assert set(ORD_REJ_REASONS) | set(CXL_REJ_REASONS) <= set(REASONS)
