import django.db.models.deletion
import django.db.models.fields.json
import simple_history.models
from django.conf import settings
from django.db import migrations, models

from oms.base.together import Together


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("orders", "0001_initial"),
        ("orders", "__first__"),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="Trail",
                    fields=[
                        (
                            "order",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="trail",
                                serialize=False,
                                to="orders.order",
                            ),
                        ),
                        ("best_px", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("stop_px", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("updated_at", models.DateTimeField()),
                    ],
                ),
                migrations.CreateModel(
                    name="Venue",
                    fields=[
                        ("mic", models.CharField(max_length=4, primary_key=True, serialize=False)),
                        ("name", models.CharField(max_length=80)),
                        ("active", models.BooleanField(default=True)),
                        (
                            "calendar",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="venues",
                                to="orders.tradingcalendar",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="ClientSession",
                    fields=[
                        ("code", models.CharField(max_length=32, primary_key=True, serialize=False)),
                        (
                            "purpose",
                            models.CharField(
                                choices=[
                                    ("order_entry", "Order Entry"),
                                    ("drop_copy_out", "Drop Copy Out"),
                                    ("drop_copy_in", "Drop Copy In"),
                                ],
                                default="order_entry",
                                max_length=14,
                            ),
                        ),
                        ("sender_comp_id", models.CharField(default="OMS", help_text="who we are", max_length=32)),
                        ("target_comp_id", models.CharField(help_text="who the client is", max_length=32)),
                        (
                            "version",
                            models.CharField(
                                choices=[("FIX.4.2", "FIX.4.2"), ("FIX.4.4", "FIX.4.4"), ("FIX.5.0SP2", "FIX.5.0SP2")],
                                default="FIX.4.4",
                                max_length=12,
                            ),
                        ),
                        ("enabled", models.BooleanField(default=True)),
                        (
                            "start",
                            models.CharField(
                                default="00:00:00", help_text="UTC; equal to the end: always", max_length=8
                            ),
                        ),
                        (
                            "end",
                            models.CharField(
                                default="00:00:00",
                                help_text="UTC; sequence numbers begin at 1 at each start",
                                max_length=8,
                            ),
                        ),
                        (
                            "start_day",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("monday", "Monday"),
                                    ("tuesday", "Tuesday"),
                                    ("wednesday", "Wednesday"),
                                    ("thursday", "Thursday"),
                                    ("friday", "Friday"),
                                    ("saturday", "Saturday"),
                                    ("sunday", "Sunday"),
                                ],
                                help_text="of a weekly session",
                                max_length=9,
                            ),
                        ),
                        (
                            "end_day",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("monday", "Monday"),
                                    ("tuesday", "Tuesday"),
                                    ("wednesday", "Wednesday"),
                                    ("thursday", "Thursday"),
                                    ("friday", "Friday"),
                                    ("saturday", "Saturday"),
                                    ("sunday", "Sunday"),
                                ],
                                max_length=9,
                            ),
                        ),
                        (
                            "tls",
                            models.BooleanField(
                                default=False, help_text="on the port for TLS, and on no other", verbose_name="TLS"
                            ),
                        ),
                        (
                            "certificate",
                            models.CharField(
                                blank=True,
                                help_text="SHA-256 fingerprint of the client's certificate, or its subject as CN=name; empty: any we trust",
                                max_length=200,
                            ),
                        ),
                        (
                            "addresses",
                            models.JSONField(
                                blank=True, default=list, help_text='["203.0.113.7"] may connect; [] is anybody'
                            ),
                        ),
                        (
                            "username",
                            models.CharField(blank=True, help_text="Username (553) of the Logon", max_length=64),
                        ),
                        (
                            "password",
                            models.CharField(
                                blank=True, editable=False, help_text="hash; empty: none is asked for", max_length=128
                            ),
                        ),
                        (
                            "account_map",
                            models.JSONField(blank=True, default=dict, help_text='{"their name": "our account"}'),
                        ),
                        (
                            "throttle",
                            models.PositiveIntegerField(
                                default=0, help_text="new and replaced orders a second; 0: any number"
                            ),
                        ),
                        (
                            "cancel_on_disconnect",
                            models.BooleanField(default=False, help_text="its open orders, when it is gone"),
                        ),
                        (
                            "send_pending_new",
                            models.BooleanField(
                                default=False, help_text="say Pending New at once, before a venue has it"
                            ),
                        ),
                        (
                            "transforms",
                            models.JSONField(
                                blank=True,
                                default=list,
                                help_text='[{"direction": "out", "msg_type": ["8"], "rename": {"1": "5001"}}]',
                            ),
                        ),
                        ("epoch", models.BigIntegerField(default=0, editable=False)),
                        (
                            "logged_on_at",
                            models.DateTimeField(blank=True, editable=False, null=True, verbose_name="connected since"),
                        ),
                        (
                            "seen_at",
                            models.DateTimeField(blank=True, editable=False, null=True, verbose_name="last seen"),
                        ),
                        ("next_out", models.BigIntegerField(blank=True, editable=False, null=True)),
                        ("next_in", models.BigIntegerField(blank=True, editable=False, null=True)),
                        ("problem", models.CharField(blank=True, editable=False, max_length=200)),
                        (
                            "user",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("version", "sender_comp_id", "target_comp_id"),
                                name="client_session_comp_ids_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("version__in", ("FIX.4.2", "FIX.4.4", "FIX.5.0SP2"))),
                                name="client_session_version_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ClientReport",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("report_id", models.BigIntegerField(null=True)),
                        ("msg_type", models.CharField(max_length=2)),
                        ("fields", models.JSONField()),
                        ("created_at", models.DateTimeField()),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("sent_at", models.DateTimeField(null=True)),
                        ("msg_seq_num", models.BigIntegerField(null=True)),
                        (
                            "session",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="routing.clientsession"
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("sent_at", None)),
                                fields=["session", "id"],
                                name="client_report_waiting",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("report_id__isnull", False)),
                                fields=("session", "report_id"),
                                name="client_report_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ClientMessage",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("incarnation", models.CharField(max_length=32)),
                        ("msg_seq_num", models.BigIntegerField()),
                        ("msg_type", models.CharField(max_length=2)),
                        ("raw", models.TextField()),
                        ("fields", models.JSONField()),
                        ("received_at", models.DateTimeField()),
                        ("outcome", models.CharField(blank=True, max_length=40)),
                        (
                            "session",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="routing.clientsession"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("session", "incarnation", "msg_seq_num"), name="client_message_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DropCopy",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("exec_id", models.CharField(max_length=64)),
                        ("order_id", models.CharField(blank=True, max_length=64)),
                        ("cl_ord_id", models.CharField(blank=True, max_length=64)),
                        ("last_qty", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("last_px", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("last_mkt", models.CharField(blank=True, max_length=4)),
                        ("fields", models.JSONField()),
                        ("received_at", models.DateTimeField()),
                        ("report_id", models.BigIntegerField(null=True)),
                        ("alerted_at", models.DateTimeField(null=True)),
                        (
                            "session",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="routing.clientsession"
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("report_id", None)), fields=["id"], name="drop_copy_unmatched"
                            )
                        ],
                        "constraints": [models.UniqueConstraint(fields=("session", "exec_id"), name="drop_copy_once")],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalClientSession",
                    fields=[
                        ("code", models.CharField(db_index=True, max_length=32)),
                        (
                            "purpose",
                            models.CharField(
                                choices=[
                                    ("order_entry", "Order Entry"),
                                    ("drop_copy_out", "Drop Copy Out"),
                                    ("drop_copy_in", "Drop Copy In"),
                                ],
                                default="order_entry",
                                max_length=14,
                            ),
                        ),
                        ("sender_comp_id", models.CharField(default="OMS", help_text="who we are", max_length=32)),
                        ("target_comp_id", models.CharField(help_text="who the client is", max_length=32)),
                        (
                            "version",
                            models.CharField(
                                choices=[("FIX.4.2", "FIX.4.2"), ("FIX.4.4", "FIX.4.4"), ("FIX.5.0SP2", "FIX.5.0SP2")],
                                default="FIX.4.4",
                                max_length=12,
                            ),
                        ),
                        ("enabled", models.BooleanField(default=True)),
                        (
                            "start",
                            models.CharField(
                                default="00:00:00", help_text="UTC; equal to the end: always", max_length=8
                            ),
                        ),
                        (
                            "end",
                            models.CharField(
                                default="00:00:00",
                                help_text="UTC; sequence numbers begin at 1 at each start",
                                max_length=8,
                            ),
                        ),
                        (
                            "start_day",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("monday", "Monday"),
                                    ("tuesday", "Tuesday"),
                                    ("wednesday", "Wednesday"),
                                    ("thursday", "Thursday"),
                                    ("friday", "Friday"),
                                    ("saturday", "Saturday"),
                                    ("sunday", "Sunday"),
                                ],
                                help_text="of a weekly session",
                                max_length=9,
                            ),
                        ),
                        (
                            "end_day",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("monday", "Monday"),
                                    ("tuesday", "Tuesday"),
                                    ("wednesday", "Wednesday"),
                                    ("thursday", "Thursday"),
                                    ("friday", "Friday"),
                                    ("saturday", "Saturday"),
                                    ("sunday", "Sunday"),
                                ],
                                max_length=9,
                            ),
                        ),
                        (
                            "tls",
                            models.BooleanField(
                                default=False, help_text="on the port for TLS, and on no other", verbose_name="TLS"
                            ),
                        ),
                        (
                            "certificate",
                            models.CharField(
                                blank=True,
                                help_text="SHA-256 fingerprint of the client's certificate, or its subject as CN=name; empty: any we trust",
                                max_length=200,
                            ),
                        ),
                        (
                            "addresses",
                            models.JSONField(
                                blank=True, default=list, help_text='["203.0.113.7"] may connect; [] is anybody'
                            ),
                        ),
                        (
                            "username",
                            models.CharField(blank=True, help_text="Username (553) of the Logon", max_length=64),
                        ),
                        (
                            "account_map",
                            models.JSONField(blank=True, default=dict, help_text='{"their name": "our account"}'),
                        ),
                        (
                            "throttle",
                            models.PositiveIntegerField(
                                default=0, help_text="new and replaced orders a second; 0: any number"
                            ),
                        ),
                        (
                            "cancel_on_disconnect",
                            models.BooleanField(default=False, help_text="its open orders, when it is gone"),
                        ),
                        (
                            "send_pending_new",
                            models.BooleanField(
                                default=False, help_text="say Pending New at once, before a venue has it"
                            ),
                        ),
                        (
                            "transforms",
                            models.JSONField(
                                blank=True,
                                default=list,
                                help_text='[{"direction": "out", "msg_type": ["8"], "rename": {"1": "5001"}}]',
                            ),
                        ),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical client session",
                        "verbose_name_plural": "historical client sessions",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalRule",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("rank", models.PositiveIntegerField(db_index=True)),
                        ("name", models.CharField(max_length=80)),
                        ("active", models.BooleanField(default=True)),
                        (
                            "asset_class",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("equity", "equity"),
                                    ("etf", "etf"),
                                    ("government_bond", "government bond"),
                                    ("corporate_bond", "corporate bond"),
                                    ("future", "future"),
                                    ("option", "option"),
                                    ("fx_spot", "fx spot"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("symbol", models.CharField(blank=True, max_length=24)),
                        (
                            "side",
                            models.CharField(
                                blank=True,
                                choices=[("buy", "buy"), ("sell", "sell"), ("sell_short", "sell short")],
                                max_length=12,
                            ),
                        ),
                        ("min_qty", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("max_qty", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("min_notional", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("max_notional", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        (
                            "marketable",
                            models.BooleanField(
                                blank=True, help_text="limit price reaches the other side of the quote", null=True
                            ),
                        ),
                        ("min_spread_bps", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("max_spread_bps", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("time_from", models.TimeField(blank=True, help_text="UTC", null=True)),
                        ("time_to", models.TimeField(blank=True, help_text="UTC, not included", null=True)),
                        (
                            "best",
                            models.BooleanField(
                                default=False, help_text="choose the venue with the best price, then size"
                            ),
                        ),
                        (
                            "split",
                            models.JSONField(
                                blank=True,
                                default=list,
                                help_text='[["XNAS", "0.6"], ["BATS", "0.4"]]; shares sum to 1',
                            ),
                        ),
                        ("version", models.PositiveIntegerField(default=1)),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="orders.account",
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical rule",
                        "verbose_name_plural": "historical rules",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalVenueSession",
                    fields=[
                        ("code", models.CharField(db_index=True, max_length=16)),
                        (
                            "purpose",
                            models.CharField(
                                choices=[("order", "Order"), ("market_data", "Market Data")],
                                default="order",
                                max_length=12,
                            ),
                        ),
                        ("sender_comp_id", models.CharField(max_length=32)),
                        ("target_comp_id", models.CharField(max_length=32)),
                        ("host", models.CharField(default="127.0.0.1", max_length=80)),
                        ("port", models.PositiveIntegerField()),
                        ("enabled", models.BooleanField(default=True)),
                        (
                            "version",
                            models.CharField(
                                choices=[("FIX.4.2", "FIX.4.2"), ("FIX.4.4", "FIX.4.4"), ("FIX.5.0SP2", "FIX.5.0SP2")],
                                default="FIX.4.4",
                                max_length=12,
                            ),
                        ),
                        (
                            "start",
                            models.CharField(
                                default="00:00:00", help_text="UTC; equal to the end: always", max_length=8
                            ),
                        ),
                        ("end", models.CharField(default="00:00:00", max_length=8)),
                        (
                            "start_day",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("monday", "Monday"),
                                    ("tuesday", "Tuesday"),
                                    ("wednesday", "Wednesday"),
                                    ("thursday", "Thursday"),
                                    ("friday", "Friday"),
                                    ("saturday", "Saturday"),
                                    ("sunday", "Sunday"),
                                ],
                                help_text="of a weekly session",
                                max_length=9,
                            ),
                        ),
                        (
                            "end_day",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("monday", "Monday"),
                                    ("tuesday", "Tuesday"),
                                    ("wednesday", "Wednesday"),
                                    ("thursday", "Thursday"),
                                    ("friday", "Friday"),
                                    ("saturday", "Saturday"),
                                    ("sunday", "Sunday"),
                                ],
                                max_length=9,
                            ),
                        ),
                        ("tls", models.BooleanField(default=False, verbose_name="TLS")),
                        (
                            "username",
                            models.CharField(blank=True, help_text="Username (553) of our Logon", max_length=64),
                        ),
                        (
                            "transforms",
                            models.JSONField(
                                blank=True,
                                default=list,
                                help_text='[{"direction": "out", "msg_type": ["D"], "set": {"21": "1"}}]',
                            ),
                        ),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical venue session",
                        "verbose_name_plural": "historical venue sessions",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Rule",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("rank", models.PositiveIntegerField(unique=True)),
                        ("name", models.CharField(max_length=80)),
                        ("active", models.BooleanField(default=True)),
                        (
                            "asset_class",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("equity", "equity"),
                                    ("etf", "etf"),
                                    ("government_bond", "government bond"),
                                    ("corporate_bond", "corporate bond"),
                                    ("future", "future"),
                                    ("option", "option"),
                                    ("fx_spot", "fx spot"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("symbol", models.CharField(blank=True, max_length=24)),
                        (
                            "side",
                            models.CharField(
                                blank=True,
                                choices=[("buy", "buy"), ("sell", "sell"), ("sell_short", "sell short")],
                                max_length=12,
                            ),
                        ),
                        ("min_qty", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("max_qty", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("min_notional", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("max_notional", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        (
                            "marketable",
                            models.BooleanField(
                                blank=True, help_text="limit price reaches the other side of the quote", null=True
                            ),
                        ),
                        ("min_spread_bps", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("max_spread_bps", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("time_from", models.TimeField(blank=True, help_text="UTC", null=True)),
                        ("time_to", models.TimeField(blank=True, help_text="UTC, not included", null=True)),
                        (
                            "best",
                            models.BooleanField(
                                default=False, help_text="choose the venue with the best price, then size"
                            ),
                        ),
                        (
                            "split",
                            models.JSONField(
                                blank=True,
                                default=list,
                                help_text='[["XNAS", "0.6"], ["BATS", "0.4"]]; shares sum to 1',
                            ),
                        ),
                        ("version", models.PositiveIntegerField(default=1)),
                        (
                            "account",
                            models.ForeignKey(
                                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to="orders.account"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["rank"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("best", True), ("split", [])),
                                    models.Q(("best", False), models.Q(("split", []), _negated=True)),
                                    _connector="OR",
                                ),
                                name="rule_best_or_split",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RouteDecision",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("rule_version", models.PositiveIntegerField(null=True)),
                        ("why", models.JSONField()),
                        ("at", models.DateTimeField()),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="route_decisions",
                                to="orders.order",
                            ),
                        ),
                        (
                            "rule",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.SET_NULL, to="routing.rule"
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="VenueCapability",
                    fields=[
                        (
                            "venue",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="capability",
                                serialize=False,
                                to="routing.venue",
                            ),
                        ),
                        ("ord_types", models.JSONField(default=list, help_text='["market", "limit", "stop"]')),
                        ("times_in_force", models.JSONField(default=list, help_text='["day", "good_till_cancel"]')),
                        (
                            "exec_insts",
                            models.JSONField(blank=True, default=list, help_text='["participate_dont_initiate"]'),
                        ),
                        (
                            "peg_price_types",
                            models.JSONField(blank=True, default=list, help_text='["primary", "market", "midpoint"]'),
                        ),
                        (
                            "max_floor",
                            models.BooleanField(default=False, help_text="shows a part of an order (iceberg)"),
                        ),
                        ("multileg", models.BooleanField(default=False)),
                        (
                            "open_cutoff",
                            models.TimeField(
                                blank=True, help_text="UTC: no orders for the opening auction after it", null=True
                            ),
                        ),
                        (
                            "close_cutoff",
                            models.TimeField(
                                blank=True, help_text="UTC: no orders for the closing auction after it", null=True
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Quote",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("bid_px", models.DecimalField(decimal_places=8, max_digits=28, null=True)),
                        ("bid_size", models.DecimalField(decimal_places=8, max_digits=28, null=True)),
                        ("offer_px", models.DecimalField(decimal_places=8, max_digits=28, null=True)),
                        ("offer_size", models.DecimalField(decimal_places=8, max_digits=28, null=True)),
                        ("last_px", models.DecimalField(decimal_places=8, max_digits=28, null=True)),
                        ("last_size", models.DecimalField(decimal_places=8, max_digits=28, null=True)),
                        ("quoted_at", models.DateTimeField()),
                        (
                            "instrument",
                            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="orders.instrument"),
                        ),
                        (
                            "venue",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.CASCADE, to="routing.venue"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("instrument", "venue"), name="quote_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Listing",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "instrument",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="listings",
                                to="orders.instrument",
                            ),
                        ),
                        ("venue", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="routing.venue")),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("instrument", "venue"), name="listing_once")],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalVenueCapability",
                    fields=[
                        ("ord_types", models.JSONField(default=list, help_text='["market", "limit", "stop"]')),
                        ("times_in_force", models.JSONField(default=list, help_text='["day", "good_till_cancel"]')),
                        (
                            "exec_insts",
                            models.JSONField(blank=True, default=list, help_text='["participate_dont_initiate"]'),
                        ),
                        (
                            "peg_price_types",
                            models.JSONField(blank=True, default=list, help_text='["primary", "market", "midpoint"]'),
                        ),
                        (
                            "max_floor",
                            models.BooleanField(default=False, help_text="shows a part of an order (iceberg)"),
                        ),
                        ("multileg", models.BooleanField(default=False)),
                        (
                            "open_cutoff",
                            models.TimeField(
                                blank=True, help_text="UTC: no orders for the opening auction after it", null=True
                            ),
                        ),
                        (
                            "close_cutoff",
                            models.TimeField(
                                blank=True, help_text="UTC: no orders for the closing auction after it", null=True
                            ),
                        ),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "venue",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="routing.venue",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical venue capability",
                        "verbose_name_plural": "historical venue capabilitys",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="VenueSession",
                    fields=[
                        ("code", models.CharField(max_length=16, primary_key=True, serialize=False)),
                        (
                            "purpose",
                            models.CharField(
                                choices=[("order", "Order"), ("market_data", "Market Data")],
                                default="order",
                                max_length=12,
                            ),
                        ),
                        ("sender_comp_id", models.CharField(max_length=32)),
                        ("target_comp_id", models.CharField(max_length=32)),
                        ("host", models.CharField(default="127.0.0.1", max_length=80)),
                        ("port", models.PositiveIntegerField()),
                        ("enabled", models.BooleanField(default=True)),
                        (
                            "version",
                            models.CharField(
                                choices=[("FIX.4.2", "FIX.4.2"), ("FIX.4.4", "FIX.4.4"), ("FIX.5.0SP2", "FIX.5.0SP2")],
                                default="FIX.4.4",
                                max_length=12,
                            ),
                        ),
                        (
                            "start",
                            models.CharField(
                                default="00:00:00", help_text="UTC; equal to the end: always", max_length=8
                            ),
                        ),
                        ("end", models.CharField(default="00:00:00", max_length=8)),
                        (
                            "start_day",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("monday", "Monday"),
                                    ("tuesday", "Tuesday"),
                                    ("wednesday", "Wednesday"),
                                    ("thursday", "Thursday"),
                                    ("friday", "Friday"),
                                    ("saturday", "Saturday"),
                                    ("sunday", "Sunday"),
                                ],
                                help_text="of a weekly session",
                                max_length=9,
                            ),
                        ),
                        (
                            "end_day",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("monday", "Monday"),
                                    ("tuesday", "Tuesday"),
                                    ("wednesday", "Wednesday"),
                                    ("thursday", "Thursday"),
                                    ("friday", "Friday"),
                                    ("saturday", "Saturday"),
                                    ("sunday", "Sunday"),
                                ],
                                max_length=9,
                            ),
                        ),
                        ("tls", models.BooleanField(default=False, verbose_name="TLS")),
                        (
                            "username",
                            models.CharField(blank=True, help_text="Username (553) of our Logon", max_length=64),
                        ),
                        (
                            "transforms",
                            models.JSONField(
                                blank=True,
                                default=list,
                                help_text='[{"direction": "out", "msg_type": ["D"], "set": {"21": "1"}}]',
                            ),
                        ),
                        ("epoch", models.BigIntegerField(default=0)),
                        ("logged_on_at", models.DateTimeField(blank=True, null=True, verbose_name="connected since")),
                        ("seen_at", models.DateTimeField(blank=True, null=True, verbose_name="last seen")),
                        ("next_out", models.BigIntegerField(blank=True, editable=False, null=True)),
                        ("next_in", models.BigIntegerField(blank=True, editable=False, null=True)),
                        ("problem", models.CharField(blank=True, editable=False, max_length=200)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("sender_comp_id", "target_comp_id"), name="session_comp_ids_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("version__in", ("FIX.4.2", "FIX.4.4", "FIX.5.0SP2"))),
                                name="session_version_known",
                            ),
                        ],
                    },
                ),
                migrations.AddField(
                    model_name="venue",
                    name="session",
                    field=models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to="routing.venuesession"
                    ),
                ),
                migrations.CreateModel(
                    name="SessionOrder",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("disconnect", "Disconnect"),
                                    ("resend", "Resend"),
                                    ("reset", "Reset"),
                                    ("mass_status", "Mass Status"),
                                    ("mass_cancel", "Mass Cancel"),
                                    ("dont_know", "Dont Know"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("begin_seq_no", models.BigIntegerField(blank=True, null=True)),
                        ("end_seq_no", models.BigIntegerField(blank=True, null=True)),
                        (
                            "fields",
                            models.JSONField(blank=True, default=dict, help_text="of the message, for dont_know"),
                        ),
                        ("reason", models.CharField(max_length=200)),
                        ("asked_at", models.DateTimeField()),
                        ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                        ("done_at", models.DateTimeField(blank=True, null=True)),
                        ("outcome", models.CharField(blank=True, max_length=200)),
                        (
                            "asked_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "confirmed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "session",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="wishes",
                                to="routing.clientsession",
                            ),
                        ),
                        (
                            "withdrawn_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "venue_session",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="wishes",
                                to="routing.venuesession",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("done_at__isnull", True)),
                                fields=["id"],
                                name="session_order_waiting",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("confirmed_by__isnull", True),
                                    models.Q(("confirmed_by", models.F("asked_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="session_order_maker_not_checker",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "reset"), _negated=True),
                                    ("done_at__isnull", True),
                                    ("confirmed_by__isnull", False),
                                    _connector="OR",
                                ),
                                name="session_order_reset_confirmed",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("session__isnull", True), ("venue_session__isnull", True), _connector="XOR"
                                ),
                                name="session_order_one_session",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("withdrawn_at__isnull", True), ("done_at__isnull", True), _connector="OR"
                                ),
                                name="session_order_done_or_withdrawn",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Outbox",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("msg_type", models.CharField(max_length=2)),
                        ("cl_ord_id", models.CharField(max_length=64)),
                        ("orig_cl_ord_id", models.CharField(blank=True, max_length=64)),
                        ("fields", models.JSONField()),
                        ("created_at", models.DateTimeField()),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("sent_at", models.DateTimeField(null=True)),
                        ("msg_seq_num", models.BigIntegerField(null=True)),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="outbox", to="orders.order"
                            ),
                        ),
                        (
                            "session",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="routing.venuesession"
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("sent_at__isnull", True)),
                                fields=["session", "id"],
                                name="outbox_waiting",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("msg_type", "H"), _negated=True),
                                fields=("session", "cl_ord_id"),
                                name="outbox_cl_ord_id_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("msg_type__in", ["D", "F", "G", "H", "AB", "AC"])),
                                name="outbox_msg_type_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Inbox",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "incarnation",
                            models.CharField(
                                help_text="when the session's store began: sequence numbers restart with it",
                                max_length=32,
                            ),
                        ),
                        ("msg_seq_num", models.BigIntegerField()),
                        ("msg_type", models.CharField(max_length=2)),
                        ("raw", models.TextField()),
                        ("fields", models.JSONField()),
                        ("received_at", models.DateTimeField()),
                        ("done_at", models.DateTimeField(null=True)),
                        ("outcome", models.CharField(blank=True, max_length=40)),
                        (
                            "session",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="routing.venuesession"
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("done_at__isnull", True)),
                                fields=["session", "id"],
                                name="inbox_waiting",
                            ),
                            models.Index(
                                django.db.models.fields.json.KeyTextTransform("cl_ord_id", "fields"),
                                models.F("session"),
                                name="inbox_cl_ord_id",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("session", "incarnation", "msg_seq_num"), name="inbox_message_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalVenue",
                    fields=[
                        ("mic", models.CharField(db_index=True, max_length=4)),
                        ("name", models.CharField(max_length=80)),
                        ("active", models.BooleanField(default=True)),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "calendar",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="orders.tradingcalendar",
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "session",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="routing.venuesession",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical venue",
                        "verbose_name_plural": "historical venues",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.AddConstraint(
                    model_name="venue",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("mic__regex", "^[A-Z0-9]{4}$")), name="venue_mic_iso_10383"
                    ),
                ),
            ]
        )
    ]
