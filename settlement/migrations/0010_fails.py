"""What failing costs: dated rates, categories, the penalty of each day; late settlements and free ones are found."""

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

from oms.base.appendonly import append_only_sql, undo_sql

APPEND_ONLY = ("settlement_penalty", "settlement_penaltyday")


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0014_day_results"),
        ("settlement", "0009_netting"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
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
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
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
            name="Penalty",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
            ],
            options={
                "verbose_name_plural": "penalties",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="PenaltyCategory",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
            ],
            options={
                "verbose_name_plural": "penalty categories",
                "ordering": ["instrument"],
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
            name="PenaltyRate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
            },
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
        migrations.AddField(
            model_name="historicalpenaltycategory",
            name="history_user",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="historicalpenaltycategory",
            name="instrument",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="orders.instrument",
            ),
        ),
        migrations.AddField(
            model_name="historicalpenaltyrate",
            name="history_user",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="penalty",
            name="instruction",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="penalties",
                to="settlement.instruction",
            ),
        ),
        migrations.AddField(
            model_name="penaltycategory",
            name="instrument",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.instrument"
            ),
        ),
        migrations.AddConstraint(
            model_name="penaltyrate",
            constraint=models.UniqueConstraint(fields=("market", "category", "valid_from"), name="penalty_rate_once"),
        ),
        migrations.AddConstraint(
            model_name="penaltyrate",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="penaltyrate",
            constraint=models.CheckConstraint(
                condition=models.Q(("rate__gte", 0), ("category", "lack_of_cash"), _connector="OR"),
                name="penalty_rate_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="penalty",
            constraint=models.UniqueConstraint(fields=("instruction", "day"), name="penalty_once_a_day"),
        ),
        migrations.AddConstraint(
            model_name="penalty",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gte", 0), ("failed_qty__gt", 0)), name="penalty_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="penaltycategory",
            constraint=models.CheckConstraint(
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
            ),
        ),
        *(migrations.RunSQL(append_only_sql(table), undo_sql(table)) for table in APPEND_ONLY),
    ]
