"""Penalties are corrected by what the custodian tells later."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from oms.base.appendonly import append_only_sql, undo_sql


class Migration(migrations.Migration):
    dependencies = [("settlement", "0002_sql")]

    operations = [
        migrations.CreateModel(
            name="PenaltyCorrection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seq", models.PositiveSmallIntegerField()),
                ("failed_qty", models.DecimalField(decimal_places=8, max_digits=28)),
                ("amount", models.DecimalField(decimal_places=8, max_digits=28)),
                ("corrected_at", models.DateTimeField()),
                (
                    "penalty",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="corrections",
                        to="settlement.penalty",
                    ),
                ),
            ],
            options={
                "ordering": ["penalty", "seq"],
                "constraints": [
                    models.UniqueConstraint(fields=("penalty", "seq"), name="penalty_correction_seq_once"),
                    models.CheckConstraint(condition=Q(seq__gte=1), name="penalty_correction_seq_from_1"),
                    models.CheckConstraint(
                        condition=Q(amount__gte=0, failed_qty__gte=0), name="penalty_correction_not_negative"
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            append_only_sql("settlement_penaltycorrection"), undo_sql("settlement_penaltycorrection")
        ),
    ]  # fmt: skip
