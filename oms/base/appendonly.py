"""Tables that may only grow: SQL for the trigger that refuses UPDATE, DELETE and TRUNCATE, and their commit order."""

from django.db.models import BigIntegerField, Func


class CommitOrder(Func):
    """The id of the writing transaction, as a column default: what a reader needs to follow a table without gaps.

    Row ids are handed out before commit, so a lower id may appear after a higher one was read. A reader that takes
    only rows of transactions older than every running one (orders/feed.py) cannot miss a row.
    """

    template = "(pg_current_xact_id()::text::bigint)"
    output_field = BigIntegerField()


def append_only_sql(table: str) -> str:
    """Statements that make ``table`` append-only (for ``migrations.RunSQL``)."""
    return f"""
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


def undo_sql(table: str) -> str:
    """The way back, for the reverse migration."""
    return f"DROP TRIGGER {table}_append_only ON {table}; DROP TRIGGER {table}_no_truncate ON {table};"
