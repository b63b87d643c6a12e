"""What the watches share about breaches: what a rule's breach leads to, deadlines, alerts, and who sees which case."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Q

from oms.base import bell
from oms.base.money import plain
from oms.desk import alerts
from oms.desk.asked import Actor
from orders.models import Alert
from orders.vocabulary import Role
from risk.caselife import Verb, Who
from risk.cases import Told
from risk.models import Breach, BreachPolicy
from settlement.calendars import Unsupported
from settlement.standing import standing

FIRM_WIDE = frozenset({Role.COMPLIANCE, Role.OPERATIONS, Role.AUDITOR})
_CODES = {"open": "", Verb.WORSEN: "", Verb.CLEAN: "BREACH_OVER", Verb.OVERDUE: "BREACH_OVERDUE"}
_WORDS = {"open": "breach", Verb.WORSEN: "graver breach", Verb.CLEAN: "breach over", Verb.OVERDUE: "breach overdue"}


# More alerts of one kind in one look than anybody reads are told as one.
MANY = 5


class Policy(NamedTuple):
    """What a breach leads to."""

    action: str = BreachPolicy.Action.ALERT
    cure_days: int | None = None
    calendar: str = "US"


class Policies(NamedTuple):
    """The policies by control and rule; a rule's own comes before its control's."""

    by_rule: dict[tuple[str, int | None], Policy]

    def of(self, control: str, rule_id: int | None) -> Policy:
        """The policy that holds; without one, an alert and no deadline."""
        return self.by_rule.get((control, rule_id)) or self.by_rule.get((control, None)) or Policy()


def policies(controls: Iterable[str]) -> Policies:
    """The policies of these controls. One SELECT."""
    rows = BreachPolicy.objects.filter(control__in=set(controls))
    columns = ("control", "rule_id", "action", "cure_days", "calendar")
    return Policies({(control, rule): Policy(*rest) for control, rule, *rest in rows.values_list(*columns)})


def deadline(policy: Policy, day: date) -> date | None:
    """The last day on which it may be cured; None where nobody set one. A calendar that ends earlier has the last."""
    if policy.cure_days is None:
        return None
    calendars = standing().calendars
    calendar = calendars.get(policy.calendar) or calendars["US"]
    try:
        return calendar.add(day, policy.cure_days)
    except Unsupported:
        return calendar.valid_to


def number(value: Decimal | str | None) -> str:
    """A number of a finding as a case shows it: four places; the finding keeps all of them."""
    return (plain(round(value, 4)) or "") if isinstance(value, Decimal) else value or ""


def alert(breach: Breach, verb: str, at: datetime, more: int = 0) -> tuple[Any, ...]:
    """A row for the desk's page (oms/desk/alerts.py); ``more`` others of the same kind go with it."""
    grave = verb in ("open", Verb.WORSEN, Verb.OVERDUE)
    hard = breach.outcome == "hard" or verb == Verb.OVERDUE
    severity = Alert.Severity.INFO if not grave else Alert.Severity.CRITICAL if hard else Alert.Severity.WARNING
    others = f" and {more} more" if more else ""
    text = f"{_WORDS[Verb(verb) if verb != 'open' else 'open']} {breach.pk}{others}: {breach.control} {breach.text}"
    code = _CODES[Verb(verb) if verb != "open" else "open"] or breach.reason_code
    payload = {"breach": breach.pk, "kind": breach.kind, "origin": breach.origin, "action": breach.action}
    return at, severity.value, "breach", code, breach.desk_id, breach.order_id, text[:500], payload, ""


def tell(told: Sequence[Told], at: datetime) -> None:
    """An alert for the desk of each breach that is new, graver or over; many of a kind as one. One statement."""
    kinds: dict[tuple[Any, ...], list[Breach]] = defaultdict(list)
    for one in told:
        kinds[one.breach.desk_id, one.breach.control, one.breach.rule_id, one.verb].append(one.breach)
    rows = []
    for (*_, verb), some in kinds.items():
        rows += [alert(one, verb, at) for one in some[: 1 if len(some) > MANY else MANY]]
        if len(some) > MANY:
            rows[-1] = alert(some[0], verb, at, more=len(some) - 1)
    alerts.save(rows)
    if any(one.breach.action == "hold" for one in told):
        bell.ring_on_commit("route")


def who(actor: Actor) -> Who:
    """The actor as the kernel of cases knows it."""
    return Who(actor.user_id, actor.username, actor.role, actor.is_superuser)


def visible(actor: Actor) -> Q:
    """The cases an actor sees: those who watch over the firm all of them, everyone else those of their desks."""
    if actor.is_superuser or actor.role in FIRM_WIDE:
        return Q()
    return Q(desk_id__in=actor.desk_ids)
