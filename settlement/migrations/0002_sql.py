"""What the models cannot say: tables that may only grow, transfers within one asset, the revision of standing data."""

from django.db import migrations

from oms.base.appendonly import append_only_sql, undo_sql

APPEND_ONLY = (
    "settlement_obligation",
    "settlement_instructionevent",
    "settlement_ledgertransaction",
    "settlement_ledgerentry",
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
)
ONE_ASSET = """
ALTER TABLE settlement_ledgerentry
    ADD CONSTRAINT ledger_entry_debit_same_asset FOREIGN KEY (debit_account_id, asset_id)
        REFERENCES settlement_ledgeraccount (id, asset_id),
    ADD CONSTRAINT ledger_entry_credit_same_asset FOREIGN KEY (credit_account_id, asset_id)
        REFERENCES settlement_ledgeraccount (id, asset_id);
"""
UNDO_ONE_ASSET = """
ALTER TABLE settlement_ledgerentry
    DROP CONSTRAINT ledger_entry_debit_same_asset, DROP CONSTRAINT ledger_entry_credit_same_asset;
"""
# From a sequence, because a number given in a transaction that is rolled back must never come again.
FUNCTION = """
CREATE SEQUENCE settlement_reference_revision;
CREATE FUNCTION settlement_reference_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO settlement_referencerevision (id, number) VALUES (1, nextval('settlement_reference_revision'))
        ON CONFLICT (id) DO UPDATE SET number = EXCLUDED.number;
    RETURN NULL;
END $$;
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
        migrations.RunSQL(ONE_ASSET, UNDO_ONE_ASSET),
        migrations.RunSQL(
            FUNCTION, "DROP FUNCTION settlement_reference_changed(); DROP SEQUENCE settlement_reference_revision"
        ),
        *map(_revised, REFERENCE),
    ]
