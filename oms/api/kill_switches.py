"""Kill switches: what is on and how far it is, looking before engaging, engaging, and the release by another person."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request

from oms.api import listing, pages, schema
from oms.api.access import FIRM_WIDE
from oms.api.answers import answer
from oms.api.fields import Field, Read, take, text
from oms.api.orders import as_key
from oms.api.problems import Problem
from oms.api.views import View, object_body
from oms.base.refusal import Refusal
from oms.desk import killing, takeback, targets
from risk.kill import LONGEST_REASON
from risk.models import KillSwitch

LONGEST_NAME = 150
ENGAGE = {
    "scope": Field(text(12)), "target": Field(text(LONGEST_NAME, empty=True), ""),
    "reason": Field(text(LONGEST_REASON)), "confirm": Field(text(LONGEST_NAME, empty=True), ""),
}  # fmt: skip
RELEASE = {"reason": Field(text(LONGEST_REASON, empty=True), "")}
FORESEE: dict[str, Read] = {"scope": text(12), "target": text(LONGEST_NAME, empty=True)}
# What is wrong with the words is 400, as anywhere; what the desk refuses keeps its own status.
STATUS = {"BAD_VALUE": 400, "MISSING": 400, "TOO_LONG": 400, "NOT_CONFIRMED": 409, "NOT_ENGAGED": 409,
          "SAME_PERSON": 409}  # fmt: skip


class VenueCountShape(s.Serializer[Any]):
    """How far the taking back at one venue is, in orders."""

    venue = s.CharField(allow_blank=True, help_text="MIC; empty: orders that no venue has")
    found = s.IntegerField(help_text="open when the switch was engaged")
    unsent = s.IntegerField(help_text="of these, their message had not left and never did")
    ended_before = s.IntegerField(help_text="ended by themselves before they were asked for")
    asked = s.IntegerField(help_text="asked to be canceled")
    confirmed = s.IntegerField(help_text="of those asked, ended")
    still_open = s.IntegerField()


class KillSwitchShape(s.Serializer[Any]):
    """One engagement of a kill switch."""

    id = s.CharField()
    scope = s.ChoiceField(choices=KillSwitch.Scope.choices)
    target = s.CharField(help_text="as people name it; FIRM for the firm")
    reason = s.CharField()
    engaged_by = s.CharField()
    engaged_at = s.DateTimeField()
    is_engaged = s.BooleanField()
    done_at = s.DateTimeField(allow_null=True, help_text="when none of the orders was open any more")
    released_by = s.CharField(allow_null=True)
    released_at = s.DateTimeField(allow_null=True)
    release_reason = s.CharField(allow_blank=True)
    still_open = s.IntegerField(help_text="over all venues")
    venues = VenueCountShape(many=True)

    class Meta:
        ref_name = "KillSwitch"


class EngageRequest(s.Serializer[Any]):
    """What is to be stopped, and why."""

    scope = s.ChoiceField(choices=KillSwitch.Scope.choices)
    target = s.CharField(required=False, help_text="desk, user, account, client, SenderCompID, SYMBOL.MIC or MIC")
    reason = s.CharField(max_length=LONGEST_REASON)
    confirm = s.CharField(help_text="the target's name once more; FIRM for the firm")


class ReleaseRequest(s.Serializer[Any]):
    """Why trading goes on."""

    reason = s.CharField(max_length=LONGEST_REASON, required=False)


class ForeseenShape(s.Serializer[Any]):
    """What engaging would take back now."""

    scope = s.CharField()
    target = s.CharField()
    confirm = s.CharField(help_text="what to repeat")
    total = s.IntegerField()
    staged = s.IntegerField(help_text="stay, and cannot be released")
    venues = s.DictField(child=s.IntegerField(), help_text="orders by MIC; under '' those that no venue has")


class KillSwitches(View):
    """All of them."""

    access = {"GET": FIRM_WIDE, "POST": killing.THROWS}

    @extend_schema(
        operation_id="kill_switches_list",
        parameters=[
            OpenApiParameter("engaged", int, description="1: those that are on; 0: those that were released"),
            *schema.filters("limit", "cursor"),
        ],
        responses=schema.said(schema.paged(KillSwitchShape, "KillSwitch")),
    )
    def get(self, request: Request) -> HttpResponse:
        """The newest first, each with its counts by venue."""
        query = pages.read(request, {"engaged": listing.switch}, single=frozenset({"engaged"}))
        rows = KillSwitch.objects.all()
        if "engaged" in query:
            rows = rows.filter(released_at__isnull=query.one("engaged"))
        return pages.page(request, rows, query, images)

    @extend_schema(
        operation_id="kill_switches_engage",
        request=EngageRequest,
        responses=schema.said(KillSwitchShape, 409, 415, ok=201),
    )
    def post(self, request: Request) -> HttpResponse:
        """Stop trading in a scope at once. Repeating it answers the switch that is on."""
        values, faults = take(object_body(request), ENGAGE)
        if faults:
            raise Problem.of(faults, 400)
        scope, target, reason, confirm = (values[name] for name in ENGAGE)
        return _answered(killing.engage(scope, target, reason, confirm, self.user(request)), 201)


class Foresee(View):
    """A look before engaging."""

    access = {"GET": FIRM_WIDE}

    @extend_schema(
        operation_id="kill_switches_foresee",
        parameters=[OpenApiParameter("scope", OpenApiTypes.STR), OpenApiParameter("target", OpenApiTypes.STR)],
        responses=schema.said(ForeseenShape),
    )
    def get(self, request: Request) -> HttpResponse:
        """How many orders a switch would take back now, by venue. Nothing is changed."""
        query = pages.read(request, FORESEE, single=frozenset(FORESEE))
        found = killing.foresee(query.one("scope") or "", query.one("target") or "")
        if isinstance(found, Refusal):
            raise Problem.of([found], 400)
        return answer({
            "scope": found.target.scope, "target": found.target.name, "confirm": found.target.name,
            "total": found.total, "staged": found.staged, "venues": found.venues,
        })  # fmt: skip


class OneKillSwitch(View):
    """One of them."""

    access = {"GET": FIRM_WIDE}

    @extend_schema(operation_id="kill_switches_read", responses=schema.said(KillSwitchShape, 404))
    def get(self, request: Request, switch_id: str) -> HttpResponse:
        """The switch with its counts by venue, as they are now."""
        pages.read(request, {})
        return _answered(_find(switch_id))


class Release(View):
    """Letting trading go on."""

    access = {"POST": killing.THROWS}

    @extend_schema(
        operation_id="kill_switches_release",
        request=ReleaseRequest,
        responses=schema.said(KillSwitchShape, 404, 409, 415),
    )
    def post(self, request: Request, switch_id: str) -> HttpResponse:
        """Release a switch. Whoever engaged it may not (SAME_PERSON)."""
        values, faults = take(object_body(request) if request._request.body else {}, RELEASE)
        if faults:
            raise Problem.of(faults, 400)
        switch = _find(switch_id)
        return _answered(killing.release(switch.pk, values["reason"], self.user(request)))


def _find(switch_id: str) -> KillSwitch:
    found = KillSwitch.objects.filter(pk=as_key(switch_id)).first()
    if found is None:
        raise Problem(404, "NOT_FOUND", f"no kill switch {switch_id}")
    return found


def _answered(outcome: KillSwitch | Refusal, status: int = 200) -> HttpResponse:
    if isinstance(outcome, Refusal):
        raise Problem.of([outcome], STATUS.get(outcome.code))
    return answer(images(KillSwitch.objects.filter(pk=outcome.pk))[0], status)


def images(rows: QuerySet[KillSwitch]) -> list[dict[str, Any]]:
    """Switches as they are answered. Two SELECTs, and one for each kind of target."""
    switches = list(rows.select_related("engaged_by", "released_by"))
    names, counts = targets.names(switches), takeback.counts(one.pk for one in switches)
    return [
        {
            "id": str(one.pk), "scope": one.scope, "target": names[one.pk], "reason": one.reason,
            "engaged_by": one.engaged_by.username, "engaged_at": one.engaged_at, "is_engaged": one.active,
            "done_at": one.done_at, "released_by": one.released_by and one.released_by.username,
            "released_at": one.released_at, "release_reason": one.release_reason,
            "still_open": sum(each.still_open for each in counts.get(one.pk, ())),
            "venues": [each._asdict() for each in counts.get(one.pk, ())],
        }
        for one in switches
    ]  # fmt: skip
