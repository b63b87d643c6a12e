"""Instruments as a request names them: SYMBOL, or SYMBOL.MIC where several markets have one."""

from collections.abc import Iterable

from oms.base.refusal import Refusal
from orders.models import Instrument


def instruments(names: Iterable[str], field: str = "instrument") -> dict[str, int | Refusal]:
    """The key of each instrument by the name it was given, or why it has none. One SELECT."""
    wanted = {name for name in names if name}
    symbols = wanted | {name.rpartition(".")[0] for name in wanted}
    rows = list(Instrument.objects.filter(symbol__in=symbols).values_list("pk", "symbol", "primary_mic"))
    return {name: _one(name, field, rows) for name in wanted}


def _one(name: str, field: str, rows: list[tuple[int, str, str]]) -> int | Refusal:
    found = [row for row in rows if name in (row[1], f"{row[1]}.{row[2]}")]
    if not found:
        return Refusal("UNKNOWN_INSTRUMENT", field, f"no instrument {name[:40]!a}")
    if len(found) > 1:
        names = ", ".join(f"{symbol}.{mic}" for _, symbol, mic in found)
        return Refusal("AMBIGUOUS_INSTRUMENT", field, f"{name[:40]!a} may be {names}")
    return found[0][0]
