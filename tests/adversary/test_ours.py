"""The adversarial stream through the desk and the real database ends as the independent model says."""

from collections.abc import Callable

import pytest

from oms.management.bench.adversary import score
from oms.management.bench.adversary.model import books as model
from oms.management.bench.adversary.ours import Ours
from oms.management.bench.adversary.stream import SHARES, stream
from oms.management.bench.world import world

pytestmark = pytest.mark.django_db
HARSH = dict.fromkeys(SHARES, 0.1)


@pytest.mark.parametrize(("orders", "seed", "shares"), [(400, 1, SHARES), (300, 2, HARSH)], ids=["mixed", "harsh"])
def test_every_order_position_and_alert_is_as_the_model_says(
    orders: int, seed: int, shares: dict[str, float], books: Callable[[], None]
) -> None:
    made = stream(orders, seed, shares)
    expected = model(made.messages)
    run = Ours(world().actor, seed)
    run.drive(made.messages)
    result = score.ours(expected, run)
    assert list(score.examples(result, made.kinds)) == []
    assert run.not_asked == []
    assert result._replace(wrong={}) == score.Score(1.0, 1.0, 1.0, 0, {})
    # About an order that nobody sent there is nothing to compare with: it is said again.
    assert run.answers["DUPLICATE_EXEC_ID"] + run.answers["UNKNOWN_ORDER"] >= expected.repeats > 0
    books()


def test_the_score_finds_what_is_wrong() -> None:
    """Held against another stream's model, the books are not said to be right."""
    run = Ours(world().actor)
    run.drive(stream(40, 1).messages)
    result = score.ours(model(stream(40, 2).messages), run)
    assert result.orders < 0.5
    assert result.positions < 0.5
    assert len(result.wrong) > 20
