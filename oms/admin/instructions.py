"""Settlement instructions with what operations may do to them, the book of standing ones, and netting."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from oms.admin.base import OPERATIONS, ByRole, Kept, ReadOnly, Seen, among, may, tell
from oms.base.refusal import Refusal
from orders.models import User
from settlement import free, repair, ssi_book
from settlement.models import (
    AwaitingNetting,
    Confirmation,
    Instruction,
    InstructionEvent,
    InstructionObligation,
    NettingSwitch,
    PlaceOfSettlement,
    StandingInstruction,
)


def places() -> list[str]:
    """Where instructions go to."""
    return list(PlaceOfSettlement.objects.order_by("bic").values_list("bic", flat=True).distinct())


class InstructionEvents(Seen):
    """The states of an instruction."""

    model = InstructionEvent


class Confirmations(Seen):
    """What was confirmed as settled."""

    model = Confirmation


class UnderIt(Seen):
    """The obligations it discharges."""

    model = InstructionObligation
    fields = ("obligation", "seq")


@admin.register(Instruction)
class Instructions(ReadOnly):
    """Settlement instructions. Those that wait for a person are released here."""

    list_display = (
        "reference", "account", "instrument", "direction", "payment", "qty", "settled_qty", "net_money", "currency",
        "settl_date", "place_of_settlement", "counterparty", "state", "on_hold", "state_at", "settled_on",
    )  # fmt: skip
    list_filter = (
        "state", "on_hold", "direction", "payment", "is_net", "settl_date", among("place_of_settlement", places),
    )  # fmt: skip
    search_fields = ("=id", "=obligations__order__id", "=account__code", "=instrument__symbol", "=custodian_reference")
    list_select_related = ("account", "instrument")
    exclude = ("obligations",)
    inlines = (InstructionEvents, Confirmations, UnderIt)
    actions = ("release", "hold", "cancel", "resend", "approve")

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Who may release."""
        return may(request, OPERATIONS)

    @admin.action(description="Release selected instructions", permissions=["operate"])
    def release(self, request: HttpRequest, rows: QuerySet[Instruction]) -> None:
        """Holds are lifted; drafts and rejected ones become ready. Each that cannot says why."""
        self._repair(request, rows, repair.release, "released")

    @admin.action(description="Hold selected instructions", permissions=["operate"])
    def hold(self, request: HttpRequest, rows: QuerySet[Instruction]) -> None:
        """What has not been sent is kept from being sent."""
        self._repair(request, rows, repair.hold, "held")

    @admin.action(description="Cancel selected instructions", permissions=["operate"])
    def cancel(self, request: HttpRequest, rows: QuerySet[Instruction]) -> None:
        """Called off, or of what was sent the cancellation asked for."""
        self._repair(request, rows, repair.cancel, "cancelled, or asked to be")

    @admin.action(description="Send selected instructions again", permissions=["operate"])
    def resend(self, request: HttpRequest, rows: QuerySet[Instruction]) -> None:
        """Under the same reference, or anew if cancelled."""
        self._repair(request, rows, repair.resend, "to be sent again")

    @admin.action(description="Check selected instructions free of payment", permissions=["operate"])
    def approve(self, request: HttpRequest, rows: QuerySet[Instruction]) -> None:
        """The second person's part."""
        answers = free.check(list(rows.order_by("pk").values_list("pk", flat=True)), _user(request))
        self._tell(request, answers, "checked")

    def _repair(
        self,
        request: HttpRequest,
        rows: QuerySet[Instruction],
        verb: Callable[[Sequence[int], str, str], list[Refusal | None]],
        done: str,
    ) -> None:
        keys = list(rows.order_by("pk").values_list("pk", flat=True))
        self._tell(request, verb(keys, request.user.get_username(), f"{done} in the admin"), done)

    def _tell(self, request: HttpRequest, answers: Sequence[Refusal | None], done: str) -> None:
        refusals = [answer for answer in answers if isinstance(answer, Refusal)]
        count = len(answers) - len(refusals)
        tell(self, request, refusals, f"{count} instructions {done}" if count else "")


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@admin.register(StandingInstruction)
class StandingInstructions(ByRole):
    """The book of standing instructions: a row is written here, and put into force by another person's check."""

    editors = OPERATIONS
    list_display = (
        "id", "account", "party", "market", "currency", "asset_class", "place_of_settlement", "agent_bic",
        "safekeeping_account", "valid_from", "valid_to", "made_by", "checked_by", "superseded_by",
    )  # fmt: skip
    list_filter = ("market", "asset_class")
    search_fields = ("=account__code", "=party", "=safekeeping_account", "=agent_bic")
    list_select_related = ("account", "made_by", "checked_by", "superseded_by")
    fields = (
        "account", "party", "market", "currency", "asset_class", "place_of_settlement", "counterparty", "agent_bic",
        "safekeeping_account", "cash_account", "valid_from", "valid_to", "reason",
    )  # fmt: skip
    actions = ("approve",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A row is never edited: another one supersedes it."""
        return False

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Who may check."""
        return may(request, OPERATIONS)

    def save_model(self, request: HttpRequest, obj: StandingInstruction, form: Any, change: bool) -> None:
        """Written as by the book's own verb; what is wrong is a message."""
        entry = ssi_book.Entry(*(getattr(obj, name) for name in ssi_book.Entry._fields))
        (kept,) = ssi_book.propose([entry], _user(request))
        if kept.refusal:
            tell(self, request, [kept.refusal])
        obj.pk = kept.id

    @admin.action(description="Check selected standing instructions", permissions=["operate"])
    def approve(self, request: HttpRequest, rows: QuerySet[StandingInstruction]) -> None:
        """Put into force; whoever wrote a row may not."""
        answers = ssi_book.check(list(rows.order_by("pk").values_list("pk", flat=True)), _user(request))
        refusals = [answer for answer in answers if isinstance(answer, Refusal)]
        done = len(answers) - len(refusals)
        tell(self, request, refusals, f"{done} standing instructions in force" if done else "")


@admin.register(NettingSwitch)
class NettingSwitches(Kept):
    """Which places net, from which trade date on."""

    editors = OPERATIONS
    list_display = ("place_of_settlement", "valid_from", "nets")


@admin.register(AwaitingNetting)
class AwaitingNettings(ReadOnly):
    """What the next netting run takes."""

    list_display = ("obligation", "trade_date")
    list_select_related = ("obligation",)
