"""Statements, breaks, signatures, and the close of a day."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from oms.base.appendonly import append_only_sql, undo_sql

APPEND_ONLY = (
    "settlement_statement",
    "settlement_statementline",
    "settlement_reconciliation",
    "settlement_breakevent",
    "settlement_signoff",
    "settlement_closestep",
    "settlement_ledgerroot",
)


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0012_allocation_accounts"),
        ("settlement", "0013_allocations_told"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Break",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="BreakEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seq", models.IntegerField()),
                ("verb", models.CharField(max_length=12)),
                ("state", models.CharField(max_length=11)),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=150)),
                ("text", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "ordering": ["broken", "seq"],
            },
        ),
        migrations.CreateModel(
            name="CloseStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("date", models.DateField()),
                ("name", models.CharField(max_length=32)),
                ("counts", models.JSONField(default=dict)),
                ("actor", models.CharField(max_length=150)),
                ("done_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["date", "id"],
            },
        ),
        migrations.CreateModel(
            name="DayClose",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("date", models.DateField(unique=True)),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("left", models.JSONField(blank=True, default=list)),
                ("asked_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-date"],
            },
        ),
        migrations.CreateModel(
            name="LedgerRoot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("date", models.DateField(unique=True)),
                ("last_entry", models.BigIntegerField()),
                ("entries", models.BigIntegerField()),
                ("root", models.CharField(max_length=64)),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["date"],
            },
        ),
        migrations.CreateModel(
            name="Reconciliation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ours", models.IntegerField()),
                ("theirs", models.IntegerField()),
                ("matched", models.JSONField()),
                ("matches", models.IntegerField()),
                ("breaks", models.IntegerField()),
                ("opened", models.IntegerField()),
                ("closed", models.IntegerField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="SignOff",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Statement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="StatementLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
            ],
            options={
                "ordering": ["statement", "number"],
            },
        ),
        migrations.AddIndex(
            model_name="ledgertransaction",
            index=models.Index(fields=["effective_date"], name="ledger_transaction_of_day"),
        ),
        migrations.AddField(
            model_name="break",
            name="account",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orders.account",
            ),
        ),
        migrations.AddField(
            model_name="break",
            name="confirmed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
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
        migrations.AddField(
            model_name="break",
            name="owner",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="break",
            name="resolved_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="breakevent",
            name="broken",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to="settlement.break",
            ),
        ),
        migrations.AddConstraint(
            model_name="closestep",
            constraint=models.UniqueConstraint(fields=("date", "name"), name="close_step_once"),
        ),
        migrations.AddField(
            model_name="dayclose",
            name="asked_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="dayclose",
            name="closed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerroot",
            constraint=models.CheckConstraint(condition=models.Q(("entries__gte", 0)), name="ledger_root_counts"),
        ),
        migrations.AddConstraint(
            model_name="ledgerroot",
            constraint=models.CheckConstraint(
                condition=models.Q(("root__regex", "^[0-9a-f]{64}$")), name="ledger_root_sha256"
            ),
        ),
        migrations.AddField(
            model_name="signoff",
            name="account",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orders.account",
            ),
        ),
        migrations.AddField(
            model_name="signoff",
            name="resolver",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="signoff",
            name="signed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="statement",
            name="account",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orders.account",
            ),
        ),
        migrations.AddField(
            model_name="reconciliation",
            name="statement",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="reconciliation", to="settlement.statement"
            ),
        ),
        migrations.AddField(
            model_name="statementline",
            name="statement",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lines",
                to="settlement.statement",
            ),
        ),
        migrations.AddIndex(
            model_name="break",
            index=models.Index(
                condition=models.Q(("state__in", ["open", "assigned"])), fields=["kind", "account"], name="break_live"
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
                condition=models.Q(("kind__in", ["holdings", "movements", "cash", "dropcopy"])), name="break_kind_known"
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
                        models.Q(("state__in", ["open", "assigned"]), _negated=True), ("closed_at__isnull", False)
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
        migrations.AddConstraint(
            model_name="breakevent",
            constraint=models.UniqueConstraint(fields=("broken", "seq"), name="break_event_seq_once"),
        ),
        migrations.AddConstraint(
            model_name="breakevent",
            constraint=models.CheckConstraint(condition=models.Q(("seq__gte", 1)), name="break_event_seq_from_1"),
        ),
        migrations.AddConstraint(
            model_name="dayclose",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("asked_by__isnull", True), ("reason", "")),
                    models.Q(models.Q(("reason", ""), _negated=True), ("asked_by__isnull", False)),
                    _connector="OR",
                ),
                name="day_close_asked_with_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="dayclose",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("left", []), ("reason", "")), models.Q(("reason", ""), _negated=True), _connector="OR"
                ),
                name="day_close_leaves_nothing_without_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="dayclose",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", True), ("closed_by__isnull", True)),
                    ("closed_at__isnull", False),
                    _connector="OR",
                ),
                name="day_close_is_dated",
            ),
        ),
        migrations.AddConstraint(
            model_name="dayclose",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closed_at__isnull", True),
                    ("reason", ""),
                    models.Q(
                        ("closed_by__isnull", False), models.Q(("closed_by", models.F("asked_by")), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="day_close_overridden_by_two",
            ),
        ),
        migrations.AddIndex(
            model_name="signoff",
            index=models.Index(fields=["day"], name="sign_off_of_day"),
        ),
        migrations.AddConstraint(
            model_name="signoff",
            constraint=models.UniqueConstraint(
                fields=("kind", "account", "day"), name="sign_off_once", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="signoff",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["holdings", "movements", "cash", "dropcopy"])),
                name="sign_off_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="signoff",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("breaks__gte", 0),
                    ("matches__gte", 0),
                    ("open_breaks__gte", 0),
                    ("open_breaks__lte", models.F("breaks")),
                ),
                name="sign_off_counts",
            ),
        ),
        migrations.AddConstraint(
            model_name="signoff",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("resolver__isnull", True),
                    models.Q(("resolver", models.F("signed_by")), _negated=True),
                    _connector="OR",
                ),
                name="sign_off_by_another",
            ),
        ),
        migrations.AddIndex(
            model_name="statement",
            index=models.Index(fields=["day", "kind", "account"], name="statement_of_day"),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.UniqueConstraint(fields=("message_id",), name="statement_message_once"),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.UniqueConstraint(
                fields=("kind", "source", "account", "currency", "day"),
                name="statement_once_a_day",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["holdings", "movements", "cash", "dropcopy"])),
                name="statement_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("account__isnull", True), ("kind", "dropcopy")),
                    models.Q(models.Q(("kind", "dropcopy"), _negated=True), ("account__isnull", False)),
                    _connector="OR",
                ),
                name="statement_of_an_account",
            ),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="reconciliation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closed__gte", 0),
                    ("matches__gte", 0),
                    ("opened__gte", 0),
                    ("ours__gte", 0),
                    ("theirs__gte", 0),
                    ("breaks__gte", models.F("opened")),
                ),
                name="reconciliation_counts",
            ),
        ),
        migrations.AddConstraint(
            model_name="statementline",
            constraint=models.UniqueConstraint(fields=("statement", "number"), name="statement_line_once"),
        ),
        migrations.AddConstraint(
            model_name="statementline",
            constraint=models.CheckConstraint(condition=models.Q(("number__gte", 1)), name="statement_line_from_1"),
        ),
        *(migrations.RunSQL(append_only_sql(table), undo_sql(table)) for table in APPEND_ONLY),
    ]
