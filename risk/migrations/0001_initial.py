import django.db.models.deletion
import django.db.models.expressions
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import oms.base.clock
import orders.vocabulary
import risk.caselife
import risk.losslevels
import risk.room
import risk.waiving
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
                    name="WatchMark",
                    fields=[
                        ("name", models.CharField(max_length=16, primary_key=True, serialize=False)),
                        ("at", models.DateTimeField()),
                        ("seen", models.JSONField(default=dict)),
                    ],
                ),
                migrations.CreateModel(
                    name="AccountProfile",
                    fields=[
                        (
                            "account",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="profile",
                                serialize=False,
                                to="orders.account",
                            ),
                        ),
                        (
                            "owner",
                            models.CharField(blank=True, db_index=True, help_text="beneficial owner", max_length=80),
                        ),
                        ("self_trade_group", models.CharField(blank=True, db_index=True, max_length=40)),
                        ("proprietary", models.BooleanField(blank=True, null=True)),
                        ("barrier", models.CharField(blank=True, max_length=40)),
                        ("qib", models.BooleanField(blank=True, help_text="qualified institutional buyer", null=True)),
                        ("erisa", models.BooleanField(blank=True, null=True)),
                        ("retail", models.BooleanField(blank=True, null=True)),
                        ("sanctioned", models.BooleanField(blank=True, null=True)),
                        ("options_level", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("approved_venues", models.JSONField(blank=True, help_text='["XNAS", "XNYS"]', null=True)),
                        ("approved_brokers", models.JSONField(blank=True, help_text='["GSCO"]', null=True)),
                        ("nav", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("nav_as_of", models.DateTimeField(blank=True, null=True)),
                        ("cash", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("margin_equity", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        (
                            "benchmark_duration",
                            models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True),
                        ),
                        ("var_pct", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        (
                            "benchmark_var_pct",
                            models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True),
                        ),
                        ("source", models.CharField(max_length=80)),
                        ("as_of", models.DateTimeField()),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("nav__isnull", True),
                                    models.Q(("nav__gt", 0), ("nav_as_of__isnull", False)),
                                    _connector="OR",
                                ),
                                name="profile_nav_dated",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Arming",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("strategy", models.CharField(db_index=True, max_length=64)),
                        ("at", models.DateTimeField()),
                        ("reason", models.CharField(max_length=500)),
                        (
                            "by",
                            models.ForeignKey(
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
                    name="Decision",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("kind", models.CharField(choices=[("enter", "Enter"), ("amend", "Amend")], max_length=8)),
                        ("at", models.DateTimeField()),
                        (
                            "outcome",
                            models.CharField(
                                choices=[("pass", "pass"), ("alert", "alert"), ("soft", "soft"), ("hard", "hard")],
                                max_length=8,
                            ),
                        ),
                        ("accepted", models.BooleanField()),
                        (
                            "basis",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("acknowledged", "Acknowledged"),
                                    ("reduce_only", "Reduce Only"),
                                    ("part", "Part"),
                                    ("override", "Override"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("inputs", models.JSONField()),
                        ("findings", models.JSONField()),
                        ("reason", models.CharField(blank=True, db_default="", max_length=500)),
                        ("override_no", models.BigIntegerField(null=True)),
                        (
                            "way",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("reason", "reason"),
                                    ("second_person", "second person"),
                                    ("designated", "designated"),
                                ],
                                db_default="",
                                max_length=16,
                            ),
                        ),
                        ("terms_hash", models.CharField(blank=True, db_default="", max_length=64)),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="decisions", to="orders.order"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("kind", "enter")), fields=("order",), name="decision_entered_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["enter", "amend"])), name="decision_kind_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("outcome__in", ["pass", "alert", "soft", "hard"])),
                                name="decision_outcome_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("accepted", True), ("basis", ""), ("outcome__in", ["pass", "alert"])),
                                    models.Q(
                                        ("accepted", True),
                                        ("basis__in", ["acknowledged", "reduce_only", "part", "override"]),
                                        ("outcome", "soft"),
                                    ),
                                    models.Q(
                                        ("accepted", True),
                                        ("basis__in", ["reduce_only", "part", "override"]),
                                        ("outcome", "hard"),
                                    ),
                                    models.Q(("accepted", False), ("basis", ""), ("outcome__in", ["soft", "hard"])),
                                    _connector="OR",
                                ),
                                name="decision_follows_outcome",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("basis", "override"), _negated=True),
                                    ("override_no__isnull", False),
                                    _connector="OR",
                                ),
                                name="decision_names_override",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("way__in", ["", "reason", "second_person", "designated"])),
                                name="decision_way_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalAccountProfile",
                    fields=[
                        (
                            "owner",
                            models.CharField(blank=True, db_index=True, help_text="beneficial owner", max_length=80),
                        ),
                        ("self_trade_group", models.CharField(blank=True, db_index=True, max_length=40)),
                        ("proprietary", models.BooleanField(blank=True, null=True)),
                        ("barrier", models.CharField(blank=True, max_length=40)),
                        ("qib", models.BooleanField(blank=True, help_text="qualified institutional buyer", null=True)),
                        ("erisa", models.BooleanField(blank=True, null=True)),
                        ("retail", models.BooleanField(blank=True, null=True)),
                        ("sanctioned", models.BooleanField(blank=True, null=True)),
                        ("options_level", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("approved_venues", models.JSONField(blank=True, help_text='["XNAS", "XNYS"]', null=True)),
                        ("approved_brokers", models.JSONField(blank=True, help_text='["GSCO"]', null=True)),
                        ("nav", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("nav_as_of", models.DateTimeField(blank=True, null=True)),
                        ("cash", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("margin_equity", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        (
                            "benchmark_duration",
                            models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True),
                        ),
                        ("var_pct", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        (
                            "benchmark_var_pct",
                            models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True),
                        ),
                        ("source", models.CharField(max_length=80)),
                        ("as_of", models.DateTimeField()),
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
                        "verbose_name": "historical account profile",
                        "verbose_name_plural": "historical account profiles",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalInstrumentAnalytics",
                    fields=[
                        (
                            "parent",
                            models.CharField(
                                blank=True,
                                db_index=True,
                                help_text="ultimate issuer; empty: the instrument's own issuer",
                                max_length=80,
                            ),
                        ),
                        ("country", models.CharField(blank=True, help_text="ISO 3166", max_length=2)),
                        (
                            "sector",
                            models.CharField(blank=True, help_text="empty: the instrument's own", max_length=40),
                        ),
                        (
                            "shares_outstanding",
                            models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True),
                        ),
                        ("adv", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("duration", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("ratings", models.JSONField(blank=True, null=True)),
                        (
                            "liquidity",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("highly_liquid", "Highly Liquid"),
                                    ("moderately_liquid", "Moderately Liquid"),
                                    ("less_liquid", "Less Liquid"),
                                    ("illiquid", "Illiquid"),
                                ],
                                max_length=20,
                            ),
                        ),
                        (
                            "only_qib",
                            models.BooleanField(
                                blank=True, help_text="Rule 144A: qualified institutional buyers only", null=True
                            ),
                        ),
                        (
                            "retail",
                            models.BooleanField(blank=True, help_text="may be sold to retail clients", null=True),
                        ),
                        (
                            "evaluated_price",
                            models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True),
                        ),
                        ("initial_margin", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("ssr_until", models.DateField(blank=True, null=True)),
                        ("ssr_checked", models.DateField(blank=True, null=True)),
                        ("source", models.CharField(max_length=80)),
                        ("as_of", models.DateTimeField()),
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
                        "verbose_name": "historical instrument analytics",
                        "verbose_name_plural": "historical instrument analytics",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalLimit",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        (
                            "measure",
                            models.CharField(
                                choices=[
                                    ("long_position", "long position"),
                                    ("short_position", "short position"),
                                    ("gross_notional", "gross notional"),
                                    ("open_notional", "open notional"),
                                    ("open_orders", "open orders"),
                                    ("window_notional", "window notional"),
                                    ("gross_exposure", "gross exposure"),
                                    ("net_exposure", "net exposure"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("strategy", models.CharField(blank=True, max_length=32)),
                        ("client", models.CharField(blank=True, max_length=16)),
                        ("portfolio", models.CharField(blank=True, max_length=16)),
                        ("issuer", models.CharField(blank=True, max_length=80)),
                        (
                            "venue",
                            models.CharField(
                                blank=True, help_text="MIC of the instrument's first market", max_length=4
                            ),
                        ),
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
                        ("soft", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("hard", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("currency", models.CharField(blank=True, max_length=3)),
                        ("window_s", models.PositiveIntegerField(blank=True, null=True)),
                        ("active", models.BooleanField(default=True)),
                        ("effective_from", models.DateTimeField(default=oms.base.clock.now)),
                        ("effective_to", models.DateTimeField(blank=True, null=True)),
                        ("version", models.PositiveIntegerField(default=1, editable=False)),
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
                            "author",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "desk",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="orders.desk",
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
                        (
                            "trader",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical limit",
                        "verbose_name_plural": "historical limits",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalLimitPolicy",
                    fields=[
                        (
                            "measure",
                            models.CharField(
                                choices=[
                                    ("long_position", "long position"),
                                    ("short_position", "short position"),
                                    ("gross_notional", "gross notional"),
                                    ("open_notional", "open notional"),
                                    ("open_orders", "open orders"),
                                    ("window_notional", "window notional"),
                                    ("gross_exposure", "gross exposure"),
                                    ("net_exposure", "net exposure"),
                                ],
                                db_index=True,
                                max_length=20,
                            ),
                        ),
                        (
                            "rows",
                            models.CharField(
                                choices=[
                                    ("all", "all rows that cover an order"),
                                    ("most_specific", "the most specific row alone"),
                                ],
                                default="all",
                                max_length=16,
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
                    ],
                    options={
                        "verbose_name": "historical limit policy",
                        "verbose_name_plural": "historical limit policies",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalLocate",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("qty", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("used_qty", models.DecimalField(decimal_places=8, default=0, max_digits=28)),
                        ("effective_from", models.DateTimeField(default=oms.base.clock.now)),
                        ("expires_at", models.DateTimeField()),
                        ("reference", models.CharField(blank=True, max_length=40)),
                        ("source", models.CharField(help_text="the lender", max_length=80)),
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
                        "verbose_name": "historical locate",
                        "verbose_name_plural": "historical locates",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalLossLimit",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        (
                            "scope",
                            models.CharField(
                                choices=[
                                    ("account", "Account"),
                                    ("desk", "Desk"),
                                    ("trader", "Trader"),
                                    ("strategy", "Strategy"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("scope_id", models.CharField(max_length=64)),
                        ("currency", models.CharField(default="USD", max_length=3)),
                        ("warn", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("reduce_only", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("halt", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("cancel", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("active", models.BooleanField(default=True)),
                        ("version", models.PositiveIntegerField(default=1, editable=False)),
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
                            "author",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
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
                        "verbose_name": "historical loss limit",
                        "verbose_name_plural": "historical loss limits",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalPermission",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
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
                        ("venue", models.CharField(blank=True, max_length=4)),
                        ("effective_from", models.DateTimeField(default=oms.base.clock.now)),
                        ("effective_to", models.DateTimeField(blank=True, null=True)),
                        ("source", models.CharField(blank=True, max_length=80)),
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
                        (
                            "user",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical permission",
                        "verbose_name_plural": "historical permissions",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalRestriction",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("restricted", "Restricted"),
                                    ("sell_only", "Sell Only"),
                                    ("watch", "Watch"),
                                    ("grey", "Grey"),
                                    ("exclusion", "Exclusion"),
                                    ("easy_to_borrow", "Easy To Borrow"),
                                ],
                                default="restricted",
                                max_length=16,
                            ),
                        ),
                        ("issuer", models.CharField(blank=True, db_index=True, max_length=80)),
                        (
                            "side",
                            models.CharField(
                                choices=[
                                    ("any", "Any"),
                                    ("buy", "Buy"),
                                    ("sell", "Sell"),
                                    ("sell_short", "Sell Short"),
                                ],
                                default="any",
                                max_length=12,
                            ),
                        ),
                        ("effective_from", models.DateTimeField(default=oms.base.clock.now)),
                        ("effective_to", models.DateTimeField(blank=True, null=True)),
                        ("reason", models.CharField(blank=True, max_length=500)),
                        ("source", models.CharField(blank=True, max_length=80)),
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
                        (
                            "instrument",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                help_text="or else an issuer",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="orders.instrument",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical restriction",
                        "verbose_name_plural": "historical restrictions",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalRule",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("control", models.CharField(max_length=8)),
                        ("name", models.CharField(max_length=80)),
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
                        ("params", models.JSONField(blank=True, default=dict)),
                        ("dry_run", models.BooleanField(default=False)),
                        ("active", models.BooleanField(default=True)),
                        ("effective_from", models.DateTimeField(default=oms.base.clock.now)),
                        ("effective_to", models.DateTimeField(blank=True, null=True)),
                        ("version", models.PositiveIntegerField(default=1, editable=False)),
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
                            "desk",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="orders.desk",
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
                        "verbose_name": "historical rule",
                        "verbose_name_plural": "historical rules",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalStrategySender",
                    fields=[
                        ("sender", models.CharField(db_index=True, max_length=64)),
                        ("strategy", models.CharField(db_index=True, max_length=64)),
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
                        "verbose_name": "historical strategy sender",
                        "verbose_name_plural": "historical strategy senders",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="InstrumentAnalytics",
                    fields=[
                        (
                            "instrument",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="analytics",
                                serialize=False,
                                to="orders.instrument",
                            ),
                        ),
                        (
                            "parent",
                            models.CharField(
                                blank=True,
                                db_index=True,
                                help_text="ultimate issuer; empty: the instrument's own issuer",
                                max_length=80,
                            ),
                        ),
                        ("country", models.CharField(blank=True, help_text="ISO 3166", max_length=2)),
                        (
                            "sector",
                            models.CharField(blank=True, help_text="empty: the instrument's own", max_length=40),
                        ),
                        (
                            "shares_outstanding",
                            models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True),
                        ),
                        ("adv", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("duration", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("ratings", models.JSONField(blank=True, null=True)),
                        (
                            "liquidity",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("highly_liquid", "Highly Liquid"),
                                    ("moderately_liquid", "Moderately Liquid"),
                                    ("less_liquid", "Less Liquid"),
                                    ("illiquid", "Illiquid"),
                                ],
                                max_length=20,
                            ),
                        ),
                        (
                            "only_qib",
                            models.BooleanField(
                                blank=True, help_text="Rule 144A: qualified institutional buyers only", null=True
                            ),
                        ),
                        (
                            "retail",
                            models.BooleanField(blank=True, help_text="may be sold to retail clients", null=True),
                        ),
                        (
                            "evaluated_price",
                            models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True),
                        ),
                        ("initial_margin", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("ssr_until", models.DateField(blank=True, null=True)),
                        ("ssr_checked", models.DateField(blank=True, null=True)),
                        ("source", models.CharField(max_length=80)),
                        ("as_of", models.DateTimeField()),
                    ],
                    options={
                        "verbose_name_plural": "instrument analytics",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "liquidity__in",
                                        ["", "highly_liquid", "moderately_liquid", "less_liquid", "illiquid"],
                                    )
                                ),
                                name="analytics_liquidity_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("adv__isnull", True), ("adv__gte", 0), _connector="OR"),
                                    models.Q(
                                        ("shares_outstanding__isnull", True),
                                        ("shares_outstanding__gt", 0),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        ("initial_margin__isnull", True), ("initial_margin__gte", 0), _connector="OR"
                                    ),
                                ),
                                name="analytics_not_negative",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="KillSwitch",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "scope",
                            models.CharField(
                                choices=[
                                    ("firm", "Firm"),
                                    ("desk", "Desk"),
                                    ("trader", "Trader"),
                                    ("account", "Account"),
                                    ("client", "Client"),
                                    ("strategy", "Strategy"),
                                    ("instrument", "Instrument"),
                                    ("venue", "Venue"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("scope_id", models.CharField(blank=True, max_length=80)),
                        ("reason", models.CharField(max_length=500)),
                        ("engaged_at", models.DateTimeField()),
                        ("found_at", models.DateTimeField(blank=True, null=True)),
                        ("done_at", models.DateTimeField(blank=True, null=True)),
                        ("released_at", models.DateTimeField(blank=True, null=True)),
                        ("release_reason", models.CharField(blank=True, db_default="", default="", max_length=500)),
                        (
                            "engaged_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "released_by",
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
                        "verbose_name_plural": "kill switches",
                        "ordering": ["-id"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("released_at__isnull", True)),
                                fields=("scope", "scope_id"),
                                name="kill_switch_engaged_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("scope", "firm"), ("scope_id", "")),
                                    models.Q(
                                        (
                                            "scope__in",
                                            ["desk", "trader", "account", "client", "strategy", "instrument", "venue"],
                                        ),
                                        models.Q(("scope_id", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="kill_switch_scope_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason__regex", "^\\s*$"), _negated=True),
                                name="kill_switch_has_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("released_at__isnull", True), ("released_by__isnull", True)),
                                    models.Q(("released_at__isnull", False), ("released_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="kill_switch_release_whole",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("released_by__isnull", True),
                                    models.Q(("released_by", models.F("engaged_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="kill_switch_released_by_another",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Limit",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "measure",
                            models.CharField(
                                choices=[
                                    ("long_position", "long position"),
                                    ("short_position", "short position"),
                                    ("gross_notional", "gross notional"),
                                    ("open_notional", "open notional"),
                                    ("open_orders", "open orders"),
                                    ("window_notional", "window notional"),
                                    ("gross_exposure", "gross exposure"),
                                    ("net_exposure", "net exposure"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("strategy", models.CharField(blank=True, max_length=32)),
                        ("client", models.CharField(blank=True, max_length=16)),
                        ("portfolio", models.CharField(blank=True, max_length=16)),
                        ("issuer", models.CharField(blank=True, max_length=80)),
                        (
                            "venue",
                            models.CharField(
                                blank=True, help_text="MIC of the instrument's first market", max_length=4
                            ),
                        ),
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
                        ("soft", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("hard", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("currency", models.CharField(blank=True, max_length=3)),
                        ("window_s", models.PositiveIntegerField(blank=True, null=True)),
                        ("active", models.BooleanField(default=True)),
                        ("effective_from", models.DateTimeField(default=oms.base.clock.now)),
                        ("effective_to", models.DateTimeField(blank=True, null=True)),
                        ("version", models.PositiveIntegerField(default=1, editable=False)),
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
                            "author",
                            models.ForeignKey(
                                db_index=False,
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "desk",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.desk",
                            ),
                        ),
                        (
                            "instrument",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.instrument",
                            ),
                        ),
                        (
                            "trader",
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
                        "ordering": ["measure", "id"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("active", True)),
                                fields=(
                                    "measure",
                                    "window_s",
                                    "instrument",
                                    "account",
                                    "strategy",
                                    "trader",
                                    "portfolio",
                                    "client",
                                    "issuer",
                                    "desk",
                                    "venue",
                                    "asset_class",
                                ),
                                name="limit_once_a_scope",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "measure__in",
                                        [
                                            risk.room.Measure["LONG_POSITION"],
                                            risk.room.Measure["SHORT_POSITION"],
                                            risk.room.Measure["GROSS_NOTIONAL"],
                                            risk.room.Measure["OPEN_NOTIONAL"],
                                            risk.room.Measure["OPEN_ORDERS"],
                                            risk.room.Measure["WINDOW_NOTIONAL"],
                                            risk.room.Measure["GROSS_EXPOSURE"],
                                            risk.room.Measure["NET_EXPOSURE"],
                                        ],
                                    )
                                ),
                                name="limit_measure_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("hard__gte", 0)), name="limit_hard_not_negative"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("soft__isnull", True),
                                    models.Q(("soft__gte", 0), ("soft__lte", models.F("hard"))),
                                    _connector="OR",
                                ),
                                name="limit_soft_within_hard",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("currency__regex", "^[A-Z]{3}$"),
                                        (
                                            "measure__in",
                                            [
                                                risk.room.Measure["GROSS_EXPOSURE"],
                                                risk.room.Measure["GROSS_NOTIONAL"],
                                                risk.room.Measure["NET_EXPOSURE"],
                                                risk.room.Measure["OPEN_NOTIONAL"],
                                                risk.room.Measure["WINDOW_NOTIONAL"],
                                            ],
                                        ),
                                    ),
                                    models.Q(
                                        models.Q(
                                            (
                                                "measure__in",
                                                [
                                                    risk.room.Measure["GROSS_EXPOSURE"],
                                                    risk.room.Measure["GROSS_NOTIONAL"],
                                                    risk.room.Measure["NET_EXPOSURE"],
                                                    risk.room.Measure["OPEN_NOTIONAL"],
                                                    risk.room.Measure["WINDOW_NOTIONAL"],
                                                ],
                                            ),
                                            _negated=True,
                                        ),
                                        ("currency", ""),
                                    ),
                                    _connector="OR",
                                ),
                                name="limit_currency_iff_money",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("measure", risk.room.Measure["WINDOW_NOTIONAL"]), ("window_s__gte", 1)),
                                    models.Q(
                                        models.Q(("measure", risk.room.Measure["WINDOW_NOTIONAL"]), _negated=True),
                                        ("window_s__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="limit_window_iff_window",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        (
                                            "measure__in",
                                            [risk.room.Measure["LONG_POSITION"], risk.room.Measure["SHORT_POSITION"]],
                                        ),
                                        _negated=True,
                                    ),
                                    ("instrument__isnull", False),
                                    _connector="OR",
                                ),
                                name="limit_position_of_instrument",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        (
                                            "measure__in",
                                            [risk.room.Measure["GROSS_EXPOSURE"], risk.room.Measure["NET_EXPOSURE"]],
                                        ),
                                        _negated=True,
                                    ),
                                    models.Q(
                                        models.Q(
                                            ("instrument__isnull", False),
                                            models.Q(("issuer", ""), _negated=True),
                                            _connector="OR",
                                        ),
                                        ("strategy", ""),
                                        ("trader__isnull", True),
                                        ("venue", ""),
                                    ),
                                    _connector="OR",
                                ),
                                name="limit_exposure_of_accounts",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("asset_class", ""),
                                    (
                                        "asset_class__in",
                                        [
                                            orders.vocabulary.AssetClass["EQUITY"],
                                            orders.vocabulary.AssetClass["ETF"],
                                            orders.vocabulary.AssetClass["GOVERNMENT_BOND"],
                                            orders.vocabulary.AssetClass["CORPORATE_BOND"],
                                            orders.vocabulary.AssetClass["FUTURE"],
                                            orders.vocabulary.AssetClass["OPTION"],
                                            orders.vocabulary.AssetClass["FX_SPOT"],
                                        ],
                                    ),
                                    _connector="OR",
                                ),
                                name="limit_asset_class_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("effective_to__isnull", True),
                                    ("effective_to__gt", models.F("effective_from")),
                                    _connector="OR",
                                ),
                                name="limit_ends_after_start",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("version__gte", 1)), name="limit_version_from_1"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LimitPolicy",
                    fields=[
                        (
                            "measure",
                            models.CharField(
                                choices=[
                                    ("long_position", "long position"),
                                    ("short_position", "short position"),
                                    ("gross_notional", "gross notional"),
                                    ("open_notional", "open notional"),
                                    ("open_orders", "open orders"),
                                    ("window_notional", "window notional"),
                                    ("gross_exposure", "gross exposure"),
                                    ("net_exposure", "net exposure"),
                                ],
                                max_length=20,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "rows",
                            models.CharField(
                                choices=[
                                    ("all", "all rows that cover an order"),
                                    ("most_specific", "the most specific row alone"),
                                ],
                                default="all",
                                max_length=16,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "limit policies",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "measure__in",
                                        [
                                            risk.room.Measure["LONG_POSITION"],
                                            risk.room.Measure["SHORT_POSITION"],
                                            risk.room.Measure["GROSS_NOTIONAL"],
                                            risk.room.Measure["OPEN_NOTIONAL"],
                                            risk.room.Measure["OPEN_ORDERS"],
                                            risk.room.Measure["WINDOW_NOTIONAL"],
                                            risk.room.Measure["GROSS_EXPOSURE"],
                                            risk.room.Measure["NET_EXPOSURE"],
                                        ],
                                    )
                                ),
                                name="limit_policy_measure_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("rows__in", ["all", "most_specific"])),
                                name="limit_policy_rows_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Locate",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("qty", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("used_qty", models.DecimalField(decimal_places=8, default=0, max_digits=28)),
                        ("effective_from", models.DateTimeField(default=oms.base.clock.now)),
                        ("expires_at", models.DateTimeField()),
                        ("reference", models.CharField(blank=True, max_length=40)),
                        ("source", models.CharField(help_text="the lender", max_length=80)),
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
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("qty__gt", 0), ("used_qty__gte", 0)), name="locate_not_negative"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("expires_at__gt", models.F("effective_from"))),
                                name="locate_ends_after_start",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LossLimit",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "scope",
                            models.CharField(
                                choices=[
                                    ("account", "Account"),
                                    ("desk", "Desk"),
                                    ("trader", "Trader"),
                                    ("strategy", "Strategy"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("scope_id", models.CharField(max_length=64)),
                        ("currency", models.CharField(default="USD", max_length=3)),
                        ("warn", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("reduce_only", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("halt", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("cancel", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("active", models.BooleanField(default=True)),
                        ("version", models.PositiveIntegerField(default=1, editable=False)),
                        (
                            "author",
                            models.ForeignKey(
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["scope", "scope_id"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("active", True)),
                                fields=("scope", "scope_id"),
                                name="loss_limit_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("scope__in", ["account", "desk", "trader", "strategy"]),
                                    models.Q(("scope_id", ""), _negated=True),
                                ),
                                name="loss_limit_scope_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("warn__isnull", True),
                                        ("reduce_only__isnull", True),
                                        ("reduce_only__gt", models.F(risk.losslevels.LossAction["WARN"])),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        ("warn__isnull", True),
                                        ("halt__isnull", True),
                                        ("halt__gt", models.F(risk.losslevels.LossAction["WARN"])),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        ("reduce_only__isnull", True),
                                        ("halt__isnull", True),
                                        ("halt__gt", models.F(risk.losslevels.LossAction["REDUCE_ONLY"])),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        ("warn__isnull", True),
                                        ("cancel__isnull", True),
                                        ("cancel__gt", models.F(risk.losslevels.LossAction["WARN"])),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        ("reduce_only__isnull", True),
                                        ("cancel__isnull", True),
                                        ("cancel__gt", models.F(risk.losslevels.LossAction["REDUCE_ONLY"])),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        ("halt__isnull", True),
                                        ("cancel__isnull", True),
                                        ("cancel__gt", models.F(risk.losslevels.LossAction["HALT"])),
                                        _connector="OR",
                                    ),
                                ),
                                name="loss_limit_levels_rise",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("warn__lte", 0), _negated=True),
                                    models.Q(("reduce_only__lte", 0), _negated=True),
                                    models.Q(("halt__lte", 0), _negated=True),
                                    models.Q(("cancel__lte", 0), _negated=True),
                                ),
                                name="loss_limit_above_zero",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("warn__isnull", False),
                                    ("reduce_only__isnull", False),
                                    ("halt__isnull", False),
                                    ("cancel__isnull", False),
                                    _connector="OR",
                                ),
                                name="loss_limit_has_a_level",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")),
                                name="loss_limit_currency_iso_4217",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LossStop",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("limit_version", models.PositiveIntegerField()),
                        ("date", models.DateField()),
                        (
                            "action",
                            models.CharField(
                                choices=[
                                    ("warn", "warn"),
                                    ("unknown", "unknown"),
                                    ("reduce_only", "reduce_only"),
                                    ("halt", "halt"),
                                    ("cancel", "cancel"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("level", models.DecimalField(decimal_places=8, max_digits=28, null=True)),
                        ("realised", models.DecimalField(decimal_places=8, max_digits=28, null=True)),
                        ("unrealised", models.DecimalField(decimal_places=8, max_digits=28, null=True)),
                        ("at", models.DateTimeField()),
                        ("acted_at", models.DateTimeField(null=True)),
                        ("released_at", models.DateTimeField(null=True)),
                        ("lacks", models.CharField(blank=True, db_default="", max_length=12)),
                        ("reason", models.CharField(blank=True, max_length=500)),
                        (
                            "limit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="stops", to="risk.losslimit"
                            ),
                        ),
                        (
                            "limit_author",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "released_by",
                            models.ForeignKey(
                                null=True,
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
                                condition=models.Q(("released_at__isnull", True)),
                                fields=["date"],
                                name="loss_stop_in_force",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(
                                    models.Q(("action", "unknown"), _negated=True),
                                    ("released_at__isnull", True),
                                    _connector="OR",
                                ),
                                fields=("limit", "date", "action"),
                                name="loss_stop_once_a_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("action__in", ["warn", "unknown", "reduce_only", "halt", "cancel"])
                                ),
                                name="loss_stop_action_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("lacks", ""),
                                    models.Q(("action", "unknown"), ("lacks__in", ["DATA_MISSING", "DATA_STALE"])),
                                    _connector="OR",
                                ),
                                name="loss_stop_lacks_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("action", "unknown"), ("level__isnull", True)),
                                    models.Q(
                                        models.Q(("action", "unknown"), _negated=True),
                                        ("level__isnull", False),
                                        ("realised__isnull", False),
                                        ("unrealised__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="loss_stop_has_its_numbers",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("released_at__isnull", True), ("released_by__isnull", True)),
                                    models.Q(
                                        ("released_at__isnull", False),
                                        ("released_by__isnull", False),
                                        models.Q(("reason", ""), _negated=True),
                                    ),
                                    models.Q(("action", "unknown"), ("released_at__isnull", False)),
                                    _connector="OR",
                                ),
                                name="loss_stop_release_whole",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("released_by__isnull", True),
                                    models.Q(("released_by", models.F("limit_author")), _negated=True),
                                    _connector="OR",
                                ),
                                name="loss_stop_released_by_another",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Observation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("control", models.CharField(max_length=8)),
                        ("at", models.DateTimeField()),
                        (
                            "outcome",
                            models.CharField(
                                choices=[("pass", "pass"), ("alert", "alert"), ("soft", "soft"), ("hard", "hard")],
                                max_length=8,
                            ),
                        ),
                        ("seen", models.CharField(max_length=120)),
                        ("finding", models.JSONField()),
                        (
                            "account",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.account",
                            ),
                        ),
                        (
                            "instrument",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.instrument",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="observations",
                                to="orders.order",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.UniqueConstraint(fields=("control", "seen"), name="observation_once"),
                            models.CheckConstraint(
                                condition=models.Q(("outcome__in", ["pass", "alert", "soft", "hard"])),
                                name="observation_outcome_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OpeningResult",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("date", models.DateField()),
                        ("qty", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("mark", models.DecimalField(decimal_places=8, max_digits=28, null=True)),
                        ("realised", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("unrealised", models.DecimalField(decimal_places=8, max_digits=28, null=True)),
                        ("at", models.DateTimeField()),
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
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.instrument",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("date", "account", "instrument"), name="opening_result_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Override",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "way",
                            models.CharField(
                                choices=[
                                    ("reason", "reason"),
                                    ("second_person", "second person"),
                                    ("designated", "designated"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("terms", models.JSONField()),
                        ("terms_hash", models.CharField(max_length=64)),
                        ("breaches", models.JSONField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("asked", "asked"),
                                    ("granted", "granted"),
                                    ("refused", "refused"),
                                    ("used", "used"),
                                    ("expired", "expired"),
                                ],
                                default=risk.waiving.State["ASKED"],
                                max_length=8,
                            ),
                        ),
                        ("asked_at", models.DateTimeField()),
                        ("reason", models.CharField(max_length=500)),
                        ("decided_at", models.DateTimeField(null=True)),
                        ("answer", models.CharField(blank=True, max_length=500)),
                        ("expires_at", models.DateTimeField()),
                        ("used_at", models.DateTimeField(null=True)),
                        (
                            "asked_by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "decided_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "decision",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="overrides",
                                to="risk.decision",
                            ),
                        ),
                        (
                            "desk",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.desk",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="overrides", to="orders.order"
                            ),
                        ),
                        (
                            "trader",
                            models.ForeignKey(
                                db_index=False,
                                help_text="whose order it is",
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "used_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.order",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [models.Index(fields=["desk", "-id"], name="override_of_desk")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ["asked", "granted"])),
                                fields=("decision",),
                                name="override_open_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["asked", "granted", "refused", "used", "expired"])),
                                name="override_state_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("way__in", ["second_person", "designated"])),
                                name="override_way_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("terms_hash__regex", "^[0-9a-f]{64}$")), name="override_hash_sha256"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True), name="override_asked_with_reason"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("expires_at__gt", models.F("asked_at"))),
                                name="override_expires_later",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_by__isnull", True),
                                    models.Q(
                                        models.Q(("decided_by", models.F("asked_by")), _negated=True),
                                        models.Q(("decided_by", models.F("trader")), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="override_decided_by_another",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("decided_at__isnull", True), ("decided_by__isnull", True), ("state", "asked")
                                    ),
                                    ("state", "expired"),
                                    models.Q(
                                        ("decided_at__isnull", False),
                                        ("decided_by__isnull", False),
                                        ("state__in", ["granted", "refused", "used"]),
                                        models.Q(("answer", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="override_decision_whole",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("state", "used"),
                                        ("used_at__isnull", False),
                                        ("used_at__lt", models.F("expires_at")),
                                        ("used_by__isnull", False),
                                    ),
                                    models.Q(
                                        models.Q(("state", "used"), _negated=True),
                                        ("used_at__isnull", True),
                                        ("used_by__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="override_used_whole",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OverrideEvent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "what",
                            models.CharField(
                                choices=[
                                    ("asked", "Asked"),
                                    ("granted", "Granted"),
                                    ("refused", "Refused"),
                                    ("used", "Used"),
                                    ("expired", "Expired"),
                                    ("turned_away", "Turned Away"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("text", models.CharField(blank=True, max_length=500)),
                        (
                            "by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.order",
                            ),
                        ),
                        (
                            "override",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="events", to="risk.override"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("what__in", ["asked", "granted", "refused", "used", "expired", "turned_away"])
                                ),
                                name="override_event_known",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("what", "turned_away"), _negated=True),
                                fields=("override", "what"),
                                name="override_event_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Permission",
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
                        ("venue", models.CharField(blank=True, max_length=4)),
                        ("effective_from", models.DateTimeField(default=oms.base.clock.now)),
                        ("effective_to", models.DateTimeField(blank=True, null=True)),
                        ("source", models.CharField(blank=True, max_length=80)),
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
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="trading_permissions",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("asset_class", ""),
                                    (
                                        "asset_class__in",
                                        [
                                            orders.vocabulary.AssetClass["EQUITY"],
                                            orders.vocabulary.AssetClass["ETF"],
                                            orders.vocabulary.AssetClass["GOVERNMENT_BOND"],
                                            orders.vocabulary.AssetClass["CORPORATE_BOND"],
                                            orders.vocabulary.AssetClass["FUTURE"],
                                            orders.vocabulary.AssetClass["OPTION"],
                                            orders.vocabulary.AssetClass["FX_SPOT"],
                                        ],
                                    ),
                                    _connector="OR",
                                ),
                                name="permission_asset_class_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("effective_to__isnull", True),
                                    ("effective_to__gt", models.F("effective_from")),
                                    _connector="OR",
                                ),
                                name="permission_ends_after_start",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PortfolioReview",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("run", models.BigIntegerField(db_index=True)),
                        ("date", models.DateField()),
                        ("trigger", models.CharField(max_length=12)),
                        ("by", models.CharField(max_length=150)),
                        ("at", models.DateTimeField()),
                        ("outcome", models.CharField(max_length=8)),
                        ("findings", models.JSONField()),
                        ("holdings", models.JSONField()),
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
                        "ordering": ["-id"],
                        "indexes": [models.Index(fields=["account", "-id"], name="review_latest")],
                        "constraints": [
                            models.UniqueConstraint(fields=("run", "account"), name="review_once_a_run"),
                            models.CheckConstraint(
                                condition=models.Q(("trigger__in", ["end_of_day", "on_demand"])),
                                name="review_trigger_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("outcome__in", ["pass", "alert", "soft", "hard"])),
                                name="review_outcome_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Restriction",
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
                                    ("restricted", "Restricted"),
                                    ("sell_only", "Sell Only"),
                                    ("watch", "Watch"),
                                    ("grey", "Grey"),
                                    ("exclusion", "Exclusion"),
                                    ("easy_to_borrow", "Easy To Borrow"),
                                ],
                                default="restricted",
                                max_length=16,
                            ),
                        ),
                        ("issuer", models.CharField(blank=True, db_index=True, max_length=80)),
                        (
                            "side",
                            models.CharField(
                                choices=[
                                    ("any", "Any"),
                                    ("buy", "Buy"),
                                    ("sell", "Sell"),
                                    ("sell_short", "Sell Short"),
                                ],
                                default="any",
                                max_length=12,
                            ),
                        ),
                        ("effective_from", models.DateTimeField(default=oms.base.clock.now)),
                        ("effective_to", models.DateTimeField(blank=True, null=True)),
                        ("reason", models.CharField(blank=True, max_length=500)),
                        ("source", models.CharField(blank=True, max_length=80)),
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
                            "instrument",
                            models.ForeignKey(
                                blank=True,
                                help_text="or else an issuer",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="restrictions",
                                to="orders.instrument",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["instrument__symbol", "effective_from"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        ["restricted", "sell_only", "watch", "grey", "exclusion", "easy_to_borrow"],
                                    )
                                ),
                                name="restriction_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("side__in", ["any", "buy", "sell", "sell_short"])),
                                name="restriction_side_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("effective_to__isnull", True),
                                    ("effective_to__gt", models.F("effective_from")),
                                    _connector="OR",
                                ),
                                name="restriction_ends_after_start",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("instrument__isnull", False), ("issuer", "")),
                                    models.Q(("instrument__isnull", True), models.Q(("issuer", ""), _negated=True)),
                                    _connector="OR",
                                ),
                                name="restriction_names_one",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Rule",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("control", models.CharField(max_length=8)),
                        ("name", models.CharField(max_length=80)),
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
                        ("params", models.JSONField(blank=True, default=dict)),
                        ("dry_run", models.BooleanField(default=False)),
                        ("active", models.BooleanField(default=True)),
                        ("effective_from", models.DateTimeField(default=oms.base.clock.now)),
                        ("effective_to", models.DateTimeField(blank=True, null=True)),
                        ("version", models.PositiveIntegerField(default=1, editable=False)),
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
                            "desk",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.desk",
                            ),
                        ),
                        (
                            "instrument",
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
                        "ordering": ["control", "name"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("control__regex", "^[A-Z]{2}-[0-9]{2}$")), name="rule_control_id"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("asset_class", ""),
                                    (
                                        "asset_class__in",
                                        [
                                            orders.vocabulary.AssetClass["EQUITY"],
                                            orders.vocabulary.AssetClass["ETF"],
                                            orders.vocabulary.AssetClass["GOVERNMENT_BOND"],
                                            orders.vocabulary.AssetClass["CORPORATE_BOND"],
                                            orders.vocabulary.AssetClass["FUTURE"],
                                            orders.vocabulary.AssetClass["OPTION"],
                                            orders.vocabulary.AssetClass["FX_SPOT"],
                                        ],
                                    ),
                                    _connector="OR",
                                ),
                                name="rule_asset_class_known",
                            ),
                            models.CheckConstraint(condition=models.Q(("version__gte", 1)), name="rule_version_from_1"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("effective_to__isnull", True),
                                    ("effective_to__gt", models.F("effective_from")),
                                    _connector="OR",
                                ),
                                name="rule_ends_after_start",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalBreachPolicy",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("control", models.CharField(max_length=8)),
                        (
                            "action",
                            models.CharField(
                                choices=[("alert", "Alert"), ("hold", "Hold"), ("cancel", "Cancel")],
                                default="alert",
                                max_length=8,
                            ),
                        ),
                        (
                            "cure_days",
                            models.PositiveSmallIntegerField(
                                blank=True, help_text="business days; empty: no deadline", null=True
                            ),
                        ),
                        (
                            "calendar",
                            models.CharField(
                                default="US", help_text="settlement calendar of the deadline", max_length=16
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
                            "rule",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="risk.rule",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical breach policy",
                        "verbose_name_plural": "historical breach policies",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="BreachPolicy",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("control", models.CharField(max_length=8)),
                        (
                            "action",
                            models.CharField(
                                choices=[("alert", "Alert"), ("hold", "Hold"), ("cancel", "Cancel")],
                                default="alert",
                                max_length=8,
                            ),
                        ),
                        (
                            "cure_days",
                            models.PositiveSmallIntegerField(
                                blank=True, help_text="business days; empty: no deadline", null=True
                            ),
                        ),
                        (
                            "calendar",
                            models.CharField(
                                default="US", help_text="settlement calendar of the deadline", max_length=16
                            ),
                        ),
                        (
                            "rule",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="risk.rule",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "breach policies",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("control", "rule"), name="breach_policy_once", nulls_distinct=False
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("action__in", ["alert", "hold", "cancel"])),
                                name="breach_policy_action_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("cure_days__isnull", True), ("cure_days__lte", 365), _connector="OR"
                                ),
                                name="breach_policy_within_a_year",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Breach",
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
                                choices=[("in_trade", "In Trade"), ("post_trade", "Post Trade"), ("traded", "Traded")],
                                max_length=12,
                            ),
                        ),
                        ("control", models.CharField(max_length=8)),
                        ("rule_version", models.PositiveIntegerField(null=True)),
                        ("about", models.CharField(max_length=160)),
                        (
                            "origin",
                            models.CharField(choices=[("active", "Active"), ("passive", "Passive")], max_length=8),
                        ),
                        ("cause", models.CharField(blank=True, max_length=80)),
                        (
                            "outcome",
                            models.CharField(
                                choices=[("alert", "alert"), ("soft", "soft"), ("hard", "hard")], max_length=8
                            ),
                        ),
                        ("reason_code", models.CharField(max_length=40)),
                        ("text", models.CharField(max_length=500)),
                        ("measured", models.CharField(blank=True, max_length=60)),
                        ("limit", models.CharField(blank=True, max_length=60)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "open"),
                                    ("acknowledged", "acknowledged"),
                                    ("in_cure", "in_cure"),
                                    ("waived", "waived"),
                                    ("closed", "closed"),
                                ],
                                default=risk.caselife.State["OPEN"],
                                max_length=12,
                            ),
                        ),
                        ("deadline", models.DateField(null=True)),
                        ("overdue_at", models.DateTimeField(null=True)),
                        (
                            "action",
                            models.CharField(
                                choices=[("alert", "Alert"), ("hold", "Hold"), ("cancel", "Cancel")],
                                default="alert",
                                max_length=8,
                            ),
                        ),
                        ("acted_at", models.DateTimeField(null=True)),
                        ("waiver_until", models.DateField(null=True)),
                        ("opened_at", models.DateTimeField()),
                        ("seen_at", models.DateTimeField()),
                        ("closed_at", models.DateTimeField(null=True)),
                        ("version", models.PositiveIntegerField(default=1)),
                        (
                            "account",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.account",
                            ),
                        ),
                        (
                            "desk",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.desk",
                            ),
                        ),
                        (
                            "instrument",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.instrument",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="breaches",
                                to="orders.order",
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
                            "waived_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "waiver_asked_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "rule",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="risk.rule",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "breaches",
                        "ordering": ["-id"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "closed"), _negated=True),
                                fields=["kind", "order"],
                                name="breach_live",
                            ),
                            models.Index(
                                condition=models.Q(("state", "closed")), fields=["closed_at"], name="breach_closed"
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "closed"), _negated=True),
                                fields=("kind", "control", "rule", "about"),
                                name="breach_live_once",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["in_trade", "post_trade", "traded"])),
                                name="breach_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["open", "acknowledged", "in_cure", "waived", "closed"])
                                ),
                                name="breach_state_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("outcome__in", ["alert", "soft", "hard"])),
                                name="breach_outcome_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("origin__in", ["active", "passive"])), name="breach_origin_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("action__in", ["alert", "hold", "cancel"])),
                                name="breach_action_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("closed_at__isnull", False), ("state", "closed")),
                                    models.Q(models.Q(("state", "closed"), _negated=True), ("closed_at__isnull", True)),
                                    _connector="OR",
                                ),
                                name="breach_closed_when_closed",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "waived"), _negated=True),
                                    models.Q(("waived_by__isnull", False), ("waiver_asked_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="breach_waived_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("waived_by__isnull", True),
                                    models.Q(("waived_by", models.F("waiver_asked_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="breach_waived_by_another",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind", "in_trade"), ("action", "alert"), _connector="OR"),
                                name="breach_action_needs_an_order",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RuleProposal",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("seen", models.PositiveIntegerField(default=0)),
                        ("fields", models.JSONField()),
                        ("reason", models.CharField(blank=True, max_length=100)),
                        ("at", models.DateTimeField()),
                        (
                            "state",
                            models.CharField(
                                choices=[("asked", "Asked"), ("approved", "Approved"), ("refused", "Refused")],
                                default="asked",
                                max_length=8,
                            ),
                        ),
                        ("decided_at", models.DateTimeField(null=True)),
                        ("answer", models.CharField(blank=True, max_length=100)),
                        (
                            "author",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "decided_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "rule",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="proposals",
                                to="risk.rule",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "proposed rule",
                        "ordering": ["-id"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "asked")), fields=("rule",), name="rule_proposal_one_waits"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["asked", "approved", "refused"])),
                                name="rule_proposal_state_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_by__isnull", True),
                                    models.Q(("decided_by", models.F("author")), _negated=True),
                                    _connector="OR",
                                ),
                                name="rule_proposal_by_another",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("decided_at__isnull", True), ("decided_by__isnull", True), ("state", "asked")
                                    ),
                                    models.Q(
                                        ("decided_at__isnull", False),
                                        ("decided_by__isnull", False),
                                        ("rule__isnull", False),
                                        ("state", "approved"),
                                    ),
                                    models.Q(
                                        ("decided_at__isnull", False),
                                        ("decided_by__isnull", False),
                                        ("state", "refused"),
                                        models.Q(("answer", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="rule_proposal_decision_whole",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RuleVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("title", models.CharField(max_length=80)),
                        ("why", models.CharField(blank=True, max_length=500)),
                        ("pipeline", models.JSONField()),
                        ("resolved", models.JSONField()),
                        ("cases", models.JSONField()),
                        ("dry_run", models.BooleanField(default=False)),
                        ("effective_from", models.DateTimeField(blank=True, null=True)),
                        ("effective_to", models.DateTimeField(blank=True, null=True)),
                        ("at", models.DateTimeField()),
                        ("note", models.CharField(blank=True, max_length=200)),
                        (
                            "author",
                            models.ForeignKey(
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
                    name="RuleStep",
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
                                    ("tested", "Tested"),
                                    ("approved", "Approved"),
                                    ("end_asked", "End Asked"),
                                    ("retired", "Retired"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("reason", models.CharField(blank=True, max_length=500)),
                        ("green", models.BooleanField(null=True)),
                        ("results", models.JSONField(null=True)),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "enforced",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="approvals",
                                to="risk.rule",
                            ),
                        ),
                        (
                            "maker",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="risk.ruleversion"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["tested", "approved", "end_asked", "retired"])),
                                name="rule_step_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind__in", ["approved", "retired"]), _negated=True),
                                    models.Q(
                                        ("maker__isnull", False), models.Q(("maker", models.F("by")), _negated=True)
                                    ),
                                    _connector="OR",
                                ),
                                name="rule_step_by_another",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("green__isnull", False), ("kind", "tested"), ("results__isnull", False)),
                                    models.Q(
                                        models.Q(("kind", "tested"), _negated=True),
                                        ("green__isnull", True),
                                        ("results__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="rule_step_test_has_results",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("enforced__isnull", False), ("kind", "approved")),
                                    models.Q(models.Q(("kind", "approved"), _negated=True), ("enforced__isnull", True)),
                                    _connector="OR",
                                ),
                                name="rule_step_approval_enforced",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("kind", "approved")),
                                fields=("version",),
                                name="rule_version_approved_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("kind", "retired")),
                                fields=("version",),
                                name="rule_version_retired_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Backtest",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("since", models.DateTimeField()),
                        ("until", models.DateTimeField()),
                        ("asked_at", models.DateTimeField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting"),
                                    ("running", "Running"),
                                    ("done", "Done"),
                                    ("failed", "Failed"),
                                ],
                                default="waiting",
                                max_length=8,
                            ),
                        ),
                        ("done_to", models.BigIntegerField(default=0)),
                        ("finished_at", models.DateTimeField(null=True)),
                        ("events", models.PositiveIntegerField(default=0)),
                        ("orders", models.PositiveIntegerField(default=0)),
                        ("passed", models.PositiveIntegerField(default=0)),
                        ("warned", models.PositiveIntegerField(default=0)),
                        ("stopped", models.PositiveIntegerField(default=0)),
                        ("unknown", models.PositiveIntegerField(default=0)),
                        ("carried", models.JSONField(default=dict)),
                        ("basis", models.JSONField(default=list)),
                        ("text", models.CharField(blank=True, max_length=500)),
                        (
                            "asked_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="backtests",
                                to="risk.ruleversion",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("until__gt", models.F("since"))), name="backtest_ends_after_start"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["waiting", "running", "done", "failed"])),
                                name="backtest_state_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "orders",
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(
                                                django.db.models.expressions.CombinedExpression(
                                                    models.F("passed"), "+", models.F("warned")
                                                ),
                                                "+",
                                                models.F("stopped"),
                                            ),
                                            "+",
                                            models.F("unknown"),
                                        ),
                                    )
                                ),
                                name="backtest_adds_up",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Stamp",
                    fields=[
                        (
                            "id",
                            models.PositiveSmallIntegerField(
                                default=1, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("stamp", models.UUIDField()),
                    ],
                    options={
                        "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="stamp_one_row")],
                    },
                ),
                migrations.CreateModel(
                    name="StrategySender",
                    fields=[
                        ("sender", models.CharField(max_length=64, primary_key=True, serialize=False)),
                        ("strategy", models.CharField(db_index=True, max_length=64)),
                    ],
                    options={
                        "ordering": ["strategy", "sender"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("sender", ""), _negated=True), models.Q(("strategy", ""), _negated=True)
                                ),
                                name="strategy_sender_named",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Taken",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("venue", models.CharField(blank=True, max_length=4)),
                        ("unsent", models.BooleanField(default=False)),
                        ("asked_at", models.DateTimeField(null=True)),
                        ("tried_at", models.DateTimeField(null=True)),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.order"
                            ),
                        ),
                        (
                            "root",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.order",
                            ),
                        ),
                        (
                            "switch",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="taken",
                                to="risk.killswitch",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "order taken back",
                        "verbose_name_plural": "orders taken back",
                        "constraints": [
                            models.UniqueConstraint(fields=("switch", "order"), name="kill_switch_takes_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Usage",
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
                                choices=[("account", "Account"), ("limit", "Limit")], default="account", max_length=8
                            ),
                        ),
                        ("scope_id", models.BigIntegerField()),
                        ("position_qty", models.DecimalField(decimal_places=8, default=0, max_digits=28)),
                        ("open_buy_qty", models.DecimalField(decimal_places=8, default=0, max_digits=28)),
                        ("open_sell_qty", models.DecimalField(decimal_places=8, default=0, max_digits=28)),
                        ("open_buy_value", models.DecimalField(decimal_places=8, default=0, max_digits=28)),
                        ("open_sell_value", models.DecimalField(decimal_places=8, default=0, max_digits=28)),
                        ("open_orders", models.IntegerField(default=0)),
                        ("executed_value", models.DecimalField(decimal_places=8, default=0, max_digits=28)),
                        ("executed_on", models.DateField(null=True)),
                        (
                            "instrument",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.instrument",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("kind", "account")),
                                fields=["instrument"],
                                name="usage_of_instrument",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("kind", "scope_id", "instrument"), name="usage_once"),
                            models.UniqueConstraint(
                                condition=models.Q(("kind", "limit")), fields=("scope_id",), name="usage_once_a_limit"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("instrument__isnull", False), ("kind", "account")),
                                    models.Q(("instrument__isnull", True), ("kind", "limit")),
                                    _connector="OR",
                                ),
                                name="usage_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("open_buy_qty__gte", 0)), name="usage_open_buy_not_negative"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("open_sell_qty__gte", 0)), name="usage_open_sell_not_negative"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("open_buy_value__gte", 0), ("open_orders__gte", 0), ("open_sell_value__gte", 0)
                                ),
                                name="usage_open_value_not_negative",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Sent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("value", models.DecimalField(decimal_places=8, max_digits=28)),
                        (
                            "usage",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="risk.usage",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["usage", "at"], name="sent_in_window")],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("value__gte", 0)), name="sent_not_negative")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Reservation",
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
                        ("qty", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("unit", models.DecimalField(decimal_places=8, default=0, max_digits=28)),
                        ("per_px", models.DecimalField(decimal_places=8, default=1, max_digits=28)),
                        ("limits", models.JSONField(default=list)),
                        ("traded", models.DecimalField(decimal_places=8, default=0, max_digits=28)),
                        ("traded_on", models.DateField(null=True)),
                        (
                            "order",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reservations",
                                to="orders.order",
                            ),
                        ),
                        (
                            "usage",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reservations",
                                to="risk.usage",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("order", "usage"), name="reservation_once"),
                            models.CheckConstraint(
                                condition=models.Q(("qty__gte", 0)), name="reservation_not_negative"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("per_px__gt", 0), ("unit__gte", 0)),
                                name="reservation_money_not_negative",
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
                                name="reservation_side_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WrittenRule",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=24, unique=True)),
                        ("created_at", models.DateTimeField()),
                        (
                            "created_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "rule of Compliance",
                        "verbose_name_plural": "rules of Compliance",
                        "ordering": ["code"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("code__regex", "^[A-Z][A-Z0-9-]{1,23}$")), name="written_rule_code"
                            )
                        ],
                    },
                ),
                migrations.AddField(
                    model_name="ruleversion",
                    name="rule",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="risk.writtenrule"
                    ),
                ),
                migrations.CreateModel(
                    name="BacktestFinding",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("level", models.CharField(max_length=8)),
                        ("was_accepted", models.BooleanField()),
                        ("measured", models.CharField(blank=True, max_length=40)),
                        ("limit", models.CharField(blank=True, max_length=40)),
                        ("text", models.CharField(max_length=500)),
                        (
                            "backtest",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="findings", to="risk.backtest"
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.order",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                        "constraints": [
                            models.UniqueConstraint(fields=("backtest", "order"), name="backtest_finding_once"),
                            models.CheckConstraint(
                                condition=models.Q(("level__in", ["warn", "fail", "missing", "stale"])),
                                name="backtest_finding_level_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BreachEvent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("seq", models.PositiveIntegerField()),
                        ("at", models.DateTimeField()),
                        (
                            "verb",
                            models.CharField(
                                choices=[
                                    ("open", "open"),
                                    ("acknowledge", "acknowledge"),
                                    ("assign", "assign"),
                                    ("note", "note"),
                                    ("cure", "cure"),
                                    ("ask_waiver", "ask_waiver"),
                                    ("grant_waiver", "grant_waiver"),
                                    ("refuse_waiver", "refuse_waiver"),
                                    ("worsen", "worsen"),
                                    ("ease", "ease"),
                                    ("lapse", "lapse"),
                                    ("clean", "clean"),
                                    ("reopen", "reopen"),
                                    ("act", "act"),
                                    ("overdue", "overdue"),
                                ],
                                max_length=16,
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "open"),
                                    ("acknowledged", "acknowledged"),
                                    ("in_cure", "in_cure"),
                                    ("waived", "waived"),
                                    ("closed", "closed"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("actor_name", models.CharField(max_length=150)),
                        ("text", models.CharField(blank=True, max_length=1000)),
                        ("finding", models.JSONField(default=dict)),
                        (
                            "actor",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "breach",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="events",
                                to="risk.breach",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["breach_id", "seq"],
                        "constraints": [
                            models.UniqueConstraint(fields=("breach", "seq"), name="breach_event_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "verb__in",
                                        [
                                            "open",
                                            "acknowledge",
                                            "assign",
                                            "note",
                                            "cure",
                                            "ask_waiver",
                                            "grant_waiver",
                                            "refuse_waiver",
                                            "worsen",
                                            "ease",
                                            "lapse",
                                            "clean",
                                            "reopen",
                                            "act",
                                            "overdue",
                                        ],
                                    )
                                ),
                                name="breach_event_verb_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["open", "acknowledged", "in_cure", "waived", "closed"])
                                ),
                                name="breach_event_state_known",
                            ),
                        ],
                    },
                ),
                migrations.AddConstraint(
                    model_name="ruleversion",
                    constraint=models.UniqueConstraint(fields=("rule", "number"), name="rule_version_once"),
                ),
                migrations.AddConstraint(
                    model_name="ruleversion",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("number__gte", 1)), name="rule_version_number_from_1"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="ruleversion",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("effective_from__isnull", True),
                            ("effective_to__isnull", True),
                            ("effective_to__gt", models.F("effective_from")),
                            _connector="OR",
                        ),
                        name="rule_version_ends_after_start",
                    ),
                ),
            ]
        )
    ]
