"""A statement's line holds the whole symbol of what has no ISIN: cut at twelve characters, every listed option was a
break on both sides. And an ExecID as long as the journal does.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("settlement", "0004_operations")]

    operations = [
        migrations.AlterField("statementline", "isin", models.CharField(blank=True, max_length=24)),
        migrations.AlterField("statementline", "reference", models.CharField(blank=True, max_length=96)),
    ]
