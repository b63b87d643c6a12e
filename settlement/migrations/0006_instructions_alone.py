"""An instruction stands by itself; what maps it to obligations, what was confirmed and standing instructions stay."""

import django.db.models.deletion
from django.db import migrations, models

from oms.base.appendonly import append_only_sql, undo_sql

APPEND_ONLY = (
    "settlement_instructionobligation",
    "settlement_obligationcancellation",
    "settlement_confirmation",
)
# A standing instruction is checked once and superseded once; nothing else of it ever changes.
SSI = """
CREATE FUNCTION refuse_standing_instruction_edit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.checked_by_id IS NULL OR (OLD.checked_by_id, OLD.checked_at)
            IS NOT DISTINCT FROM (NEW.checked_by_id, NEW.checked_at))
        AND (OLD.superseded_by_id IS NULL OR OLD.superseded_by_id IS NOT DISTINCT FROM NEW.superseded_by_id)
        AND to_jsonb(OLD) - '{checked_by_id,checked_at,superseded_by_id}'::text[]
            = to_jsonb(NEW) - '{checked_by_id,checked_at,superseded_by_id}'::text[] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER settlement_standinginstruction_append_only BEFORE UPDATE OR DELETE ON settlement_standinginstruction
    FOR EACH ROW EXECUTE FUNCTION refuse_standing_instruction_edit();
CREATE TRIGGER settlement_standinginstruction_no_truncate BEFORE TRUNCATE ON settlement_standinginstruction
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER settlement_standinginstruction_revision
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON settlement_standinginstruction
    FOR EACH STATEMENT EXECUTE FUNCTION settlement_reference_changed();
"""
UNDO_SSI = """
DROP TRIGGER settlement_standinginstruction_revision ON settlement_standinginstruction;
DROP TRIGGER settlement_standinginstruction_no_truncate ON settlement_standinginstruction;
DROP TRIGGER settlement_standinginstruction_append_only ON settlement_standinginstruction;
DROP FUNCTION refuse_standing_instruction_edit();
"""


class Migration(migrations.Migration):
    dependencies = [("settlement", "0005_instructions_carried")]

    operations = [
        migrations.RemoveField(model_name="instruction", name="obligation"),
        migrations.AlterField(
            model_name="instruction",
            name="account",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.account"
            ),
        ),
        migrations.AlterField(
            model_name="instruction",
            name="instrument",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.instrument"
            ),
        ),
        migrations.AlterField(model_name="instruction", name="trade_date", field=models.DateField()),
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
                condition=models.Q(
                    ("payment", "against_payment"), models.Q(("net_money", 0), ("payment", "free")), _connector="OR"
                ),
                name="instruction_payment_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="instruction",
            constraint=models.CheckConstraint(
                condition=models.Q(("partial__in", ["not_allowed", "allowed"])), name="instruction_partial_known"
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
                condition=models.Q(
                    models.Q(
                        ("settled_money", models.F("net_money")), ("settled_qty", models.F("qty")), ("state", "settled")
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
                        models.Q(("state__in", ["draft", "cancelled"]), ("checked_by__isnull", False), _connector="OR"),
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
        *(migrations.RunSQL(append_only_sql(table), undo_sql(table)) for table in APPEND_ONLY),
        migrations.RunSQL(SSI, UNDO_SSI),
    ]
