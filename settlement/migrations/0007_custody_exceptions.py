"""What came from the custodian: messages that were applied (append-only), and what needs a person."""

from django.db import migrations, models

from oms.base.appendonly import append_only_sql, undo_sql


class Migration(migrations.Migration):
    dependencies = [
        ("settlement", "0006_instructions_alone"),
    ]

    operations = [
        migrations.CreateModel(
            name="CustodyException",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                    models.Index(condition=models.Q(("state", "open")), fields=["id"], name="custody_exception_open")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("digest",), name="custody_exception_once"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "resolved"])), name="custody_exception_state_known"
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
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
        migrations.RunSQL(append_only_sql("settlement_custodymessage"), undo_sql("settlement_custodymessage")),
    ]
