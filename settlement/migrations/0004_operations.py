"""What an exercise delivers is owed as a trade is; market claims are booked; a statement may replace another."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q
from django.utils import timezone

PROTECT = django.db.models.deletion.PROTECT
# What was received before corrections were known is the first version of itself.
NAMED = """
ALTER TABLE settlement_statement DISABLE TRIGGER USER;
UPDATE settlement_statement SET statement_id = message_id, made_at = received_at;
ALTER TABLE settlement_statement ENABLE TRIGGER USER;
"""


class Migration(migrations.Migration):
    dependencies = [("settlement", "0003_penalty_corrections"), ("orders", "0002_sql")]

    operations = [
        migrations.AddField(
            "obligation", "source", models.CharField(blank=True, default="", max_length=64), preserve_default=False
        ),
        migrations.AlterField(
            "obligation",
            "order",
            models.ForeignKey(blank=True, null=True, on_delete=PROTECT, related_name="+", to="orders.order"),
        ),
        migrations.RemoveConstraint("obligation", "obligation_has_one_cause"),
        migrations.AddConstraint(
            "obligation",
            models.CheckConstraint(
                condition=Q(execution__isnull=False, allocation__isnull=True, source="")
                | Q(execution__isnull=True, allocation__isnull=False, source="")
                | Q(execution__isnull=True, allocation__isnull=True) & ~Q(source=""),
                name="obligation_has_one_cause",
            ),
        ),
        migrations.AddConstraint(
            "obligation",
            models.CheckConstraint(
                condition=Q(source="", order__isnull=False) | ~Q(source="") & Q(order__isnull=True),
                name="obligation_of_an_order",
            ),
        ),
        migrations.AddConstraint(
            "obligation",
            models.UniqueConstraint(
                fields=["source"], condition=Q(reverses__isnull=True) & ~Q(source=""), name="obligation_source_once"
            ),
        ),
        migrations.CreateModel(
            name="MarketClaim",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("counterparty", models.CharField(blank=True, max_length=40)),
                ("qty", models.DecimalField(decimal_places=8, max_digits=28)),
                ("money", models.DecimalField(decimal_places=8, max_digits=28)),
                (
                    "state",
                    models.CharField(
                        choices=[("pending", "Pending"), ("settled", "Settled"), ("void", "Void")], max_length=7
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("account", models.ForeignKey(on_delete=PROTECT, related_name="+", to="orders.account")),
                (
                    "action",
                    models.ForeignKey(
                        db_index=False, on_delete=PROTECT, related_name="claims", to="settlement.corporateaction"
                    ),
                ),
                ("obligation", models.ForeignKey(on_delete=PROTECT, related_name="+", to="settlement.obligation")),
            ],
            options={
                "ordering": ["id"],
                "indexes": [models.Index(condition=Q(state="pending"), fields=["id"], name="market_claim_pending")],
                "constraints": [
                    models.UniqueConstraint(fields=("action", "obligation"), name="market_claim_once"),
                    models.CheckConstraint(
                        condition=Q(qty__gt=0, money__gt=0) | Q(qty__lt=0, money__lt=0),
                        name="market_claim_of_something",
                    ),
                    models.CheckConstraint(
                        condition=Q(state="pending", ended_at__isnull=True)
                        | Q(state__in=["settled", "void"], ended_at__isnull=False),
                        name="market_claim_ended_when",
                    ),
                ],
            },
        ),
        migrations.AddField("statement", "statement_id", models.CharField(default="", max_length=64), False),
        migrations.AddField("statement", "made_at", models.DateTimeField(default=timezone.now), False),
        migrations.AddField("statement", "version", models.PositiveSmallIntegerField(default=1)),
        migrations.AddField(
            "statement",
            "replaces",
            models.OneToOneField(
                blank=True, null=True, on_delete=PROTECT, related_name="replaced_by", to="settlement.statement"
            ),
        ),
        migrations.RunSQL(NAMED, migrations.RunSQL.noop),
        migrations.RemoveConstraint("statement", "statement_once_a_day"),
        migrations.AddConstraint(
            "statement",
            models.UniqueConstraint(
                fields=["kind", "source", "account", "currency", "day", "version"],
                nulls_distinct=False,
                name="statement_once_a_day",
            ),
        ),
        migrations.AddConstraint(
            "statement",
            models.CheckConstraint(
                condition=Q(version=1, replaces__isnull=True) | Q(version__gt=1, replaces__isnull=False),
                name="statement_version_replaces_one",
            ),
        ),
    ]
