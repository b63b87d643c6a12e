"""How much waits for somebody on each page: the numbers beside the tabs."""

from oms.blotter.ops.settlements import WAITS
from settlement.instruction import Instruction


def attention() -> dict[str, int]:
    """Rows that ask for somebody, by page. A SELECT a page."""
    return {"settlements": Instruction.objects.filter(state__in=WAITS).count()}
