"""A drop copy keeps an ExecID as long as the journal does: one that was cut was never found to be ours."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("routing", "0001_initial")]

    operations = [migrations.AlterField("dropcopy", "exec_id", models.CharField(max_length=96))]
