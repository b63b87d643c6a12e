"""What operations does over REST: import instruments, and throw the switch of the order flow."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from oms.api import listing, pages, schema
from oms.api.access import EVERYONE, OPERATIONS
from oms.api.answers import answer
from oms.api.fields import Field, Read, flag, take
from oms.api.problems import Problem, error_body
from oms.api.views import View, csv_body, object_body
from oms.base.clock import now
from oms.base.refusal import Refusal
from oms.models import FLOW, Switch
from orders import identifiers, importing
from orders.instrument_rows import Action, Verdict
from routing import universe


def _mic(raw: str, name: str) -> str | Refusal:
    return raw if identifiers.mic(raw) else Refusal("BAD_VALUE", name, f"{name} must be a MIC, such as XNAS")


OPTIONS: dict[str, Read] = {"dry_run": listing.switch, "mic": _mic}


class ImportInstruments(View):
    """Instruments as a table."""

    access = {"POST": OPERATIONS}

    @extend_schema(**schema.IMPORT_INSTRUMENTS)
    def post(self, request: Request) -> HttpResponse:
        """Import the instruments of a CSV; with ``dry_run=1`` only say what would become of each row."""
        query = pages.read(request, OPTIONS, single=frozenset(OPTIONS))
        dry_run = bool(query.one("dry_run"))
        outcome = importing.run(
            csv_body(request), mic=query.one("mic") or "XNAS", dry_run=dry_run, user=self.user(request)
        )
        if outcome.refusals:
            busy = outcome.refusals[0].code == "BUSY"
            raise Problem.of(outcome.refusals, 503 if busy else 400)
        if not dry_run and outcome.count(Action.NEW) + outcome.count(Action.UPDATE):
            universe.publish()
        results = [told(verdict) for verdict in outcome.verdicts]
        return answer({"dry_run": dry_run, "counts": outcome.counts(), "ignored": outcome.ignored, "results": results})


class Flow(View):
    """The demo's own stream of orders."""

    access = {"GET": EVERYONE, "PUT": OPERATIONS}

    @extend_schema(**schema.READ_FLOW)
    def get(self, request: Request) -> HttpResponse:
        """Whether it runs."""
        pages.read(request, {})
        switch = Switch.objects.filter(pk=FLOW).first() or Switch(name=FLOW)
        return answer(_shown(switch))

    @extend_schema(**schema.SET_FLOW)
    def put(self, request: Request) -> HttpResponse:
        """Switch it on or off; it notices within a few seconds."""
        values, faults = take(object_body(request), {"on": Field(flag)})
        if faults:
            raise Problem.of(faults, 400)
        switch, _ = Switch.objects.update_or_create(
            name=FLOW,
            defaults={"on": values["on"], "changed_at": now(), "changed_by": self.user(request).username},
        )
        return answer(_shown(switch))


def told(verdict: Verdict) -> dict[str, object]:
    """A verdict as an answer carries it."""
    return {
        "row": verdict.row,
        "symbol": verdict.symbol,
        "primary_mic": verdict.primary_mic,
        "action": verdict.action,
        "changes": verdict.changes,
        "errors": [error_body(refusal) for refusal in verdict.refusals],
    }


def _shown(switch: Switch) -> dict[str, object]:
    return {"on": switch.on, "changed_at": switch.changed_at, "changed_by": switch.changed_by}
