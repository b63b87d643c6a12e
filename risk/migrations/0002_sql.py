"""What the models cannot say: decisions may only grow, and no rule changes under its version."""

from django.db import migrations

from oms.base.appendonly import append_only_sql, undo_sql

RULE_VERSION = """
CREATE FUNCTION risk_rule_next_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.version <> OLD.version + 1 THEN
        RAISE EXCEPTION 'rule % was changed without a new version: use risk.rules.put', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER risk_rule_next_version BEFORE UPDATE ON risk_rule
    FOR EACH ROW EXECUTE FUNCTION risk_rule_next_version();
"""
UNDO_RULE_VERSION = "DROP TRIGGER risk_rule_next_version ON risk_rule; DROP FUNCTION risk_rule_next_version();"


class Migration(migrations.Migration):
    dependencies = [("risk", "0001_initial")]

    operations = [
        migrations.RunSQL(append_only_sql("risk_decision"), undo_sql("risk_decision")),
        migrations.RunSQL(RULE_VERSION, UNDO_RULE_VERSION),
    ]
