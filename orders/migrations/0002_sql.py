"""The journal may only grow."""

from django.db import migrations

from oms.base.appendonly import append_only_sql, undo_sql


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]

    operations = [
        migrations.RunSQL(append_only_sql("orders_executionreport"), undo_sql("orders_executionreport")),
    ]
