from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0008_trading_sessions"),
    ]

    operations = [
        migrations.AlterField(
            model_name="executionreport",
            name="venue_exec_id",
            field=models.CharField(blank=True, max_length=96),
        ),
        migrations.AlterField(
            model_name="executionreport",
            name="exec_ref_id",
            field=models.CharField(blank=True, max_length=96),
        ),
    ]
