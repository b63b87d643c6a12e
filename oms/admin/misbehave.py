"""The page from which the simulated venues are told what to do, and how to misbehave until told otherwise.

Everything it says goes through the files that ``manage.py venue`` writes; a real venue has no such files.
"""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from oms.admin.base import OPERATIONS, Kept, may, tell
from oms.base.money import plain
from oms.base.refusal import Refusal
from orders.models import Order
from routing.exchange.capabilities import VENUES
from routing.exchange.commands import POSITIONAL
from routing.exchange.control import CommandFailed, Control
from routing.models import Listing, VenueSession

EVERY = "*"
TIMEOUT_S = 10.0
MOST_NAMED = 200
LONGEST = 64
# What each command does, in the order of the page. docs/venues.md says more.
ORDERS = {
    "show": "how an order stands, and its executions",
    "fill": "execute with nobody on the other side; without a quantity, the rest",
    "overfill": "execute more than is left",
    "late_fill": "execute an order that is closed",
    "cancel": "cancel unasked; the reason is ExecRestatementReason by name or code",
    "restate": "change total or price unasked",
    "bust": "take an execution back; without an ExecID, the last",
    "correct": "another quantity or price for an execution",
    "stop": "guarantee an execution; fill executes it",
    "done_for_day": "Done for Day",
    "expire": "Expired",
    "reject": "refuse late, after New; the reason is OrdRejReason",
    "new": "say New, again or late",
    "accept": "do what a waiting request asks (habit manual)",
    "refuse": "refuse a waiting request",
    "pend": "report a waiting request as pending",
    "unknown": "an execution of an order that nobody sent",
}
MARKET = {
    "halt": "halt a symbol", "resume": "resume it", "open": "open the day", "close": "close the day",
    "print": "a trade among participants: moves the last price", "quote": "participants quote just this",
    "unquote": "participants quote by themselves again", "book": "the top of the book",
}  # fmt: skip
SESSION = {
    "disconnect": "cut the connection, without a Logout", "logout": "log out, and take no Logon for so many seconds",
    "replay": "every report again, with PossResend and the same ExecIDs",
    "release": "say what a silent session kept to itself", "discard": "never say it",
}  # fmt: skip
GROUPS = {"Orders": ORDERS, "Market": MARKET, "Session": SESSION}
MORE = {"quote": ("bid_size", "offer_size", "once"), "reject": ("text",), "cancel": ("text",), "refuse": ("text",)}
CHANCES = {
    "drop": "reports are lost", "delay": "reports are late by so many seconds", "duplicate": "reports come twice",
    "reorder": "a report is swapped with the next", "fill_before_ack": "the Trade goes before the New",
    "ack_after_fill": "New waits for the first Trade", "lag_ord_status": "OrdStatus is the one before",
    "reject": "new orders are refused", "silent": "connected, and no answers",
    "disconnect": "the connection is cut after every so many messages",
    "expire_gtc": "a GTC order is reported Expired at the close",
}  # fmt: skip


