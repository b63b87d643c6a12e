"""A statement's line holds the whole symbol of what has no ISIN: cut at twelve characters, every listed option was a
break on both sides.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("settlement", "0004_operations")]

    operations = [migrations.AlterField("statementline", "isin", models.CharField(blank=True, max_length=24))]
