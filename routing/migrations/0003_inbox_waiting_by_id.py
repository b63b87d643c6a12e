"""What waits in the inboxes is taken over all sessions in the order of its arrival, which the index now has."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("routing", "0002_exec_ids_as_long_as_in_the_journal")]

    operations = [
        migrations.RemoveIndex("inbox", "inbox_waiting"),
        migrations.AddIndex(
            "inbox", models.Index(fields=["id"], name="inbox_waiting", condition=models.Q(done_at__isnull=True))
        ),
    ]
