"""The journal and what goes with it may only grow."""

from django.db import migrations

from oms.base.appendonly import append_only_sql, undo_sql

APPEND_ONLY = (
    "orders_executionreport",
    "orders_positionadjustment",
    "orders_dayresult",
)


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]

    operations = [
        *(migrations.RunSQL(append_only_sql(table), undo_sql(table)) for table in APPEND_ONLY),
    ]
