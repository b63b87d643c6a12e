import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import orders.vocabulary
import settlement.actions.kinds
import settlement.allocation.shares
import settlement.fees
import settlement.reference
from oms.base.together import Together


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("orders", "0001_initial"),
        ("orders", "__first__"),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="Obligation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "side",
                            models.CharField(
                                choices=[("buy", "buy"), ("sell", "sell"), ("sell_short", "sell short")], max_length=12
                            ),
                        ),
                        ("trade_date", models.DateField()),
                        ("settl_date", models.DateField()),
                        ("qty", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("price", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("gross_trade_amt", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("principal", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("accrued", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("commission", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("fees", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("net_money", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("currency", models.CharField(max_length=3)),
                        ("last_mkt", models.CharField(blank=True, max_length=4)),
                        ("venue_exec_id", models.CharField(blank=True, max_length=64)),
                        ("created_at", models.DateTimeField()),
                        (
                            "account",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.account",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                    },
                ),
                migrations.CreateModel(
                    name="LedgerAccount",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "owner",
                            models.CharField(
                                choices=[
                                    ("account", "Account"),
                                    ("street", "Street"),
                                    ("commission", "Commission"),
                                    ("fee", "Fee"),
                                    ("issuer", "Issuer"),
                                    ("clearing", "Clearing"),
                                    ("custodian", "Custodian"),
                                    ("pnl", "Pnl"),
                                    ("suspense", "Suspense"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("party", models.CharField(blank=True, max_length=40)),
                        ("location", models.CharField(blank=True, max_length=11)),
                        (
                            "account",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.account",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                    },
                ),
                migrations.CreateModel(
                    name="PenaltyDay",
                    fields=[
                        ("day", models.DateField(primary_key=True, serialize=False)),
                        ("accrued_at", models.DateTimeField()),
                        ("penalties", models.IntegerField()),
                    ],
                    options={
                        "ordering": ["-day"],
                    },
                ),
                migrations.CreateModel(
                    name="Allocation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "side",
                            models.CharField(
                                choices=[("buy", "buy"), ("sell", "sell"), ("sell_short", "sell short")], max_length=12
                            ),
                        ),
                        ("trade_date", models.DateField(blank=True, null=True)),
                        (
                            "method",
                            models.CharField(
                                choices=[
                                    ("pro_rata", "pro rata"),
                                    ("fixed", "fixed"),
                                    ("percent", "percent"),
                                    ("percent_of_nav", "percent of nav"),
                                    ("priority", "priority"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("min_lot", models.DecimalField(decimal_places=8, default=1, max_digits=28)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "Draft"),
                                    ("frozen", "Frozen"),
                                    ("submitted", "Submitted"),
                                    ("booked", "Booked"),
                                    ("cancelled", "Cancelled"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("auto_book", models.BooleanField(default=False)),
                        ("revision", models.PositiveIntegerField(default=1)),
                        ("version", models.PositiveIntegerField(default=1)),
                        ("sender_comp_id", models.CharField(max_length=64)),
                        ("alloc_id", models.CharField(blank=True, max_length=64)),
                        ("made_at", models.DateTimeField()),
                        ("booked_at", models.DateTimeField(blank=True, null=True)),
                        ("qty", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("avg_px", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        (
                            "gross_trade_amt",
                            models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True),
                        ),
                        ("principal", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("accrued", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("commission", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("fees", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("net_money", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("currency", models.CharField(max_length=3)),
                        ("text", models.CharField(blank=True, max_length=300)),
                        ("told_version", models.PositiveIntegerField(default=0)),
                        (
                            "desk",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.desk"
                            ),
                        ),
                        (
                            "instrument",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.instrument"
                            ),
                        ),
                        (
                            "made_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ("draft", "frozen", "submitted"))),
                                fields=["id"],
                                name="allocation_waiting",
                            ),
                            models.Index(
                                condition=models.Q(("told_version__lt", models.F("version"))),
                                fields=["id"],
                                name="allocation_untold",
                            ),
                            models.Index(fields=["trade_date", "instrument"], name="allocation_day"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("alloc_id", ""), _negated=True),
                                fields=("sender_comp_id", "alloc_id"),
                                name="allocation_alloc_id_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["draft", "frozen", "submitted", "booked", "cancelled"])
                                ),
                                name="allocation_state_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "method__in",
                                        [
                                            settlement.allocation.shares.Method["PRO_RATA"],
                                            settlement.allocation.shares.Method["FIXED"],
                                            settlement.allocation.shares.Method["PERCENT"],
                                            settlement.allocation.shares.Method["PERCENT_OF_NAV"],
                                            settlement.allocation.shares.Method["PRIORITY"],
                                        ],
                                    )
                                ),
                                name="allocation_method_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "side__in",
                                        [
                                            orders.vocabulary.Side["BUY"],
                                            orders.vocabulary.Side["SELL"],
                                            orders.vocabulary.Side["SELL_SHORT"],
                                        ],
                                    )
                                ),
                                name="allocation_side_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("min_lot__gt", 0)), name="allocation_min_lot_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state", "draft"),
                                    ("state", "cancelled"),
                                    ("trade_date__isnull", False),
                                    _connector="OR",
                                ),
                                name="allocation_dated_once_filled",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "booked"), _negated=True),
                                    models.Q(
                                        ("accrued__isnull", False),
                                        ("avg_px__isnull", False),
                                        ("booked_at__isnull", False),
                                        ("commission__isnull", False),
                                        ("fees__isnull", False),
                                        ("gross_trade_amt__isnull", False),
                                        ("net_money__isnull", False),
                                        ("principal__isnull", False),
                                        ("qty__gt", 0),
                                    ),
                                    _connector="OR",
                                ),
                                name="allocation_booked_complete",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AllocationEvent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("seq", models.PositiveIntegerField()),
                        ("act", models.CharField(max_length=10)),
                        ("state", models.CharField(max_length=10)),
                        ("revision", models.PositiveIntegerField()),
                        ("at", models.DateTimeField()),
                        ("actor", models.CharField(max_length=150)),
                        ("text", models.CharField(blank=True, max_length=300)),
                        (
                            "allocation",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="events",
                                to="settlement.allocation",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["allocation", "seq"],
                        "constraints": [
                            models.UniqueConstraint(fields=("allocation", "seq"), name="allocation_event_seq_once"),
                            models.CheckConstraint(
                                condition=models.Q(("seq__gte", 1)), name="allocation_event_seq_from_1"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AllocationOrder",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("trade_date", models.DateField(blank=True, null=True)),
                        ("active", models.BooleanField(default=True)),
                        (
                            "allocation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="orders",
                                to="settlement.allocation",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="allocations",
                                to="orders.order",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["allocation", "order"],
                        "constraints": [
                            models.UniqueConstraint(fields=("allocation", "order"), name="allocation_order_once"),
                            models.UniqueConstraint(
                                condition=models.Q(("active", True)),
                                fields=("order", "trade_date"),
                                name="allocation_one_a_day",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("active", True), ("trade_date__isnull", True)),
                                fields=("order",),
                                name="allocation_one_before_fill",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AllocationShare",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("revision", models.PositiveIntegerField()),
                        ("seq", models.PositiveSmallIntegerField()),
                        ("percent", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("qty", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("nav", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("priority", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("alloc_qty", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("avg_px", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        (
                            "gross_trade_amt",
                            models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True),
                        ),
                        ("principal", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("accrued", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("commission", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("fees", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("net_money", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.account"
                            ),
                        ),
                        (
                            "allocation",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="shares",
                                to="settlement.allocation",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["allocation", "revision", "seq"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("allocation", "revision", "account"), name="allocation_share_account_once"
                            ),
                            models.UniqueConstraint(
                                fields=("allocation", "revision", "seq"), name="allocation_share_seq_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("accrued__isnull", True),
                                        ("alloc_qty__isnull", True),
                                        ("avg_px__isnull", True),
                                        ("commission__isnull", True),
                                        ("fees__isnull", True),
                                        ("gross_trade_amt__isnull", True),
                                        ("net_money__isnull", True),
                                        ("principal__isnull", True),
                                    ),
                                    models.Q(
                                        ("accrued__isnull", False),
                                        ("alloc_qty__gte", 0),
                                        ("avg_px__isnull", False),
                                        ("commission__gte", 0),
                                        ("fees__gte", 0),
                                        ("gross_trade_amt__isnull", False),
                                        ("net_money__isnull", False),
                                        ("principal__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="allocation_share_whole",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("percent__isnull", True), ("percent__gt", 0), _connector="OR"),
                                    models.Q(("qty__isnull", True), ("qty__gt", 0), _connector="OR"),
                                    models.Q(("nav__isnull", True), ("nav__gt", 0), _connector="OR"),
                                ),
                                name="allocation_share_asks_positive",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Asset",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("currency", models.CharField(blank=True, max_length=3, null=True, unique=True)),
                        (
                            "instrument",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.instrument",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("currency__isnull", False), ("instrument__isnull", True)),
                                    models.Q(("currency__isnull", True), ("instrument__isnull", False)),
                                    _connector="OR",
                                ),
                                name="asset_currency_or_instrument",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("currency__isnull", True), ("currency__regex", "^[A-Z]{3}$"), _connector="OR"
                                ),
                                name="asset_currency_iso_4217",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AwaitingNetting",
                    fields=[
                        (
                            "obligation",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="awaiting",
                                serialize=False,
                                to="settlement.obligation",
                            ),
                        ),
                        ("trade_date", models.DateField()),
                    ],
                    options={
                        "verbose_name_plural": "awaiting netting",
                        "ordering": ["obligation"],
                        "indexes": [models.Index(fields=["trade_date"], name="awaiting_netting_day")],
                    },
                ),
                migrations.AddField(
                    model_name="obligation",
                    name="allocation",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="obligations",
                        to="settlement.allocationshare",
                    ),
                ),
                migrations.AddField(
                    model_name="obligation",
                    name="execution",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.executionreport",
                    ),
                ),
                migrations.AddField(
                    model_name="obligation",
                    name="instrument",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.instrument",
                    ),
                ),
                migrations.AddField(
                    model_name="obligation",
                    name="order",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.order"
                    ),
                ),
                migrations.AddField(
                    model_name="obligation",
                    name="reverses",
                    field=models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversed_by",
                        to="settlement.obligation",
                    ),
                ),
                migrations.CreateModel(
                    name="Balance",
                    fields=[
                        (
                            "ledger_account",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="balance",
                                serialize=False,
                                to="settlement.ledgeraccount",
                            ),
                        ),
                        ("posted", models.DecimalField(decimal_places=8, default=0, max_digits=28)),
                        ("pending_in", models.DecimalField(decimal_places=8, default=0, max_digits=28)),
                        ("pending_out", models.DecimalField(decimal_places=8, default=0, max_digits=28)),
                        ("version", models.BigIntegerField(default=0)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("pending_in__gte", 0), ("pending_out__gte", 0)),
                                name="balance_pending_not_negative",
                            )
                        ],
                    },
                ),
                migrations.AddField(
                    model_name="ledgeraccount",
                    name="asset",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="settlement.asset"
                    ),
                ),
                migrations.CreateModel(
                    name="BookTransfer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("reference", models.CharField(max_length=64)),
                        ("currency", models.CharField(blank=True, max_length=3)),
                        ("amount", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("px", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("opened_on", models.DateField(blank=True, null=True)),
                        ("reason", models.CharField(max_length=200)),
                        (
                            "state",
                            models.CharField(
                                choices=[("proposed", "Proposed"), ("booked", "Booked"), ("refused", "Refused")],
                                default="proposed",
                                max_length=8,
                            ),
                        ),
                        ("proposed_at", models.DateTimeField()),
                        ("decided_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.account"
                            ),
                        ),
                        (
                            "decided_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "instrument",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.instrument",
                            ),
                        ),
                        (
                            "proposed_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.UniqueConstraint(fields=("reference",), name="transfer_reference_once"),
                            models.CheckConstraint(
                                condition=models.Q(("amount", 0), _negated=True), name="transfer_moves_something"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("currency", ""), ("instrument__isnull", False)),
                                    models.Q(
                                        ("currency__regex", "^[A-Z]{3}$"),
                                        ("instrument__isnull", True),
                                        ("opened_on__isnull", True),
                                        ("px__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="transfer_cash_or_securities",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("instrument__isnull", True),
                                    ("amount__lt", 0),
                                    models.Q(("px__gte", 0), ("px__isnull", False)),
                                    _connector="OR",
                                ),
                                name="transfer_in_has_cost",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True), name="transfer_has_reason"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_by__isnull", True),
                                    models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="transfer_maker_not_checker",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("decided_at__isnull", True),
                                        ("decided_by__isnull", True),
                                        ("state", "proposed"),
                                    ),
                                    models.Q(
                                        ("decided_at__isnull", False),
                                        ("decided_by__isnull", False),
                                        ("state__in", ["booked", "refused"]),
                                    ),
                                    _connector="OR",
                                ),
                                name="transfer_decided_by_somebody",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Break",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("holdings", "Holdings"),
                                    ("movements", "Movements"),
                                    ("cash", "Cash"),
                                    ("dropcopy", "Dropcopy"),
                                ],
                                max_length=9,
                            ),
                        ),
                        ("source", models.CharField(max_length=32)),
                        (
                            "type",
                            models.CharField(
                                choices=[
                                    ("missing_ours", "missing_ours"),
                                    ("missing_theirs", "missing_theirs"),
                                    ("qty", "qty"),
                                    ("price", "price"),
                                    ("cash", "cash"),
                                    ("date", "date"),
                                    ("currency", "currency"),
                                    ("duplicate", "duplicate"),
                                    ("ssi", "ssi"),
                                ],
                                max_length=14,
                            ),
                        ),
                        ("key", models.CharField(max_length=160)),
                        ("ours", models.JSONField(blank=True, null=True)),
                        ("theirs", models.JSONField(blank=True, null=True)),
                        ("difference", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("tolerance", models.DecimalField(decimal_places=8, default=0, max_digits=28)),
                        ("currency", models.CharField(blank=True, max_length=3)),
                        ("opened_on", models.DateField()),
                        ("seen_on", models.DateField()),
                        ("opened_at", models.DateTimeField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "open"),
                                    ("assigned", "assigned"),
                                    ("resolved", "resolved"),
                                    ("auto_closed", "auto_closed"),
                                ],
                                default="open",
                                max_length=11,
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("timing", "timing"),
                                    ("their_error", "their_error"),
                                    ("corrected", "corrected"),
                                    ("explained", "explained"),
                                    ("written_off", "written_off"),
                                ],
                                max_length=24,
                            ),
                        ),
                        ("text", models.CharField(blank=True, max_length=300)),
                        ("adjustment", models.CharField(blank=True, max_length=64)),
                        ("closed_at", models.DateTimeField(blank=True, null=True)),
                        ("version", models.IntegerField(default=1)),
                        (
                            "account",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.account",
                            ),
                        ),
                        (
                            "confirmed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "resolved_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                    },
                ),
                migrations.CreateModel(
                    name="BreakEvent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("seq", models.IntegerField()),
                        ("verb", models.CharField(max_length=12)),
                        ("state", models.CharField(max_length=11)),
                        ("at", models.DateTimeField()),
                        ("actor", models.CharField(max_length=150)),
                        ("text", models.CharField(blank=True, max_length=300)),
                        (
                            "broken",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="events",
                                to="settlement.break",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["broken", "seq"],
                        "constraints": [
                            models.UniqueConstraint(fields=("broken", "seq"), name="break_event_seq_once"),
                            models.CheckConstraint(condition=models.Q(("seq__gte", 1)), name="break_event_seq_from_1"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CloseStep",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("date", models.DateField()),
                        ("name", models.CharField(max_length=32)),
                        ("counts", models.JSONField(default=dict)),
                        ("actor", models.CharField(max_length=150)),
                        ("done_at", models.DateTimeField()),
                    ],
                    options={
                        "ordering": ["date", "id"],
                        "constraints": [models.UniqueConstraint(fields=("date", "name"), name="close_step_once")],
                    },
                ),
                migrations.CreateModel(
                    name="CommissionRate",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("client", models.CharField(blank=True, max_length=16)),
                        (
                            "asset_class",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("equity", "equity"),
                                    ("etf", "etf"),
                                    ("government_bond", "government bond"),
                                    ("corporate_bond", "corporate bond"),
                                    ("future", "future"),
                                    ("option", "option"),
                                    ("fx_spot", "fx spot"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("valid_from", models.DateField()),
                        (
                            "basis",
                            models.CharField(
                                choices=[
                                    ("per_million", "per million"),
                                    ("percent", "percent"),
                                    ("basis_points", "basis points"),
                                    ("per_unit", "per unit"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("rate", models.DecimalField(decimal_places=12, max_digits=28)),
                        ("minimum", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("cap", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        (
                            "tiers",
                            models.JSONField(
                                blank=True,
                                default=list,
                                help_text='[["10000", "0.003"]]: from 10,000 shares (or units of money) on, this rate',
                                validators=[settlement.reference.are_tiers],
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to="orders.account"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["account", "client", "asset_class", "valid_from"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("account", "client", "asset_class", "valid_from"),
                                name="commission_rate_once",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("rate__gte", 0)), name="commission_rate_not_negative"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("account__isnull", True), ("client", ""), _connector="OR"),
                                name="commission_rate_of_one",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("minimum__isnull", True),
                                    ("cap__isnull", True),
                                    ("minimum__lte", models.F("cap")),
                                    _connector="OR",
                                ),
                                name="commission_rate_bounds",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "basis__in",
                                        [
                                            settlement.fees.Basis["PER_MILLION"],
                                            settlement.fees.Basis["PERCENT"],
                                            settlement.fees.Basis["BASIS_POINTS"],
                                            settlement.fees.Basis["PER_UNIT"],
                                        ],
                                    )
                                ),
                                name="commission_rate_basis_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CorporateAction",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("source", models.CharField(max_length=64)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("cash_dividend", "cash dividend"),
                                    ("split", "split"),
                                    ("reverse_split", "reverse split"),
                                    ("symbol_change", "symbol change"),
                                    ("merger", "merger"),
                                    ("spin_off", "spin off"),
                                    ("rights", "rights"),
                                    ("call", "call"),
                                    ("coupon", "coupon"),
                                    ("maturity", "maturity"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("ex_date", models.DateField()),
                        ("record_date", models.DateField()),
                        ("pay_date", models.DateField()),
                        ("currency", models.CharField(max_length=3)),
                        ("amount", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("new", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("old", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("in_lieu_px", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("pct", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("symbol", models.CharField(blank=True, max_length=24)),
                        ("isin", models.CharField(blank=True, max_length=12)),
                        ("text", models.CharField(blank=True, max_length=300)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("announced", "Announced"),
                                    ("approved", "Approved"),
                                    ("effective", "Effective"),
                                    ("processed", "Processed"),
                                    ("cancelled", "Cancelled"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("automatic", models.BooleanField(default=False)),
                        ("announced_by", models.CharField(max_length=150)),
                        ("announced_at", models.DateTimeField()),
                        ("approved_by", models.CharField(blank=True, max_length=150)),
                        ("approved_at", models.DateTimeField(blank=True, null=True)),
                        ("orders_at", models.DateTimeField(blank=True, null=True)),
                        ("version", models.IntegerField(default=1)),
                        (
                            "instrument",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.instrument"
                            ),
                        ),
                        (
                            "into",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.instrument",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ["approved", "effective"])),
                                fields=["ex_date"],
                                name="corporate_action_open",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("orders_at__isnull", True), ("state__in", ["effective", "processed"])
                                ),
                                fields=["ex_date", "id"],
                                name="corporate_action_orders",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("source",), name="corporate_action_source_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        [
                                            settlement.actions.kinds.Kind["CASH_DIVIDEND"],
                                            settlement.actions.kinds.Kind["SPLIT"],
                                            settlement.actions.kinds.Kind["REVERSE_SPLIT"],
                                            settlement.actions.kinds.Kind["SYMBOL_CHANGE"],
                                            settlement.actions.kinds.Kind["MERGER"],
                                            settlement.actions.kinds.Kind["SPIN_OFF"],
                                            settlement.actions.kinds.Kind["RIGHTS"],
                                            settlement.actions.kinds.Kind["CALL"],
                                            settlement.actions.kinds.Kind["COUPON"],
                                            settlement.actions.kinds.Kind["MATURITY"],
                                        ],
                                    )
                                ),
                                name="corporate_action_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["announced", "approved", "effective", "processed", "cancelled"])
                                ),
                                name="corporate_action_state_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ex_date__lte", models.F("pay_date")), ("record_date__lte", models.F("pay_date"))
                                ),
                                name="corporate_action_pays_last",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="corporate_action_iso_4217"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("amount__isnull", True), ("amount__gt", 0), _connector="OR"),
                                    models.Q(
                                        models.Q(("new__isnull", True), ("old__isnull", True)),
                                        models.Q(("new__gt", 0), ("old__gt", 0)),
                                        _connector="OR",
                                    ),
                                    models.Q(("in_lieu_px__isnull", True), ("in_lieu_px__gt", 0), _connector="OR"),
                                    models.Q(
                                        ("pct__isnull", True),
                                        models.Q(("pct__gt", 0), ("pct__lte", 100)),
                                        _connector="OR",
                                    ),
                                ),
                                name="corporate_action_terms_positive",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("kind__in", ["cash_dividend", "coupon", "call", "maturity"]), _negated=True
                                    ),
                                    ("amount__isnull", False),
                                    _connector="OR",
                                ),
                                name="corporate_action_amount",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "split"), _negated=True),
                                    ("new__gt", models.F("old")),
                                    _connector="OR",
                                ),
                                name="corporate_action_split_gives_more",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "reverse_split"), _negated=True),
                                    ("new__lt", models.F("old")),
                                    _connector="OR",
                                ),
                                name="corporate_action_reverse_gives_less",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind__in", ["spin_off", "rights"]), _negated=True),
                                    models.Q(("into__isnull", False), ("new__isnull", False)),
                                    _connector="OR",
                                ),
                                name="corporate_action_into",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("into", models.F("instrument")), _negated=True),
                                name="corporate_action_into_another",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("automatic", True), _negated=True),
                                    (
                                        "kind__in",
                                        [
                                            settlement.actions.kinds.Kind["CASH_DIVIDEND"],
                                            settlement.actions.kinds.Kind["COUPON"],
                                            settlement.actions.kinds.Kind["MATURITY"],
                                            settlement.actions.kinds.Kind["REVERSE_SPLIT"],
                                            settlement.actions.kinds.Kind["SPLIT"],
                                            settlement.actions.kinds.Kind["SYMBOL_CHANGE"],
                                        ],
                                    ),
                                    _connector="OR",
                                ),
                                name="corporate_action_guided",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("automatic", True),
                                    models.Q(("approved_by", models.F("announced_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="corporate_action_maker_not_checker",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["announced", "cancelled"]),
                                    models.Q(
                                        ("approved_at__isnull", False), models.Q(("approved_by", ""), _negated=True)
                                    ),
                                    _connector="OR",
                                ),
                                name="corporate_action_approved_by",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CorporateActionEvent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("seq", models.IntegerField()),
                        ("state", models.CharField(max_length=10)),
                        ("at", models.DateTimeField()),
                        ("actor", models.CharField(max_length=150)),
                        ("text", models.CharField(blank=True, max_length=500)),
                        (
                            "action",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="events",
                                to="settlement.corporateaction",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["action", "seq"],
                        "constraints": [
                            models.UniqueConstraint(fields=("action", "seq"), name="corporate_action_event_seq_once"),
                            models.CheckConstraint(
                                condition=models.Q(("seq__gte", 1)), name="corporate_action_event_seq_from_1"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CustodyException",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=40)),
                        ("kind", models.CharField(max_length=40)),
                        ("reference", models.CharField(blank=True, max_length=40)),
                        ("text", models.CharField(max_length=500)),
                        ("raw", models.BinaryField(blank=True)),
                        ("file", models.CharField(blank=True, max_length=120)),
                        ("digest", models.CharField(max_length=64)),
                        ("received_at", models.DateTimeField()),
                        (
                            "state",
                            models.CharField(
                                choices=[("open", "open"), ("resolved", "resolved")], default="open", max_length=8
                            ),
                        ),
                        ("owner", models.CharField(blank=True, max_length=150)),
                        ("resolution", models.CharField(blank=True, max_length=500)),
                        ("resolved_by", models.CharField(blank=True, max_length=150)),
                        ("resolved_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "open")), fields=["id"], name="custody_exception_open"
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("digest",), name="custody_exception_once"),
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["open", "resolved"])),
                                name="custody_exception_state_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("resolution", ""),
                                        ("resolved_at__isnull", True),
                                        ("resolved_by", ""),
                                        ("state", "open"),
                                    ),
                                    models.Q(
                                        ("resolved_at__isnull", False),
                                        ("state", "resolved"),
                                        models.Q(("resolved_by", ""), _negated=True),
                                        models.Q(("resolution", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="custody_exception_resolved_by_somebody",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CustodyMessage",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("message_id", models.CharField(max_length=35)),
                        ("digest", models.CharField(max_length=64)),
                        ("kind", models.CharField(max_length=40)),
                        ("reference", models.CharField(blank=True, max_length=40)),
                        ("received_at", models.DateTimeField()),
                    ],
                    options={
                        "ordering": ["id"],
                        "constraints": [models.UniqueConstraint(fields=("message_id",), name="custody_message_once")],
                    },
                ),
                migrations.CreateModel(
                    name="CutOff",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("market", models.CharField(blank=True, max_length=8)),
                        (
                            "what",
                            models.CharField(choices=[("allocate", "Allocate"), ("affirm", "Affirm")], max_length=8),
                        ),
                        ("valid_from", models.DateField()),
                        ("at", models.TimeField(help_text="in the zone beside it")),
                        ("zone", models.CharField(default="America/New_York", max_length=40)),
                    ],
                    options={
                        "ordering": ["market", "what", "valid_from"],
                        "constraints": [
                            models.UniqueConstraint(fields=("market", "what", "valid_from"), name="cut_off_once_a_day"),
                            models.CheckConstraint(
                                condition=models.Q(("what__in", ["allocate", "affirm"])), name="cut_off_what_known"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DayClose",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("date", models.DateField(unique=True)),
                        ("reason", models.CharField(blank=True, max_length=300)),
                        ("left", models.JSONField(blank=True, default=list)),
                        ("asked_at", models.DateTimeField(blank=True, null=True)),
                        ("closed_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "asked_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "closed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-date"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("asked_by__isnull", True), ("reason", "")),
                                    models.Q(models.Q(("reason", ""), _negated=True), ("asked_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="day_close_asked_with_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("left", []), ("reason", "")),
                                    models.Q(("reason", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="day_close_leaves_nothing_without_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("closed_at__isnull", True), ("closed_by__isnull", True)),
                                    ("closed_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="day_close_is_dated",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("closed_at__isnull", True),
                                    ("reason", ""),
                                    models.Q(
                                        ("closed_by__isnull", False),
                                        models.Q(("closed_by", models.F("asked_by")), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="day_close_overridden_by_two",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Entitlement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("qty", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("unsettled_qty", models.DecimalField(decimal_places=8, default=0, max_digits=28)),
                        ("money", models.DecimalField(decimal_places=8, default=0, max_digits=28)),
                        ("units", models.DecimalField(decimal_places=8, default=0, max_digits=28)),
                        ("made_at", models.DateTimeField()),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.account"
                            ),
                        ),
                        (
                            "action",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="entitlements",
                                to="settlement.corporateaction",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["action", "account"],
                        "constraints": [
                            models.UniqueConstraint(fields=("action", "account"), name="entitlement_once"),
                            models.CheckConstraint(
                                condition=models.Q(("qty", 0), _negated=True), name="entitlement_of_something"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ExerciseThreshold",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "asset_class",
                            models.CharField(
                                choices=[
                                    ("equity", "equity"),
                                    ("etf", "etf"),
                                    ("government_bond", "government bond"),
                                    ("corporate_bond", "corporate bond"),
                                    ("future", "future"),
                                    ("option", "option"),
                                    ("fx_spot", "fx spot"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("valid_from", models.DateField()),
                        ("threshold", models.DecimalField(decimal_places=8, max_digits=28)),
                    ],
                    options={
                        "ordering": ["asset_class", "valid_from"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("asset_class", "valid_from"), name="exercise_threshold_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("threshold__gt", 0)), name="exercise_threshold_positive"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FeeListing",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=16)),
                        (
                            "instrument",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="orders.instrument"),
                        ),
                    ],
                    options={
                        "ordering": ["code", "instrument"],
                        "constraints": [
                            models.UniqueConstraint(fields=("code", "instrument"), name="fee_listing_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FeeRate",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=16)),
                        ("name", models.CharField(max_length=80)),
                        ("market", models.CharField(blank=True, max_length=8)),
                        (
                            "asset_class",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("equity", "equity"),
                                    ("etf", "etf"),
                                    ("government_bond", "government bond"),
                                    ("corporate_bond", "corporate bond"),
                                    ("future", "future"),
                                    ("option", "option"),
                                    ("fx_spot", "fx spot"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("issuer_country", models.CharField(blank=True, max_length=2)),
                        (
                            "applies_to",
                            models.CharField(
                                choices=[("buy", "Buy"), ("sell", "Sell"), ("both", "Both")], max_length=4
                            ),
                        ),
                        ("valid_from", models.DateField()),
                        (
                            "basis",
                            models.CharField(
                                choices=[
                                    ("per_million", "per million"),
                                    ("percent", "percent"),
                                    ("basis_points", "basis points"),
                                    ("per_unit", "per unit"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("rate", models.DecimalField(decimal_places=12, max_digits=28)),
                        ("minimum", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("cap", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("rounding_unit", models.DecimalField(decimal_places=8, default="0.01", max_digits=28)),
                        ("round_up", models.BooleanField(default=False)),
                        (
                            "needs_list",
                            models.BooleanField(default=False, help_text="only for instruments on this fee's own list"),
                        ),
                    ],
                    options={
                        "ordering": ["code", "market", "asset_class", "valid_from"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("code", "market", "asset_class", "issuer_country", "applies_to", "valid_from"),
                                name="fee_rate_once",
                            ),
                            models.CheckConstraint(condition=models.Q(("rate__gte", 0)), name="fee_rate_not_negative"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "basis__in",
                                        [
                                            settlement.fees.Basis["PER_MILLION"],
                                            settlement.fees.Basis["PERCENT"],
                                            settlement.fees.Basis["BASIS_POINTS"],
                                            settlement.fees.Basis["PER_UNIT"],
                                        ],
                                    )
                                ),
                                name="fee_rate_basis_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("applies_to__in", ["buy", "sell", "both"])),
                                name="fee_rate_side_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("rounding_unit__gt", 0)), name="fee_rate_rounding_positive"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalCommissionRate",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("client", models.CharField(blank=True, max_length=16)),
                        (
                            "asset_class",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("equity", "equity"),
                                    ("etf", "etf"),
                                    ("government_bond", "government bond"),
                                    ("corporate_bond", "corporate bond"),
                                    ("future", "future"),
                                    ("option", "option"),
                                    ("fx_spot", "fx spot"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("valid_from", models.DateField()),
                        (
                            "basis",
                            models.CharField(
                                choices=[
                                    ("per_million", "per million"),
                                    ("percent", "percent"),
                                    ("basis_points", "basis points"),
                                    ("per_unit", "per unit"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("rate", models.DecimalField(decimal_places=12, max_digits=28)),
                        ("minimum", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("cap", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        (
                            "tiers",
                            models.JSONField(
                                blank=True,
                                default=list,
                                help_text='[["10000", "0.003"]]: from 10,000 shares (or units of money) on, this rate',
                                validators=[settlement.reference.are_tiers],
                            ),
                        ),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="orders.account",
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical commission rate",
                        "verbose_name_plural": "historical commission rates",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalCutOff",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("market", models.CharField(blank=True, max_length=8)),
                        (
                            "what",
                            models.CharField(choices=[("allocate", "Allocate"), ("affirm", "Affirm")], max_length=8),
                        ),
                        ("valid_from", models.DateField()),
                        ("at", models.TimeField(help_text="in the zone beside it")),
                        ("zone", models.CharField(default="America/New_York", max_length=40)),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical cut off",
                        "verbose_name_plural": "historical cut offs",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalFeeRate",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("code", models.CharField(max_length=16)),
                        ("name", models.CharField(max_length=80)),
                        ("market", models.CharField(blank=True, max_length=8)),
                        (
                            "asset_class",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("equity", "equity"),
                                    ("etf", "etf"),
                                    ("government_bond", "government bond"),
                                    ("corporate_bond", "corporate bond"),
                                    ("future", "future"),
                                    ("option", "option"),
                                    ("fx_spot", "fx spot"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("issuer_country", models.CharField(blank=True, max_length=2)),
                        (
                            "applies_to",
                            models.CharField(
                                choices=[("buy", "Buy"), ("sell", "Sell"), ("both", "Both")], max_length=4
                            ),
                        ),
                        ("valid_from", models.DateField()),
                        (
                            "basis",
                            models.CharField(
                                choices=[
                                    ("per_million", "per million"),
                                    ("percent", "percent"),
                                    ("basis_points", "basis points"),
                                    ("per_unit", "per unit"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("rate", models.DecimalField(decimal_places=12, max_digits=28)),
                        ("minimum", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("cap", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("rounding_unit", models.DecimalField(decimal_places=8, default="0.01", max_digits=28)),
                        ("round_up", models.BooleanField(default=False)),
                        (
                            "needs_list",
                            models.BooleanField(default=False, help_text="only for instruments on this fee's own list"),
                        ),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical fee rate",
                        "verbose_name_plural": "historical fee rates",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalMatchTolerance",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("currency", models.CharField(blank=True, db_index=True, max_length=3)),
                        ("avg_px", models.DecimalField(decimal_places=8, default=0, max_digits=28)),
                        ("net_money", models.DecimalField(decimal_places=8, default=0, max_digits=28)),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical match tolerance",
                        "verbose_name_plural": "historical match tolerances",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalNettingSwitch",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("place_of_settlement", models.CharField(max_length=11)),
                        ("valid_from", models.DateField()),
                        ("nets", models.BooleanField(help_text="on: net from this trade date; off: gross")),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical netting switch",
                        "verbose_name_plural": "historical netting switches",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalPenaltyCategory",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        (
                            "category",
                            models.CharField(
                                choices=[
                                    ("liquid_share", "liquid share"),
                                    ("illiquid_share", "illiquid share"),
                                    ("sme_growth_market", "sme growth market"),
                                    ("sovereign_debt", "sovereign debt"),
                                    ("other_debt", "other debt"),
                                    ("sme_debt", "sme debt"),
                                    ("other", "other"),
                                    ("lack_of_cash", "lack of cash"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "instrument",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="orders.instrument",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical penalty category",
                        "verbose_name_plural": "historical penalty categories",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalPenaltyRate",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("market", models.CharField(blank=True, max_length=8)),
                        (
                            "category",
                            models.CharField(
                                choices=[
                                    ("liquid_share", "liquid share"),
                                    ("illiquid_share", "illiquid share"),
                                    ("sme_growth_market", "sme growth market"),
                                    ("sovereign_debt", "sovereign debt"),
                                    ("other_debt", "other debt"),
                                    ("sme_debt", "sme debt"),
                                    ("other", "other"),
                                    ("lack_of_cash", "lack of cash"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("valid_from", models.DateField()),
                        ("rate", models.DecimalField(decimal_places=6, max_digits=12)),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical penalty rate",
                        "verbose_name_plural": "historical penalty rates",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalPlaceOfSettlement",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("market", models.CharField(max_length=8)),
                        (
                            "asset_class",
                            models.CharField(
                                choices=[
                                    ("equity", "equity"),
                                    ("etf", "etf"),
                                    ("government_bond", "government bond"),
                                    ("corporate_bond", "corporate bond"),
                                    ("future", "future"),
                                    ("option", "option"),
                                    ("fx_spot", "fx spot"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("bic", models.CharField(max_length=11)),
                        ("name", models.CharField(max_length=80)),
                        ("counterparty", models.CharField(max_length=40)),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical place of settlement",
                        "verbose_name_plural": "historical place of settlements",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Instruction",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "direction",
                            models.CharField(choices=[("deliver", "Deliver"), ("receive", "Receive")], max_length=8),
                        ),
                        (
                            "payment",
                            models.CharField(
                                choices=[("against_payment", "Against Payment"), ("free", "Free")],
                                db_default="against_payment",
                                default="against_payment",
                                max_length=16,
                            ),
                        ),
                        ("is_net", models.BooleanField(db_default=False, default=False)),
                        ("trade_date", models.DateField()),
                        ("settl_date", models.DateField()),
                        ("qty", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("price", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("net_money", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("currency", models.CharField(max_length=3)),
                        ("settled_qty", models.DecimalField(db_default=0, decimal_places=8, default=0, max_digits=28)),
                        (
                            "settled_money",
                            models.DecimalField(db_default=0, decimal_places=8, default=0, max_digits=28),
                        ),
                        ("place_of_settlement", models.CharField(blank=True, max_length=11)),
                        ("counterparty", models.CharField(blank=True, max_length=40)),
                        ("agent_bic", models.CharField(blank=True, db_default="", max_length=11)),
                        ("safekeeping_account", models.CharField(blank=True, db_default="", max_length=35)),
                        (
                            "partial",
                            models.CharField(
                                choices=[("not_allowed", "Not Allowed"), ("allowed", "Allowed")],
                                db_default="allowed",
                                default="allowed",
                                max_length=12,
                            ),
                        ),
                        ("priority", models.PositiveSmallIntegerField(db_default=3, default=3)),
                        ("on_hold", models.BooleanField(db_default=False, default=False)),
                        (
                            "linkage",
                            models.CharField(
                                blank=True,
                                choices=[("replaces", "Replaces"), ("reverses", "Reverses"), ("paired", "Paired")],
                                db_default="",
                                max_length=8,
                            ),
                        ),
                        ("reason", models.CharField(blank=True, db_default="", max_length=300)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "Draft"),
                                    ("ready", "Ready"),
                                    ("sent", "Sent"),
                                    ("accepted", "Accepted"),
                                    ("matched", "Matched"),
                                    ("unmatched", "Unmatched"),
                                    ("pending", "Pending"),
                                    ("partial", "Partial"),
                                    ("failing", "Failing"),
                                    ("settled", "Settled"),
                                    ("cancel_requested", "Cancel Requested"),
                                    ("cancelled", "Cancelled"),
                                    ("rejected", "Rejected"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("state_at", models.DateTimeField()),
                        ("reason_code", models.CharField(blank=True, db_default="", max_length=4)),
                        ("asked_at", models.DateTimeField(blank=True, null=True)),
                        ("cancel_requested_at", models.DateTimeField(blank=True, null=True)),
                        ("custodian_reference", models.CharField(blank=True, db_default="", max_length=40)),
                        ("settled_on", models.DateField(blank=True, null=True)),
                        ("version", models.IntegerField(db_default=1, default=1)),
                        (
                            "account",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.account",
                            ),
                        ),
                        (
                            "checked_by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "instrument",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.instrument",
                            ),
                        ),
                        (
                            "linked_to",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="linked_from",
                                to="settlement.instruction",
                            ),
                        ),
                        (
                            "made_by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                    },
                ),
                migrations.CreateModel(
                    name="Confirmation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("message_id", models.CharField(max_length=80)),
                        ("business_date", models.DateField()),
                        ("qty", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("net_money", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("custodian_reference", models.CharField(blank=True, max_length=40)),
                        ("at", models.DateTimeField()),
                        (
                            "instruction",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="confirmations",
                                to="settlement.instruction",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                        "constraints": [
                            models.UniqueConstraint(fields=("message_id",), name="confirmation_message_once"),
                            models.CheckConstraint(
                                condition=models.Q(("qty__gt", 0)), name="confirmation_qty_positive"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="InstructionEvent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("seq", models.IntegerField()),
                        ("state", models.CharField(max_length=16)),
                        ("at", models.DateTimeField()),
                        ("actor", models.CharField(max_length=150)),
                        ("text", models.CharField(blank=True, max_length=300)),
                        (
                            "instruction",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="events",
                                to="settlement.instruction",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["instruction", "seq"],
                        "constraints": [
                            models.UniqueConstraint(fields=("instruction", "seq"), name="instruction_event_seq_once"),
                            models.CheckConstraint(
                                condition=models.Q(("seq__gte", 1)), name="instruction_event_seq_from_1"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="InstructionObligation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("seq", models.PositiveSmallIntegerField(default=1)),
                        (
                            "instruction",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="under",
                                to="settlement.instruction",
                            ),
                        ),
                        (
                            "obligation",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="over",
                                to="settlement.obligation",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                        "constraints": [
                            models.UniqueConstraint(fields=("obligation", "seq"), name="instruction_obligation_once"),
                            models.CheckConstraint(
                                condition=models.Q(("seq__gte", 1)), name="instruction_obligation_seq_from_1"
                            ),
                        ],
                    },
                ),
                migrations.AddField(
                    model_name="instruction",
                    name="obligations",
                    field=models.ManyToManyField(
                        related_name="instructions",
                        through="settlement.InstructionObligation",
                        to="settlement.obligation",
                    ),
                ),
                migrations.CreateModel(
                    name="LedgerEntry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("amount", models.DecimalField(decimal_places=8, max_digits=28)),
                        (
                            "phase",
                            models.CharField(
                                choices=[("pending", "Pending"), ("posted", "Posted"), ("void", "Void")], max_length=8
                            ),
                        ),
                        (
                            "asset",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="settlement.asset",
                            ),
                        ),
                        (
                            "credit_account",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="credits",
                                to="settlement.ledgeraccount",
                            ),
                        ),
                        (
                            "debit_account",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="debits",
                                to="settlement.ledgeraccount",
                            ),
                        ),
                        (
                            "obligation",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="entries",
                                to="settlement.obligation",
                            ),
                        ),
                        (
                            "resolves",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="resolved_by",
                                to="settlement.ledgerentry",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "ledger entries",
                        "ordering": ["id"],
                    },
                ),
                migrations.CreateModel(
                    name="CustodyMovement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("sent_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "entry",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="settlement.ledgerentry",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("sent_at__isnull", True)),
                                fields=["id"],
                                name="custody_movement_unsent",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LedgerRoot",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("date", models.DateField(unique=True)),
                        ("last_entry", models.BigIntegerField()),
                        ("entries", models.BigIntegerField()),
                        ("root", models.CharField(max_length=64)),
                        ("made_at", models.DateTimeField()),
                    ],
                    options={
                        "ordering": ["date"],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("entries__gte", 0)), name="ledger_root_counts"),
                            models.CheckConstraint(
                                condition=models.Q(("root__regex", "^[0-9a-f]{64}$")), name="ledger_root_sha256"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LedgerTransaction",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("source", models.CharField(max_length=64, unique=True)),
                        ("input_hash", models.BinaryField(max_length=32)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("trade", "Trade"),
                                    ("settlement", "Settlement"),
                                    ("void", "Void"),
                                    ("reversal", "Reversal"),
                                    ("dividend", "Dividend"),
                                    ("coupon", "Coupon"),
                                    ("corporate_action", "Corporate Action"),
                                    ("variation_margin", "Variation Margin"),
                                    ("exercise", "Exercise"),
                                    ("expiry", "Expiry"),
                                    ("penalty", "Penalty"),
                                    ("transfer", "Transfer"),
                                    ("adjustment", "Adjustment"),
                                    ("pnl", "Pnl"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("effective_date", models.DateField()),
                        ("value_date", models.DateField()),
                        ("inserted_at", models.DateTimeField()),
                        (
                            "reverses",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="settlement.ledgertransaction",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                        "indexes": [models.Index(fields=["effective_date"], name="ledger_transaction_of_day")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        [
                                            "trade",
                                            "settlement",
                                            "void",
                                            "reversal",
                                            "dividend",
                                            "coupon",
                                            "corporate_action",
                                            "variation_margin",
                                            "exercise",
                                            "expiry",
                                            "penalty",
                                            "transfer",
                                            "adjustment",
                                            "pnl",
                                        ],
                                    )
                                ),
                                name="ledger_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "reversal"), ("reverses__isnull", False)),
                                    models.Q(models.Q(("kind", "reversal"), _negated=True), ("reverses__isnull", True)),
                                    _connector="OR",
                                ),
                                name="ledger_reversal_names_its_object",
                            ),
                        ],
                    },
                ),
                migrations.AddField(
                    model_name="ledgerentry",
                    name="transaction",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="settlement.ledgertransaction",
                    ),
                ),
                migrations.AddField(
                    model_name="break",
                    name="entry",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="settlement.ledgertransaction",
                    ),
                ),
                migrations.CreateModel(
                    name="MatchTolerance",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("currency", models.CharField(blank=True, max_length=3, unique=True)),
                        ("avg_px", models.DecimalField(decimal_places=8, default=0, max_digits=28)),
                        ("net_money", models.DecimalField(decimal_places=8, default=0, max_digits=28)),
                    ],
                    options={
                        "ordering": ["currency"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("avg_px__gte", 0), ("net_money__gte", 0)),
                                name="tolerance_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("currency", ""), ("currency__regex", "^[A-Z]{3}$"), _connector="OR"
                                ),
                                name="tolerance_currency_iso_4217",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="NettingSwitch",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("place_of_settlement", models.CharField(max_length=11)),
                        ("valid_from", models.DateField()),
                        ("nets", models.BooleanField(help_text="on: net from this trade date; off: gross")),
                    ],
                    options={
                        "verbose_name_plural": "netting switches",
                        "ordering": ["place_of_settlement", "valid_from"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("place_of_settlement", "valid_from"), name="netting_switch_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ObligationCancellation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("actor", models.CharField(max_length=150)),
                        (
                            "execution",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.executionreport",
                            ),
                        ),
                        (
                            "obligation",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="cancellation",
                                to="settlement.obligation",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                    },
                ),
                migrations.CreateModel(
                    name="OptionNotice",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("source", models.CharField(max_length=64)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("exercise", "Exercise"),
                                    ("abandon", "Abandon"),
                                    ("assignment", "Assignment"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("qty", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("day", models.DateField()),
                        ("proposed_by", models.CharField(max_length=150)),
                        ("proposed_at", models.DateTimeField()),
                        ("confirmed_by", models.CharField(blank=True, max_length=150)),
                        ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "account",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.account",
                            ),
                        ),
                        (
                            "instrument",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.instrument"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.UniqueConstraint(fields=("source",), name="option_notice_source_once"),
                            models.CheckConstraint(
                                condition=models.Q(("qty__gt", 0)), name="option_notice_qty_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["exercise", "abandon", "assignment"])),
                                name="option_notice_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("confirmed_by", models.F("proposed_by")), _negated=True),
                                name="option_notice_maker_not_checker",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("confirmed_at__isnull", True), ("confirmed_by", "")),
                                    models.Q(
                                        models.Q(("confirmed_by", ""), _negated=True), ("confirmed_at__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="option_notice_confirmed_when",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Penalty",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("day", models.DateField()),
                        (
                            "category",
                            models.CharField(
                                choices=[
                                    ("liquid_share", "liquid share"),
                                    ("illiquid_share", "illiquid share"),
                                    ("sme_growth_market", "sme growth market"),
                                    ("sovereign_debt", "sovereign debt"),
                                    ("other_debt", "other debt"),
                                    ("sme_debt", "sme debt"),
                                    ("other", "other"),
                                    ("lack_of_cash", "lack of cash"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("reason_code", models.CharField(blank=True, max_length=4)),
                        ("failed_qty", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("reference_price", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("rate", models.DecimalField(decimal_places=6, max_digits=12)),
                        ("amount", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("currency", models.CharField(max_length=3)),
                        ("is_ours", models.BooleanField()),
                        (
                            "instruction",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="penalties",
                                to="settlement.instruction",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "penalties",
                        "ordering": ["id"],
                        "constraints": [
                            models.UniqueConstraint(fields=("instruction", "day"), name="penalty_once_a_day"),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gte", 0), ("failed_qty__gt", 0)),
                                name="penalty_not_negative",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PenaltyCategory",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "category",
                            models.CharField(
                                choices=[
                                    ("liquid_share", "liquid share"),
                                    ("illiquid_share", "illiquid share"),
                                    ("sme_growth_market", "sme growth market"),
                                    ("sovereign_debt", "sovereign debt"),
                                    ("other_debt", "other debt"),
                                    ("sme_debt", "sme debt"),
                                    ("other", "other"),
                                    ("lack_of_cash", "lack of cash"),
                                ],
                                max_length=20,
                            ),
                        ),
                        (
                            "instrument",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.instrument"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "penalty categories",
                        "ordering": ["instrument"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "category__in",
                                        (
                                            "liquid_share",
                                            "illiquid_share",
                                            "sme_growth_market",
                                            "sovereign_debt",
                                            "other_debt",
                                            "sme_debt",
                                            "other",
                                        ),
                                    )
                                ),
                                name="penalty_category_known",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PenaltyRate",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("market", models.CharField(blank=True, max_length=8)),
                        (
                            "category",
                            models.CharField(
                                choices=[
                                    ("liquid_share", "liquid share"),
                                    ("illiquid_share", "illiquid share"),
                                    ("sme_growth_market", "sme growth market"),
                                    ("sovereign_debt", "sovereign debt"),
                                    ("other_debt", "other debt"),
                                    ("sme_debt", "sme debt"),
                                    ("other", "other"),
                                    ("lack_of_cash", "lack of cash"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("valid_from", models.DateField()),
                        ("rate", models.DecimalField(decimal_places=6, max_digits=12)),
                    ],
                    options={
                        "ordering": ["market", "category", "valid_from"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("market", "category", "valid_from"), name="penalty_rate_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "category__in",
                                        (
                                            "liquid_share",
                                            "illiquid_share",
                                            "sme_growth_market",
                                            "sovereign_debt",
                                            "other_debt",
                                            "sme_debt",
                                            "other",
                                            "lack_of_cash",
                                        ),
                                    )
                                ),
                                name="penalty_rate_category_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("rate__gte", 0), ("category", "lack_of_cash"), _connector="OR"),
                                name="penalty_rate_not_negative",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PlaceOfSettlement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("market", models.CharField(max_length=8)),
                        (
                            "asset_class",
                            models.CharField(
                                choices=[
                                    ("equity", "equity"),
                                    ("etf", "etf"),
                                    ("government_bond", "government bond"),
                                    ("corporate_bond", "corporate bond"),
                                    ("future", "future"),
                                    ("option", "option"),
                                    ("fx_spot", "fx spot"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("bic", models.CharField(max_length=11)),
                        ("name", models.CharField(max_length=80)),
                        ("counterparty", models.CharField(max_length=40)),
                    ],
                    options={
                        "ordering": ["market", "asset_class"],
                        "constraints": [
                            models.UniqueConstraint(fields=("market", "asset_class"), name="place_of_settlement_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReferenceRevision",
                    fields=[
                        (
                            "id",
                            models.PositiveSmallIntegerField(
                                default=1, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("number", models.BigIntegerField(default=0)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("id", 1)), name="reference_revision_one_row")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SettlementCalendar",
                    fields=[
                        ("code", models.CharField(max_length=12, primary_key=True, serialize=False)),
                        ("name", models.CharField(max_length=80)),
                        ("valid_from", models.DateField()),
                        ("valid_to", models.DateField()),
                    ],
                    options={
                        "ordering": ["code"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("valid_from__lte", models.F("valid_to"))),
                                name="settlement_calendar_span",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HolidayOverride",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("day", models.DateField()),
                        (
                            "is_open",
                            models.BooleanField(
                                help_text="on: the calendar settles that day although the source says not"
                            ),
                        ),
                        ("reason", models.CharField(max_length=200)),
                        (
                            "calendar",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="overrides",
                                to="settlement.settlementcalendar",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["calendar", "day"],
                        "constraints": [
                            models.UniqueConstraint(fields=("calendar", "day"), name="holiday_override_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Holiday",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("day", models.DateField()),
                        ("name", models.CharField(max_length=200)),
                        (
                            "calendar",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="holidays",
                                to="settlement.settlementcalendar",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["calendar", "day"],
                        "constraints": [models.UniqueConstraint(fields=("calendar", "day"), name="holiday_once")],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalSettlementCycle",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("market", models.CharField(max_length=8)),
                        ("asset_class", models.CharField(max_length=20)),
                        ("pair", models.CharField(blank=True, max_length=6)),
                        ("valid_from", models.DateField()),
                        ("days", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "calendar",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="settlement.settlementcalendar",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical settlement cycle",
                        "verbose_name_plural": "historical settlement cycles",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalHolidayOverride",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("day", models.DateField()),
                        (
                            "is_open",
                            models.BooleanField(
                                help_text="on: the calendar settles that day although the source says not"
                            ),
                        ),
                        ("reason", models.CharField(max_length=200)),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "calendar",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="settlement.settlementcalendar",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical holiday override",
                        "verbose_name_plural": "historical holiday overrides",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="SettlementCycle",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("market", models.CharField(max_length=8)),
                        ("asset_class", models.CharField(max_length=20)),
                        ("pair", models.CharField(blank=True, max_length=6)),
                        ("valid_from", models.DateField()),
                        ("days", models.PositiveSmallIntegerField(blank=True, null=True)),
                        (
                            "calendar",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="settlement.settlementcalendar",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["market", "asset_class", "pair", "valid_from"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("market", "asset_class", "pair", "valid_from"), name="settlement_cycle_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("calendar__isnull", True), ("market", "FX")),
                                    models.Q(
                                        models.Q(("market", "FX"), _negated=True),
                                        ("calendar__isnull", False),
                                        ("pair", ""),
                                    ),
                                    _connector="OR",
                                ),
                                name="settlement_cycle_calendar_unless_fx",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("days__isnull", True), ("days__lte", 10), _connector="OR"),
                                name="settlement_cycle_days",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SettlementPrice",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("day", models.DateField()),
                        ("price", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("source", models.CharField(max_length=40)),
                        ("entered_by", models.CharField(max_length=150)),
                        ("entered_at", models.DateTimeField()),
                        ("margin_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "instrument",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.instrument",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-day", "instrument"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("margin_at__isnull", True)),
                                fields=["day"],
                                name="settlement_price_open",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("instrument", "day"), name="settlement_price_once_a_day"),
                            models.CheckConstraint(
                                condition=models.Q(("source", ""), _negated=True), name="settlement_price_has_source"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SignOff",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("holdings", "Holdings"),
                                    ("movements", "Movements"),
                                    ("cash", "Cash"),
                                    ("dropcopy", "Dropcopy"),
                                ],
                                max_length=9,
                            ),
                        ),
                        ("day", models.DateField()),
                        ("matches", models.IntegerField()),
                        ("breaks", models.IntegerField()),
                        ("open_breaks", models.IntegerField()),
                        ("signed_at", models.DateTimeField()),
                        ("text", models.CharField(blank=True, max_length=300)),
                        (
                            "account",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.account",
                            ),
                        ),
                        (
                            "resolver",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "signed_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [models.Index(fields=["day"], name="sign_off_of_day")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("kind", "account", "day"), name="sign_off_once", nulls_distinct=False
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["holdings", "movements", "cash", "dropcopy"])),
                                name="sign_off_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("breaks__gte", 0),
                                    ("matches__gte", 0),
                                    ("open_breaks__gte", 0),
                                    ("open_breaks__lte", models.F("breaks")),
                                ),
                                name="sign_off_counts",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("resolver__isnull", True),
                                    models.Q(("resolver", models.F("signed_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="sign_off_by_another",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StandingInstruction",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("party", models.CharField(blank=True, max_length=40)),
                        ("market", models.CharField(blank=True, max_length=8)),
                        ("currency", models.CharField(blank=True, max_length=3)),
                        (
                            "asset_class",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("equity", "equity"),
                                    ("etf", "etf"),
                                    ("government_bond", "government bond"),
                                    ("corporate_bond", "corporate bond"),
                                    ("future", "future"),
                                    ("option", "option"),
                                    ("fx_spot", "fx spot"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("place_of_settlement", models.CharField(blank=True, max_length=11)),
                        ("counterparty", models.CharField(blank=True, max_length=40)),
                        ("agent_bic", models.CharField(blank=True, max_length=11)),
                        ("safekeeping_account", models.CharField(blank=True, max_length=35)),
                        ("cash_account", models.CharField(blank=True, max_length=34)),
                        ("valid_from", models.DateField()),
                        ("valid_to", models.DateField(blank=True, null=True)),
                        ("reason", models.CharField(max_length=300)),
                        ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ("checked_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "account",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.account",
                            ),
                        ),
                        (
                            "checked_by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "made_by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "superseded_by",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="supersedes",
                                to="settlement.standinginstruction",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("account__isnull", True), ("party", ""), _connector="OR"),
                                name="standing_instruction_ours_or_a_partys",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_to__isnull", True),
                                    ("valid_to__gte", models.F("valid_from")),
                                    _connector="OR",
                                ),
                                name="standing_instruction_span",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("checked_at__isnull", True), ("checked_by__isnull", True)),
                                    models.Q(("checked_at__isnull", False), ("checked_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="standing_instruction_check_is_dated",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("checked_by__isnull", True),
                                    models.Q(("made_by", models.F("checked_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="standing_instruction_maker_not_checker",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("agent_bic", ""),
                                    ("cash_account", ""),
                                    ("place_of_settlement", ""),
                                    ("safekeeping_account", ""),
                                    _negated=True,
                                ),
                                name="standing_instruction_says_something",
                            ),
                        ],
                    },
                ),
                migrations.AddField(
                    model_name="instruction",
                    name="ssi",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="settlement.standinginstruction",
                    ),
                ),
                migrations.CreateModel(
                    name="Statement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("message_id", models.CharField(max_length=64)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("holdings", "Holdings"),
                                    ("movements", "Movements"),
                                    ("cash", "Cash"),
                                    ("dropcopy", "Dropcopy"),
                                ],
                                max_length=9,
                            ),
                        ),
                        ("source", models.CharField(max_length=32)),
                        ("currency", models.CharField(blank=True, max_length=3)),
                        ("day", models.DateField()),
                        ("opening", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("closing", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("digest", models.BinaryField(max_length=32)),
                        ("received_at", models.DateTimeField()),
                        (
                            "account",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.account",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [models.Index(fields=["day", "kind", "account"], name="statement_of_day")],
                        "constraints": [
                            models.UniqueConstraint(fields=("message_id",), name="statement_message_once"),
                            models.UniqueConstraint(
                                fields=("kind", "source", "account", "currency", "day"),
                                name="statement_once_a_day",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["holdings", "movements", "cash", "dropcopy"])),
                                name="statement_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("account__isnull", True), ("kind", "dropcopy")),
                                    models.Q(models.Q(("kind", "dropcopy"), _negated=True), ("account__isnull", False)),
                                    _connector="OR",
                                ),
                                name="statement_of_an_account",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("closing__isnull", False),
                                        ("currency__regex", "^[A-Z]{3}$"),
                                        ("kind", "cash"),
                                        ("opening__isnull", False),
                                    ),
                                    models.Q(
                                        models.Q(("kind", "cash"), _negated=True),
                                        ("closing__isnull", True),
                                        ("currency", ""),
                                        ("opening__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="statement_cash_has_balances",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Reconciliation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("ours", models.IntegerField()),
                        ("theirs", models.IntegerField()),
                        ("matched", models.JSONField()),
                        ("matches", models.IntegerField()),
                        ("breaks", models.IntegerField()),
                        ("opened", models.IntegerField()),
                        ("closed", models.IntegerField()),
                        ("at", models.DateTimeField()),
                        (
                            "statement",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reconciliation",
                                to="settlement.statement",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("closed__gte", 0),
                                    ("matches__gte", 0),
                                    ("opened__gte", 0),
                                    ("ours__gte", 0),
                                    ("theirs__gte", 0),
                                    ("breaks__gte", models.F("opened")),
                                ),
                                name="reconciliation_counts",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StatementLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.IntegerField()),
                        ("reference", models.CharField(blank=True, max_length=64)),
                        ("custodian_reference", models.CharField(blank=True, max_length=64)),
                        ("isin", models.CharField(blank=True, max_length=12)),
                        ("direction", models.CharField(blank=True, max_length=8)),
                        ("qty", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("price", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("money", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("currency", models.CharField(blank=True, max_length=3)),
                        ("day", models.DateField(blank=True, null=True)),
                        ("subject", models.CharField(blank=True, max_length=64)),
                        (
                            "statement",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="settlement.statement",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["statement", "number"],
                        "constraints": [
                            models.UniqueConstraint(fields=("statement", "number"), name="statement_line_once"),
                            models.CheckConstraint(
                                condition=models.Q(("number__gte", 1)), name="statement_line_from_1"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TradeConfirmation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "side",
                            models.CharField(
                                choices=[("buy", "buy"), ("sell", "sell"), ("sell_short", "sell short")], max_length=12
                            ),
                        ),
                        ("trade_date", models.DateField()),
                        ("settl_date", models.DateField()),
                        ("qty", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("avg_px", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("net_money", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("unconfirmed", "Unconfirmed"),
                                    ("confirmed", "Confirmed"),
                                    ("affirmed", "Affirmed"),
                                    ("disputed", "Disputed"),
                                    ("late", "Late"),
                                    ("cancelled", "Cancelled"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("state_at", models.DateTimeField()),
                        ("version", models.PositiveIntegerField(default=1)),
                        ("told_version", models.PositiveIntegerField(default=0)),
                        ("affirm_by", models.DateTimeField(blank=True, null=True)),
                        ("was_late", models.BooleanField(default=False)),
                        ("theirs", models.JSONField(blank=True, default=dict)),
                        ("differences", models.JSONField(blank=True, default=list)),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.account"
                            ),
                        ),
                        (
                            "instrument",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.instrument",
                            ),
                        ),
                        (
                            "obligation",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="confirmation",
                                to="settlement.obligation",
                            ),
                        ),
                        (
                            "share",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="confirmation",
                                to="settlement.allocationshare",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ("unconfirmed", "confirmed", "disputed", "late"))),
                                fields=["affirm_by"],
                                name="trade_confirmation_open",
                            ),
                            models.Index(
                                condition=models.Q(("told_version__lt", models.F("version"))),
                                fields=["id"],
                                name="trade_confirmation_untold",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "state__in",
                                        ["unconfirmed", "confirmed", "affirmed", "disputed", "late", "cancelled"],
                                    )
                                ),
                                name="trade_confirmation_state_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("qty__gt", 0)), name="trade_confirmation_qty_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "late"), _negated=True), ("was_late", True), _connector="OR"
                                ),
                                name="trade_confirmation_late_is_remembered",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TradeConfirmationEvent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("seq", models.PositiveIntegerField()),
                        ("state", models.CharField(max_length=12)),
                        ("at", models.DateTimeField()),
                        ("actor", models.CharField(max_length=150)),
                        ("text", models.CharField(blank=True, max_length=300)),
                        (
                            "confirmation",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="events",
                                to="settlement.tradeconfirmation",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["confirmation", "seq"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("confirmation", "seq"), name="trade_confirmation_event_seq_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("seq__gte", 1)), name="trade_confirmation_event_seq_from_1"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="VariationMargin",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("day", models.DateField()),
                        ("qty", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("settlement_px", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("amount", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("value_date", models.DateField()),
                        ("made_at", models.DateTimeField()),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.account"
                            ),
                        ),
                        (
                            "instrument",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.instrument",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("instrument", "account", "day"), name="variation_margin_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("value_date__gte", models.F("day"))),
                                name="variation_margin_paid_after",
                            ),
                        ],
                    },
                ),
                migrations.AddConstraint(
                    model_name="obligation",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("reverses__isnull", True)),
                        fields=("execution",),
                        name="obligation_execution_once",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="obligation",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("reverses__isnull", False)),
                        fields=("execution",),
                        name="obligation_reversal_once",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="obligation",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("reverses__isnull", True)),
                        fields=("allocation",),
                        name="obligation_allocation_once",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="obligation",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("reverses__isnull", False)),
                        fields=("allocation",),
                        name="obligation_allocation_reversal_once",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="obligation",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("execution__isnull", True), ("allocation__isnull", True), _connector="XOR"),
                        name="obligation_has_one_cause",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="obligation",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            (
                                "side__in",
                                [
                                    orders.vocabulary.Side["BUY"],
                                    orders.vocabulary.Side["SELL"],
                                    orders.vocabulary.Side["SELL_SHORT"],
                                ],
                            )
                        ),
                        name="obligation_side_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="obligation",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("qty__gt", 0)), name="obligation_qty_positive"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="obligation",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("settl_date__gte", models.F("trade_date"))),
                        name="obligation_settles_after_trade",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="obligation",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="obligation_currency_iso_4217"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="obligation",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                (
                                    "net_money",
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("principal"), "+", models.F("accrued")
                                            ),
                                            "+",
                                            models.F("commission"),
                                        ),
                                        "+",
                                        models.F("fees"),
                                    ),
                                ),
                                ("side", "buy"),
                            ),
                            models.Q(
                                models.Q(("side", "buy"), _negated=True),
                                (
                                    "net_money",
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("principal"), "+", models.F("accrued")
                                            ),
                                            "-",
                                            models.F("commission"),
                                        ),
                                        "-",
                                        models.F("fees"),
                                    ),
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="obligation_net_adds_up",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="obligation",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("commission__gte", 0), ("fees__gte", 0), ("reverses__isnull", True)),
                            models.Q(("commission__lte", 0), ("fees__lte", 0), ("reverses__isnull", False)),
                            _connector="OR",
                        ),
                        name="obligation_charges_signed",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="ledgeraccount",
                    constraint=models.UniqueConstraint(
                        fields=("owner", "account", "party", "asset", "location"),
                        name="ledger_account_once",
                        nulls_distinct=False,
                    ),
                ),
                migrations.AddConstraint(
                    model_name="ledgeraccount",
                    constraint=models.UniqueConstraint(fields=("id", "asset"), name="ledger_account_asset"),
                ),
                migrations.AddConstraint(
                    model_name="ledgeraccount",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("account__isnull", False), ("owner", "account"), ("party", "")),
                            models.Q(
                                ("account__isnull", True),
                                ("owner__in", ["street", "commission", "fee", "issuer", "clearing", "custodian"]),
                            ),
                            ("owner__in", ["pnl", "suspense"]),
                            _connector="OR",
                        ),
                        name="ledger_account_owner",
                    ),
                ),
                migrations.AddIndex(
                    model_name="ledgerentry",
                    index=models.Index(fields=["debit_account", "id"], name="ledger_entry_debit"),
                ),
                migrations.AddIndex(
                    model_name="ledgerentry",
                    index=models.Index(fields=["credit_account", "id"], name="ledger_entry_credit"),
                ),
                migrations.AddConstraint(
                    model_name="ledgerentry",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0)), name="ledger_entry_amount_positive"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="ledgerentry",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("debit_account", models.F("credit_account")), _negated=True),
                        name="ledger_entry_between_two",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="ledgerentry",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("phase", "pending"), ("resolves__isnull", True)),
                            models.Q(("phase", "void"), ("resolves__isnull", False)),
                            ("phase", "posted"),
                            _connector="OR",
                        ),
                        name="ledger_entry_phase",
                    ),
                ),
                migrations.AddIndex(
                    model_name="break",
                    index=models.Index(
                        condition=models.Q(("state__in", ["open", "assigned"])),
                        fields=["kind", "account"],
                        name="break_live",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="break",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("state__in", ["open", "assigned"])),
                        fields=("kind", "source", "account", "key"),
                        name="break_live_once",
                        nulls_distinct=False,
                    ),
                ),
                migrations.AddConstraint(
                    model_name="break",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("kind__in", ["holdings", "movements", "cash", "dropcopy"])),
                        name="break_kind_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="break",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            (
                                "type__in",
                                (
                                    "missing_ours",
                                    "missing_theirs",
                                    "qty",
                                    "price",
                                    "cash",
                                    "date",
                                    "currency",
                                    "duplicate",
                                    "ssi",
                                ),
                            )
                        ),
                        name="break_type_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="break",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "assigned", "resolved", "auto_closed"])),
                        name="break_state_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="break",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("reason__in", ["", "timing", "their_error", "corrected", "explained", "written_off"])
                        ),
                        name="break_reason_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="break",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("ours__isnull", False), ("theirs__isnull", False), _connector="OR"),
                        name="break_has_a_side",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="break",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("seen_on__gte", models.F("opened_on"))), name="break_seen_after_opened"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="break",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at__isnull", True), ("state__in", ["open", "assigned"])),
                            models.Q(
                                models.Q(("state__in", ["open", "assigned"]), _negated=True),
                                ("closed_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="break_closed_when_closed",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="break",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "assigned"), _negated=True), ("owner__isnull", False), _connector="OR"
                        ),
                        name="break_assigned_to_somebody",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="break",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "resolved"), _negated=True),
                            models.Q(models.Q(("reason", ""), _negated=True), ("resolved_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="break_resolved_by_somebody",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="break",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reason", "corrected"), ("state", "resolved"), _negated=True),
                            ("entry__isnull", False),
                            models.Q(("adjustment", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="break_correction_is_named",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="break",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reason", "written_off"), ("state", "resolved"), _negated=True),
                            models.Q(("confirmed_by__isnull", False), ("entry__isnull", False)),
                            _connector="OR",
                        ),
                        name="break_written_off_by_two",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="break",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("confirmed_by__isnull", True),
                            models.Q(("confirmed_by", models.F("resolved_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="break_confirmed_by_another",
                    ),
                ),
                migrations.AddIndex(
                    model_name="instruction",
                    index=models.Index(
                        condition=models.Q(("on_hold", False), ("state", "ready")),
                        fields=["id"],
                        name="instruction_ready",
                    ),
                ),
                migrations.AddIndex(
                    model_name="instruction",
                    index=models.Index(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "sent",
                                    "accepted",
                                    "matched",
                                    "unmatched",
                                    "pending",
                                    "partial",
                                    "failing",
                                    "cancel_requested",
                                ],
                            )
                        ),
                        fields=["asked_at"],
                        name="instruction_waiting",
                    ),
                ),
                migrations.AddIndex(
                    model_name="instruction",
                    index=models.Index(fields=["account", "settl_date"], name="instruction_account_day"),
                ),
                migrations.AddIndex(
                    model_name="instruction",
                    index=models.Index(
                        condition=models.Q(("settled_on__gt", models.F("settl_date")), ("state", "settled")),
                        fields=["settled_on"],
                        name="instruction_settled_late",
                    ),
                ),
                migrations.AddIndex(
                    model_name="instruction",
                    index=models.Index(condition=models.Q(("payment", "free")), fields=["id"], name="instruction_free"),
                ),
                migrations.AddConstraint(
                    model_name="instruction",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "draft",
                                    "ready",
                                    "sent",
                                    "accepted",
                                    "matched",
                                    "unmatched",
                                    "pending",
                                    "partial",
                                    "failing",
                                    "settled",
                                    "cancel_requested",
                                    "cancelled",
                                    "rejected",
                                ],
                            )
                        ),
                        name="instruction_state_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="instruction",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("direction__in", ["deliver", "receive"])),
                        name="instruction_direction_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="instruction",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("payment", "against_payment"),
                            models.Q(("net_money", 0), ("payment", "free")),
                            _connector="OR",
                        ),
                        name="instruction_payment_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="instruction",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("partial__in", ["not_allowed", "allowed"])),
                        name="instruction_partial_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="instruction",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("priority__range", (1, 4))), name="instruction_priority_1_to_4"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="instruction",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("qty__gt", 0)), name="instruction_qty_positive"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="instruction",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["draft", "cancelled"]),
                            models.Q(("place_of_settlement", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="instruction_place_unless_draft",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="instruction",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("settled_on__gte", models.F("settl_date")),
                                ("settled_on__isnull", False),
                                ("state", "settled"),
                            ),
                            models.Q(models.Q(("state", "settled"), _negated=True), ("settled_on__isnull", True)),
                            _connector="OR",
                        ),
                        name="instruction_settled_iff_dated",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="instruction",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("settled_money", models.F("net_money")),
                                ("settled_qty", models.F("qty")),
                                ("state", "settled"),
                            ),
                            models.Q(
                                models.Q(("state", "settled"), _negated=True),
                                ("settled_qty__gte", 0),
                                ("settled_qty__lt", models.F("qty")),
                            ),
                            _connector="OR",
                        ),
                        name="instruction_settled_at_most_once",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="instruction",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "partial"), _negated=True), ("settled_qty__gt", 0), _connector="OR"
                        ),
                        name="instruction_partial_has_settled",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="instruction",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "cancel_requested"), _negated=True),
                            ("cancel_requested_at__isnull", False),
                            _connector="OR",
                        ),
                        name="instruction_cancel_request_is_dated",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="instruction",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("linkage", ""), ("linked_to__isnull", True)),
                            models.Q(("linkage__in", ["replaces", "reverses", "paired"]), ("linked_to__isnull", False)),
                            _connector="OR",
                        ),
                        name="instruction_linkage_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="instruction",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("payment", "against_payment"),
                            models.Q(
                                ("made_by__isnull", False),
                                models.Q(
                                    ("state__in", ["draft", "cancelled"]),
                                    ("checked_by__isnull", False),
                                    _connector="OR",
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="instruction_free_has_four_eyes",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="instruction",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("checked_by__isnull", True),
                            models.Q(("made_by", models.F("checked_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="instruction_maker_not_checker",
                    ),
                ),
            ]
        )
    ]
