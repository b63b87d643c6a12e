"""Breaches as cases, daily loss limits, evidence of portfolio reviews, marks of the watches, senders of strategies."""

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import risk.caselife
import risk.losslevels
from oms.base.appendonly import append_only_sql, undo_sql

LIMIT_VERSION = """
CREATE FUNCTION risk_losslimit_next_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.version <> OLD.version + 1 THEN
        RAISE EXCEPTION 'loss limit % was changed without a new version: use risk.losses.put', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER risk_losslimit_next_version BEFORE UPDATE ON risk_losslimit
    FOR EACH ROW EXECUTE FUNCTION risk_losslimit_next_version();
"""
UNDO_LIMIT_VERSION = (
    "DROP TRIGGER risk_losslimit_next_version ON risk_losslimit; DROP FUNCTION risk_losslimit_next_version();"
)
# The watch asks every second which orders work: what they hold is few rows among all that ever were.
OPEN = "CREATE INDEX risk_reservation_open ON risk_reservation (order_id) WHERE qty > 0"
JOURNALS = ("risk_breachevent", "risk_portfolioreview", "risk_openingresult")


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0010_scope_words"),
        ("risk", "0005_kill"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="WatchMark",
            fields=[
                ("name", models.CharField(max_length=16, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("seen", models.JSONField(default=dict)),
            ],
        ),
        migrations.CreateModel(
            name="Breach",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(choices=[("in_trade", "In Trade"), ("post_trade", "Post Trade")], max_length=12),
                ),
                ("control", models.CharField(max_length=8)),
                ("rule_version", models.PositiveIntegerField(null=True)),
                ("about", models.CharField(max_length=160)),
                ("origin", models.CharField(choices=[("active", "Active"), ("passive", "Passive")], max_length=8)),
                ("cause", models.CharField(blank=True, max_length=80)),
                (
                    "outcome",
                    models.CharField(choices=[("alert", "alert"), ("soft", "soft"), ("hard", "hard")], max_length=8),
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
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.account"
                    ),
                ),
                (
                    "desk",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.desk"
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
                    "rule",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="risk.rule",
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
            ],
            options={
                "verbose_name_plural": "breaches",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="BreachEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
            },
        ),
        migrations.CreateModel(
            name="BreachPolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                    models.CharField(default="US", help_text="settlement calendar of the deadline", max_length=16),
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
                    models.CharField(default="US", help_text="settlement calendar of the deadline", max_length=16),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
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
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
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
            name="LossLimit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
            },
        ),
        migrations.CreateModel(
            name="LossStop",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
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
            },
        ),
        migrations.CreateModel(
            name="OpeningResult",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
        ),
        migrations.CreateModel(
            name="PortfolioReview",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
            },
        ),
        migrations.AddIndex(
            model_name="breach",
            index=models.Index(
                condition=models.Q(("state", "closed"), _negated=True), fields=["kind", "order"], name="breach_live"
            ),
        ),
        migrations.AddIndex(
            model_name="breach",
            index=models.Index(condition=models.Q(("state", "closed")), fields=["closed_at"], name="breach_closed"),
        ),
        migrations.AddConstraint(
            model_name="breach",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "closed"), _negated=True),
                fields=("kind", "control", "rule", "about"),
                name="breach_live_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="breach",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["in_trade", "post_trade"])), name="breach_kind_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="breach",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "acknowledged", "in_cure", "waived", "closed"])),
                name="breach_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="breach",
            constraint=models.CheckConstraint(
                condition=models.Q(("outcome__in", ["alert", "soft", "hard"])), name="breach_outcome_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="breach",
            constraint=models.CheckConstraint(
                condition=models.Q(("origin__in", ["active", "passive"])), name="breach_origin_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="breach",
            constraint=models.CheckConstraint(
                condition=models.Q(("action__in", ["alert", "hold", "cancel"])), name="breach_action_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="breach",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", False), ("state", "closed")),
                    models.Q(models.Q(("state", "closed"), _negated=True), ("closed_at__isnull", True)),
                    _connector="OR",
                ),
                name="breach_closed_when_closed",
            ),
        ),
        migrations.AddConstraint(
            model_name="breach",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "waived"), _negated=True),
                    models.Q(("waived_by__isnull", False), ("waiver_asked_by__isnull", False)),
                    _connector="OR",
                ),
                name="breach_waived_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="breach",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("waived_by__isnull", True),
                    models.Q(("waived_by", models.F("waiver_asked_by")), _negated=True),
                    _connector="OR",
                ),
                name="breach_waived_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="breach",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind", "in_trade"), ("action", "alert"), _connector="OR"),
                name="breach_action_needs_an_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="breachevent",
            constraint=models.UniqueConstraint(fields=("breach", "seq"), name="breach_event_once"),
        ),
        migrations.AddConstraint(
            model_name="breachevent",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="breachevent",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "acknowledged", "in_cure", "waived", "closed"])),
                name="breach_event_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="breachpolicy",
            constraint=models.UniqueConstraint(
                fields=("control", "rule"), name="breach_policy_once", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="breachpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("action__in", ["alert", "hold", "cancel"])), name="breach_policy_action_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="breachpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("cure_days__isnull", True), ("cure_days__lte", 365), _connector="OR"),
                name="breach_policy_within_a_year",
            ),
        ),
        migrations.AddConstraint(
            model_name="losslimit",
            constraint=models.UniqueConstraint(
                condition=models.Q(("active", True)), fields=("scope", "scope_id"), name="loss_limit_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="losslimit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("scope__in", ["account", "desk", "trader", "strategy"]), models.Q(("scope_id", ""), _negated=True)
                ),
                name="loss_limit_scope_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="losslimit",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="losslimit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("warn__lte", 0), _negated=True),
                    models.Q(("reduce_only__lte", 0), _negated=True),
                    models.Q(("halt__lte", 0), _negated=True),
                    models.Q(("cancel__lte", 0), _negated=True),
                ),
                name="loss_limit_above_zero",
            ),
        ),
        migrations.AddConstraint(
            model_name="losslimit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("warn__isnull", False),
                    ("reduce_only__isnull", False),
                    ("halt__isnull", False),
                    ("cancel__isnull", False),
                    _connector="OR",
                ),
                name="loss_limit_has_a_level",
            ),
        ),
        migrations.AddConstraint(
            model_name="losslimit",
            constraint=models.CheckConstraint(
                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="loss_limit_currency_iso_4217"
            ),
        ),
        migrations.AddIndex(
            model_name="lossstop",
            index=models.Index(
                condition=models.Q(("released_at__isnull", True)), fields=["date"], name="loss_stop_in_force"
            ),
        ),
        migrations.AddConstraint(
            model_name="lossstop",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    models.Q(("action", "unknown"), _negated=True), ("released_at__isnull", True), _connector="OR"
                ),
                fields=("limit", "date", "action"),
                name="loss_stop_once_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="lossstop",
            constraint=models.CheckConstraint(
                condition=models.Q(("action__in", ["warn", "unknown", "reduce_only", "halt", "cancel"])),
                name="loss_stop_action_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="lossstop",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="lossstop",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="lossstop",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("released_by__isnull", True),
                    models.Q(("released_by", models.F("limit_author")), _negated=True),
                    _connector="OR",
                ),
                name="loss_stop_released_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="openingresult",
            constraint=models.UniqueConstraint(fields=("date", "account", "instrument"), name="opening_result_once"),
        ),
        migrations.AddIndex(
            model_name="portfolioreview",
            index=models.Index(fields=["account", "-id"], name="review_latest"),
        ),
        migrations.AddConstraint(
            model_name="portfolioreview",
            constraint=models.UniqueConstraint(fields=("run", "account"), name="review_once_a_run"),
        ),
        migrations.AddConstraint(
            model_name="portfolioreview",
            constraint=models.CheckConstraint(
                condition=models.Q(("trigger__in", ["end_of_day", "on_demand"])), name="review_trigger_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="portfolioreview",
            constraint=models.CheckConstraint(
                condition=models.Q(("outcome__in", ["pass", "alert", "soft", "hard"])), name="review_outcome_known"
            ),
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
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
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
        *(migrations.RunSQL(append_only_sql(table), undo_sql(table)) for table in JOURNALS),
        migrations.RunSQL(LIMIT_VERSION, UNDO_LIMIT_VERSION),
        migrations.RunSQL(OPEN, "DROP INDEX risk_reservation_open"),
    ]
