"""Places of settlement that net trades, and the obligations that wait for it."""

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

TRIGGER = """
CREATE TRIGGER settlement_nettingswitch_revision AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON settlement_nettingswitch
    FOR EACH STATEMENT EXECUTE FUNCTION settlement_reference_changed()
"""


class Migration(migrations.Migration):
    dependencies = [
        ("settlement", "0008_confirmations"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
                "verbose_name": "historical netting switch",
                "verbose_name_plural": "historical netting switches",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="NettingSwitch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place_of_settlement", models.CharField(max_length=11)),
                ("valid_from", models.DateField()),
                ("nets", models.BooleanField(help_text="on: net from this trade date; off: gross")),
            ],
            options={
                "verbose_name_plural": "netting switches",
                "ordering": ["place_of_settlement", "valid_from"],
                "constraints": [
                    models.UniqueConstraint(fields=("place_of_settlement", "valid_from"), name="netting_switch_once")
                ],
            },
        ),
        migrations.RunSQL(TRIGGER, "DROP TRIGGER settlement_nettingswitch_revision ON settlement_nettingswitch"),
    ]
