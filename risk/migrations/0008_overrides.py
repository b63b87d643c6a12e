"""Overrides, what a decision says of them, and that their history may only grow."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import risk.waiving
from oms.base.appendonly import append_only_sql, undo_sql

FIXED = """
CREATE FUNCTION risk_override_moves_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'override % is kept', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (NEW.decision_id, NEW.order_id, NEW.desk_id, NEW.trader_id, NEW.way, NEW.terms, NEW.terms_hash, NEW.breaches,
        NEW.asked_by_id, NEW.asked_at, NEW.reason)
       IS DISTINCT FROM
       (OLD.decision_id, OLD.order_id, OLD.desk_id, OLD.trader_id, OLD.way, OLD.terms, OLD.terms_hash, OLD.breaches,
        OLD.asked_by_id, OLD.asked_at, OLD.reason) THEN
        RAISE EXCEPTION 'what override % was asked for is fixed', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NOT ((OLD.state, NEW.state) IN (('asked', 'granted'), ('asked', 'refused'), ('asked', 'expired'),
                                       ('granted', 'used'), ('granted', 'expired'))) THEN
        RAISE EXCEPTION 'override % is % and cannot become %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.state = 'granted' AND (NEW.decided_by_id, NEW.decided_at, NEW.answer, NEW.expires_at)
       IS DISTINCT FROM (OLD.decided_by_id, OLD.decided_at, OLD.answer, OLD.expires_at) THEN
        RAISE EXCEPTION 'the decision on override % is fixed', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER risk_override_moves_on BEFORE UPDATE OR DELETE ON risk_override
    FOR EACH ROW EXECUTE FUNCTION risk_override_moves_on();
"""
UNDO_FIXED = "DROP TRIGGER risk_override_moves_on ON risk_override; DROP FUNCTION risk_override_moves_on();"
# Decisions from before reasons were asked for have none, and may not be written to: NOT VALID leaves them alone.
WITH_REASON = """
ALTER TABLE risk_decision ADD CONSTRAINT decision_acknowledged_with_reason
    CHECK (basis <> 'acknowledged' OR reason <> '') NOT VALID;
"""
UNDO_WITH_REASON = "ALTER TABLE risk_decision DROP CONSTRAINT decision_acknowledged_with_reason;"


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0010_scope_words"),
        ("risk", "0007_pipelines"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Override",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="OverrideEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="decision",
            name="decision_follows_outcome",
        ),
        migrations.AddField(
            model_name="decision",
            name="override_no",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="decision",
            name="reason",
            field=models.CharField(blank=True, db_default="", max_length=500),
        ),
        migrations.AddField(
            model_name="decision",
            name="terms_hash",
            field=models.CharField(blank=True, db_default="", max_length=64),
        ),
        migrations.AddField(
            model_name="decision",
            name="way",
            field=models.CharField(
                blank=True,
                choices=[("reason", "reason"), ("second_person", "second person"), ("designated", "designated")],
                db_default="",
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="decision",
            name="basis",
            field=models.CharField(
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
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("accepted", True), ("basis", ""), ("outcome__in", ["pass", "alert"])),
                    models.Q(
                        ("accepted", True),
                        ("basis__in", ["acknowledged", "reduce_only", "part", "override"]),
                        ("outcome", "soft"),
                    ),
                    models.Q(
                        ("accepted", True), ("basis__in", ["reduce_only", "part", "override"]), ("outcome", "hard")
                    ),
                    models.Q(("accepted", False), ("basis", ""), ("outcome__in", ["soft", "hard"])),
                    _connector="OR",
                ),
                name="decision_follows_outcome",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("basis", "override"), _negated=True), ("override_no__isnull", False), _connector="OR"
                ),
                name="decision_names_override",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(("way__in", ["", "reason", "second_person", "designated"])),
                name="decision_way_known",
            ),
        ),
        migrations.AddField(
            model_name="override",
            name="asked_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="override",
            name="decided_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="override",
            name="decision",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="overrides",
                to="risk.decision",
            ),
        ),
        migrations.AddField(
            model_name="override",
            name="desk",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.desk"
            ),
        ),
        migrations.AddField(
            model_name="override",
            name="order",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="overrides", to="orders.order"
            ),
        ),
        migrations.AddField(
            model_name="override",
            name="trader",
            field=models.ForeignKey(
                db_index=False,
                help_text="whose order it is",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="override",
            name="used_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orders.order",
            ),
        ),
        migrations.AddField(
            model_name="overrideevent",
            name="by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="overrideevent",
            name="order",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orders.order",
            ),
        ),
        migrations.AddField(
            model_name="overrideevent",
            name="override",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="events", to="risk.override"
            ),
        ),
        migrations.AddIndex(
            model_name="override",
            index=models.Index(fields=["desk", "-id"], name="override_of_desk"),
        ),
        migrations.AddConstraint(
            model_name="override",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["asked", "granted"])), fields=("decision",), name="override_open_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="override",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["asked", "granted", "refused", "used", "expired"])),
                name="override_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="override",
            constraint=models.CheckConstraint(
                condition=models.Q(("way__in", ["second_person", "designated"])), name="override_way_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="override",
            constraint=models.CheckConstraint(
                condition=models.Q(("terms_hash__regex", "^[0-9a-f]{64}$")), name="override_hash_sha256"
            ),
        ),
        migrations.AddConstraint(
            model_name="override",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="override_asked_with_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="override",
            constraint=models.CheckConstraint(
                condition=models.Q(("expires_at__gt", models.F("asked_at"))), name="override_expires_later"
            ),
        ),
        migrations.AddConstraint(
            model_name="override",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="override",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at__isnull", True), ("decided_by__isnull", True), ("state", "asked")),
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
        ),
        migrations.AddConstraint(
            model_name="override",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("state", "used"),
                        ("used_at__isnull", False),
                        ("used_at__lt", models.F("expires_at")),
                        ("used_by__isnull", False),
                    ),
                    models.Q(
                        models.Q(("state", "used"), _negated=True), ("used_at__isnull", True), ("used_by__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="override_used_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="overrideevent",
            constraint=models.CheckConstraint(
                condition=models.Q(("what__in", ["asked", "granted", "refused", "used", "expired", "turned_away"])),
                name="override_event_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="overrideevent",
            constraint=models.UniqueConstraint(
                condition=models.Q(("what", "turned_away"), _negated=True),
                fields=("override", "what"),
                name="override_event_once",
            ),
        ),
        migrations.RunSQL(append_only_sql("risk_overrideevent"), undo_sql("risk_overrideevent")),
        migrations.RunSQL(FIXED, UNDO_FIXED),
        migrations.RunSQL(WITH_REASON, UNDO_WITH_REASON),
    ]
