"""What the models cannot say: tables that may only grow, transfers within one asset, the revision of standing data."""

from django.db import migrations

from oms.base.appendonly import append_only_sql, undo_sql

APPEND_ONLY = (
    "settlement_obligation",
    "settlement_instructionevent",
    "settlement_ledgertransaction",
    "settlement_ledgerentry",
    "settlement_allocationshare",
    "settlement_allocationevent",
    "settlement_instructionobligation",
    "settlement_obligationcancellation",
    "settlement_confirmation",
    "settlement_custodymessage",
    "settlement_tradeconfirmationevent",
    "settlement_penalty",
    "settlement_penaltyday",
    "settlement_corporateactionevent",
    "settlement_entitlement",
    "settlement_variationmargin",
    "settlement_statement",
    "settlement_statementline",
    "settlement_reconciliation",
    "settlement_breakevent",
    "settlement_signoff",
    "settlement_closestep",
    "settlement_ledgerroot",
)
REFERENCE = (
    "settlement_settlementcalendar",
    "settlement_holiday",
    "settlement_holidayoverride",
    "settlement_settlementcycle",
    "settlement_placeofsettlement",
    "settlement_feerate",
    "settlement_feelisting",
    "settlement_commissionrate",
    "settlement_nettingswitch",
    "orders_account",
)
LEDGER_ENTRY_DEBIT_SAME_ASSET = """
ALTER TABLE settlement_ledgerentry
    ADD CONSTRAINT ledger_entry_debit_same_asset FOREIGN KEY (debit_account_id, asset_id)
        REFERENCES settlement_ledgeraccount (id, asset_id),
    ADD CONSTRAINT ledger_entry_credit_same_asset FOREIGN KEY (credit_account_id, asset_id)
        REFERENCES settlement_ledgeraccount (id, asset_id);
"""
UNDO_LEDGER_ENTRY_DEBIT_SAME_ASSET = """
ALTER TABLE settlement_ledgerentry
    DROP CONSTRAINT ledger_entry_debit_same_asset, DROP CONSTRAINT ledger_entry_credit_same_asset;
"""
REFERENCE_CHANGED = """
CREATE SEQUENCE settlement_reference_revision;
CREATE FUNCTION settlement_reference_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO settlement_referencerevision (id, number) VALUES (1, nextval('settlement_reference_revision'))
        ON CONFLICT (id) DO UPDATE SET number = EXCLUDED.number;
    RETURN NULL;
END $$;
"""
UNDO_REFERENCE_CHANGED = """
DROP FUNCTION settlement_reference_changed(); DROP SEQUENCE settlement_reference_revision
"""
REFUSE_STANDING_INSTRUCTION_EDIT = """
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
UNDO_REFUSE_STANDING_INSTRUCTION_EDIT = """
DROP TRIGGER settlement_standinginstruction_revision ON settlement_standinginstruction;
DROP TRIGGER settlement_standinginstruction_no_truncate ON settlement_standinginstruction;
DROP TRIGGER settlement_standinginstruction_append_only ON settlement_standinginstruction;
DROP FUNCTION refuse_standing_instruction_edit();
"""


def _revised(table: str) -> migrations.RunSQL:
    """Any change of ``table`` raises the revision that readers compare."""
    return migrations.RunSQL(
        f"CREATE TRIGGER {table}_revision AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION settlement_reference_changed()",
        f"DROP TRIGGER {table}_revision ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [("settlement", "0001_initial")]

    operations = [
        *(migrations.RunSQL(append_only_sql(table), undo_sql(table)) for table in APPEND_ONLY),
        migrations.RunSQL(LEDGER_ENTRY_DEBIT_SAME_ASSET, UNDO_LEDGER_ENTRY_DEBIT_SAME_ASSET),
        migrations.RunSQL(REFERENCE_CHANGED, UNDO_REFERENCE_CHANGED),
        migrations.RunSQL(REFUSE_STANDING_INSTRUCTION_EDIT, UNDO_REFUSE_STANDING_INSTRUCTION_EDIT),
        *map(_revised, REFERENCE),
    ]
