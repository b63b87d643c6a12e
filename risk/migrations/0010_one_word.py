"""One word for the issuer (the instrument's) and for the client (the account's): what stood elsewhere goes there.

Where both said something else the instrument's stays, and lists and parents that named the other name it.
"""

from django.db import migrations, models

_OTHER = """FROM risk_instrumentanalytics a JOIN orders_instrument i ON i.id = a.instrument_id
WHERE a.issuer <> '' AND i.issuer NOT IN ('', a.issuer)"""
ISSUERS = f"""
UPDATE risk_restriction r SET issuer = i.issuer {_OTHER} AND r.issuer = a.issuer;
UPDATE risk_instrumentanalytics p SET parent = i.issuer {_OTHER} AND p.parent = a.issuer;
UPDATE orders_instrument i SET issuer = a.issuer FROM risk_instrumentanalytics a
WHERE a.instrument_id = i.id AND i.issuer = '' AND a.issuer <> '';
"""
CLIENTS = """
UPDATE orders_account c SET client = left(p.owner, 16) FROM risk_accountprofile p
WHERE p.account_id = c.id AND c.client = '' AND p.owner <> '';
"""


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0015_issuer_word"),
        ("risk", "0009_loss_lacks"),
    ]

    operations = [
        migrations.RunSQL(ISSUERS, migrations.RunSQL.noop),
        migrations.RunSQL(CLIENTS, migrations.RunSQL.noop),
        migrations.RemoveField(
            model_name="historicalinstrumentanalytics",
            name="issuer",
        ),
        migrations.RemoveField(
            model_name="instrumentanalytics",
            name="issuer",
        ),
        migrations.AlterField(
            model_name="historicalinstrumentanalytics",
            name="parent",
            field=models.CharField(
                blank=True,
                db_index=True,
                help_text="ultimate issuer; empty: the instrument's own issuer",
                max_length=80,
            ),
        ),
        migrations.AlterField(
            model_name="historicallimit",
            name="issuer",
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AlterField(
            model_name="instrumentanalytics",
            name="parent",
            field=models.CharField(
                blank=True,
                db_index=True,
                help_text="ultimate issuer; empty: the instrument's own issuer",
                max_length=80,
            ),
        ),
        migrations.AlterField(
            model_name="limit",
            name="issuer",
            field=models.CharField(blank=True, max_length=80),
        ),
    ]