class Misbehaving(Kept):
    """Sessions with a page for the simulated venues at their other end."""

    change_list_template = "oms/admin/venue_sessions.html"

    def get_urls(self) -> list[URLPattern]:
        """The page beside the usual ones."""
        page = self.admin_site.admin_view(self.misbehave_page)
        return [path("simulated/", page, name="routing_venuesession_simulated"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The list, with a link for whoever may follow it."""
        simulated = may(request, OPERATIONS) and home().is_dir()
        return super().changelist_view(request, {"simulated": simulated, **(extra_context or {})})

    def misbehave_page(self, request: HttpRequest) -> HttpResponse:
        """Tell one venue something, and show what stands."""
        if not may(request, OPERATIONS):
            raise PermissionDenied
        if not home().is_dir():
            raise Http404("no simulated venues run beside this system")
        control = Control(home())
        venue = request.POST.get("venue") or request.GET.get("venue") or next(iter(VENUES))
        if venue not in (*VENUES, EVERY):
            raise Http404(f"no simulated venue {venue[:8]!a}")
        outcome = self._told(request, control, venue) if request.method == "POST" else None
        context = {
            **self.admin_site.each_context(request), "title": "Simulated venues", "opts": self.opts, "venue": venue,
            "venues": [*VENUES, EVERY], "every": EVERY, "outcome": outcome, "given": request.POST,
            "groups": _groups(), "chances": CHANCES, **_standing(control, venue), **_names(venue),
        }  # fmt: skip
        return TemplateResponse(request, "oms/admin/simulated.html", context)

    def _told(self, request: HttpRequest, control: Control, venue: str) -> str | None:
        """Do what the form asks; the outcome, or a message that says why not."""
        try:
            said, outcome = _obey(request.POST, control, venue)
        except (CommandFailed, TimeoutError, ValueError, AttributeError, TypeError) as error:
            # The last two: a file of faults that somebody wrote by hand and that is no object. Nothing was changed.
            tell(self, request, [Refusal("BAD_VALUE", "", f"{venue}: {error}")])
            return None
        session = VenueSession.objects.filter(pk=venue).first()
        if session is not None:
            self.log_change(request, session, f"simulated venue: {said}")
        tell(self, request, [], f"{venue}: {said}")
        return outcome


def home() -> Path:
    """Where the simulated venues take commands."""
    return Path(settings.OMS_HOME) / "exchange"


def _obey(given: Any, control: Control, venue: str) -> tuple[str, str | None]:
    """What was done, in words, and what the venue answered."""
    do = given.get("do", "")
    if do == "command":
        command = given.get("command", "")
        said = {name: value for name in _arguments(command) if (value := given.get(name, "").strip()[:LONGEST])}
        if venue == EVERY:
            raise ValueError("a command is for one venue: choose it above")
        outcome = control.run(venue, command, timeout_s=TIMEOUT_S, **said)
        words = " ".join([command, *(f"{name}={value}" for name, value in said.items())])
        return words, json.dumps(outcome["result"], indent=2)
    if do == "clear_all":
        control.clear(timeout_s=TIMEOUT_S)
        return "every fault of every venue is cleared", None
    standing: dict[str, Any] = dict(control.faults().get("sessions", {}).get(venue, {}))
    if do == "fault":
        name = given.get("fault", "")
        if name not in CHANCES:
            raise ValueError(f"no fault {name[:20]!a}; there are {', '.join(CHANCES)}")
        standing[name] = _chance(given)
    elif do == "clear":
        standing.pop(given.get("fault", ""), None)
    elif do == "all":
        standing = _object(given.get("faults", ""))
    else:
        raise ValueError("nothing was asked")
    control.set_faults(venue, standing, timeout_s=TIMEOUT_S)
    return f"faults are {json.dumps(standing) if standing else 'none'}", None


def _arguments(command: str) -> tuple[str, ...]:
    """What the form of a command asks for. ValueError for a command that there is not."""
    if not any(command in group for group in GROUPS.values()):
        raise ValueError(f"no command {command[:20]!a}; there are {', '.join(sorted(POSITIONAL))}")
    return POSITIONAL[command] + MORE.get(command, ())


def _chance(given: Any) -> dict[str, Any]:
    """A chance as the fault file has it; an empty field is left out."""
    said: dict[str, Any] = {}
    if symbols := given.get("symbols", "").replace(",", " ").split():
        said["symbols"] = symbols[:MOST_NAMED]
    for name, kind, least in (("percentage", float, 0), ("count", int, 1), ("seconds", float, 0), ("every", int, 1)):
        text = given.get(name, "").strip()
        if not text:
            continue
        try:
            number = kind(text)
        except ValueError:
            number = -1
        # Infinity and NaN are floats, too, and JSON has no word for them.
        if not least <= number <= 1_000_000:
            raise ValueError(f"{name}: {text[:20]!a} is no number of {least} or more")
        said[name] = number
    if said.get("percentage", 0) > 100:
        raise ValueError("percentage: at most 100")
    return said


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        raise ValueError(f"faults: no JSON: {error}") from error
    if not isinstance(found, dict):
        raise ValueError('faults: an object such as {"duplicate": 0.01, "pending": true}')
    return found


def _groups() -> list[tuple[str, list[dict[str, Any]]]]:
    return [
        (title, [{"name": name, "help": text, "arguments": _arguments(name)} for name, text in group.items()])
        for title, group in GROUPS.items()
    ]


def _standing(control: Control, venue: str) -> dict[str, Any]:
    """What stands: every session's, and this one's to be edited. A file that cannot be read says so."""
    try:
        told = control.faults()
        sessions = {str(name): dict(one) for name, one in told.get("sessions", {}).items()}
    except (ValueError, AttributeError, TypeError) as error:
        return {"unreadable": str(error), "standing": {}, "everywhere": {}, "own": "{}"}
    return {
        "standing": {name: [(key, json.dumps(value)) for key, value in one.items()] for name, one in sessions.items()},
        "everywhere": {key: json.dumps(value) for key, value in told.items() if key != "sessions" and value},
        "own": json.dumps(sessions.get(venue, {}), indent=1),
    }


def _names(venue: str) -> dict[str, Any]:
    """ClOrdIDs and symbols to choose from: the newest at the venue. Two SELECTs."""
    sent = Order.objects.filter(venue=venue, parent__isnull=False).order_by("-pk")
    listed = Listing.objects.filter(venue_id=venue).order_by("instrument__symbol")
    columns = ("cl_ord_id", "instrument__symbol", "side", "order_qty", "ord_status")
    return {
        "orders": [
            (name, symbol, side, plain(qty), status)
            for name, symbol, side, qty, status in sent.values_list(*columns)[:MOST_NAMED]
        ],
        "symbols": listed.values_list("instrument__symbol", flat=True)[:MOST_NAMED],
    }
