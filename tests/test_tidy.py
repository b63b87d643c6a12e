"""House rules that protect correctness, as tests. Each names what to do instead."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("oms", "orders", "risk", "routing", "settlement")
KERNELS = (
    "orders/lifecycle.py", "orders/positions.py", "orders/rollup.py", "orders/journal.py", "orders/identifiers.py",
    "orders/filter.py", "orders/adjust.py", "orders/trading_hours.py",
    "routing/choose.py", "routing/quotes.py", "routing/fix/codec.py", "routing/exchange/book.py",
    "settlement/calendars.py", "settlement/cycles.py", "settlement/fees.py", "settlement/accrued.py",
    "settlement/net.py", "settlement/recon/items.py", "settlement/recon/matching.py", "risk/terms.py", "risk/context.py", "risk/result.py", "risk/caselife.py",
    "settlement/allocation/shares.py", "settlement/allocation/money.py",
    "settlement/answer.py", "settlement/netting.py", "settlement/parties.py", "settlement/parts.py", "settlement/penalty.py",
    "risk/dayresult.py", "risk/losslevels.py",
)  # fmt: skip
LONGEST_FILE, LONGEST_FUNCTION = 400, 70


def sources() -> list[Path]:
    found = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")) if "migrations" not in path.parts]
    assert len(found) > 50
    return found


def calls(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and dotted name of every call."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)


BANS = [
    # what is called, where it may be, and what to do instead
    (r"(.*\.)?select_for_update", {"oms/base/locks.py"}, "lock through oms.base.locks.locked: it fixes the order"),
    (r"datetime\.(now|utcnow|today)|date\.today|time\.time", {"oms/base/clock.py"}, "take the time as an argument, or oms.base.clock.now"),
    (r"(.*\.)?bulk_update", set(), "use oms.base.sets.update: bulk_update builds a CASE branch a row"),
    (r"time\.sleep", set(), "wait for the event, or on a bell"),
    (r"receiver|.*\.connect_signal", set(), "call it: business logic does not hang on signals"),
    (r"float", {"oms/management/bench/figure.py"}, "use Decimal"),
]  # fmt: skip
# Seconds and percentages of machines are not money: these rooms may measure time in floats and read the clock.
MACHINERY = ("oms/stack/", "oms/management/bench/", "oms/blotter/", "routing/exchange/", "routing/fix/", "routing/gateway/", "oms/management/commands/")  # fmt: skip


@pytest.mark.parametrize(("pattern", "allowed", "instead"), BANS, ids=[ban[0] for ban in BANS])
def test_what_is_not_called_here(pattern: str, allowed: set[str], instead: str) -> None:
    banned = re.compile(pattern)
    of_money = pattern == "float" or "datetime" in pattern or "sleep" in pattern
    found = [
        f"{path.relative_to(ROOT)}:{line} calls {name}: {instead}"
        for path in sources()
        if (where := str(path.relative_to(ROOT))) not in allowed and not (of_money and where.startswith(MACHINERY))
        for line, name in calls(ast.parse(path.read_text()))
        if banned.fullmatch(name)
    ]
    assert found == []


def test_no_status_is_ever_assigned() -> None:
    """OrdStatus is derived; phase and quantities change in the lifecycle kernel and the book only."""
    owners = {"orders/lifecycle.py", "orders/book.py"}
    facts = {"ord_status", "leaves_qty", "avg_px", "phase", "cum_qty", "cancels_pending", "replaces_pending"}
    found = []
    for path in sources():
        where = str(path.relative_to(ROOT))
        # The venues and the model that the stream is compared with are others' books, not ours.
        if where in owners or where.startswith(("routing/exchange/", "oms/management/bench/adversary/")):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            targets = node.targets if isinstance(node, ast.Assign) else []
            found += [f"{where}:{t.lineno}" for t in targets if isinstance(t, ast.Attribute) and t.attr in facts]
    assert found == []


def test_kernels_are_pure() -> None:
    """No Django, no clock, no input or output in the files that decide."""
    impure = re.compile(
        r"^\s*(import|from) (django|celery|redis|psycopg2|socket|requests|oms\.base\.(clock|sets|bell|locks))"
    )
    for kernel in KERNELS:
        lines = (ROOT / kernel).read_text().splitlines()
        assert [f"{kernel}: {line}" for line in lines if impure.match(line)] == []


def test_rooms_are_small() -> None:
    """Files and functions a reader can hold in mind. A longer one is split, or the limit is argued about here."""
    found = []
    for path in sources():
        text = path.read_text()
        where = path.relative_to(ROOT)
        if text.count("\n") > LONGEST_FILE:
            found.append(f"{where} has {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > LONGEST_FUNCTION:
                    found.append(f"{where}:{node.lineno} {node.name} has {length} lines")
    assert found == []


def test_every_module_and_public_function_says_what_it_is_for() -> None:
    found = []
    for path in sources():
        tree = ast.parse(path.read_text())
        where = path.relative_to(ROOT)
        if path.read_text().strip() and not ast.get_docstring(tree):
            found.append(f"{where} has no docstring")
        for node in tree.body:
            public = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
            if public and not ast.get_docstring(node) and node.name not in ("Command", "Meta"):
                found.append(f"{where}:{node.lineno} {node.name}")
    assert found == []


def test_every_constraint_has_a_name_of_its_own() -> None:
    names = [
        keyword.value.value
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("CheckConstraint", "UniqueConstraint"))
        for keyword in node.keywords
        if keyword.arg == "name" and isinstance(keyword.value, ast.Constant)
    ]
    assert len(names) > 40
    by_name = {name for name in names if names.count(name) > 1 and name not in SHARED_NAMES}
    assert by_name == set()


SHARED_NAMES: set[str] = set()


def test_the_text_speaks_of_the_project_alone() -> None:
    """No unfinished business in the code: what is missing stands in the documents."""
    word = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sources()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if word.search(line)
    ]
    assert found == []
