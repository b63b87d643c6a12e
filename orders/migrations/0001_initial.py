from decimal import Decimal

import django.contrib.auth.models
import django.contrib.auth.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.math
import django.utils.timezone
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import oms.base.appendonly
import oms.base.clock
import orders.vocabulary
from oms.base.together import Together


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="Cursor",
                    fields=[
                        ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                        ("tx", models.BigIntegerField(default=0)),
                        ("event_id", models.BigIntegerField(default=0)),
                    ],
                ),
                migrations.CreateModel(
                    name="Desk",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=16, unique=True)),
                        ("name", models.CharField(max_length=80)),
                    ],
                    options={
                        "ordering": ["code"],
                    },
                ),
                migrations.CreateModel(
                    name="TickTable",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=16, unique=True)),
                        ("name", models.CharField(max_length=80)),
                    ],
                ),
                migrations.CreateModel(
                    name="User",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("password", models.CharField(max_length=128, verbose_name="password")),
                        ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                        (
                            "is_superuser",
                            models.BooleanField(
                                default=False,
                                help_text="Designates that this user has all permissions without explicitly assigning them.",
                                verbose_name="superuser status",
                            ),
                        ),
                        (
                            "username",
                            models.CharField(
                                error_messages={"unique": "A user with that username already exists."},
                                help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                                max_length=150,
                                unique=True,
                                validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                                verbose_name="username",
                            ),
                        ),
                        ("first_name", models.CharField(blank=True, max_length=150, verbose_name="first name")),
                        ("last_name", models.CharField(blank=True, max_length=150, verbose_name="last name")),
                        ("email", models.EmailField(blank=True, max_length=254, verbose_name="email address")),
                        (
                            "is_staff",
                            models.BooleanField(
                                default=False,
                                help_text="Designates whether the user can log into this admin site.",
                                verbose_name="staff status",
                            ),
                        ),
                        (
                            "is_active",
                            models.BooleanField(
                                default=True,
                                help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                                verbose_name="active",
                            ),
                        ),
                        (
                            "date_joined",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="date joined"),
                        ),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("trader", "trader"),
                                    ("portfolio_manager", "portfolio manager"),
                                    ("compliance", "compliance"),
                                    ("operations", "operations"),
                                    ("auditor", "auditor"),
                                    ("api_client", "api client"),
                                ],
                                default=orders.vocabulary.Role["TRADER"],
                                max_length=20,
                            ),
                        ),
                        (
                            "groups",
                            models.ManyToManyField(
                                blank=True,
                                help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.group",
                                verbose_name="groups",
                            ),
                        ),
                        (
                            "user_permissions",
                            models.ManyToManyField(
                                blank=True,
                                help_text="Specific permissions for this user.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.permission",
                                verbose_name="user permissions",
                            ),
                        ),
                        ("desks", models.ManyToManyField(blank=True, related_name="users", to="orders.desk")),
                    ],
                    options={
                        "verbose_name": "user",
                        "verbose_name_plural": "users",
                        "abstract": False,
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "role__in",
                                        [
                                            orders.vocabulary.Role["TRADER"],
                                            orders.vocabulary.Role["PORTFOLIO_MANAGER"],
                                            orders.vocabulary.Role["COMPLIANCE"],
                                            orders.vocabulary.Role["OPERATIONS"],
                                            orders.vocabulary.Role["AUDITOR"],
                                            orders.vocabulary.Role["API_CLIENT"],
                                        ],
                                    )
                                ),
                                name="user_role_known",
                            )
                        ],
                    },
                    managers=[
                        ("objects", django.contrib.auth.models.UserManager()),
                    ],
                ),
                migrations.CreateModel(
                    name="BusinessDate",
                    fields=[
                        (
                            "id",
                            models.PositiveSmallIntegerField(
                                default=1, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("today", models.DateField()),
                        ("moved_at", models.DateTimeField(auto_now=True)),
                        ("moved_by", models.CharField(blank=True, max_length=150)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("id", 1)), name="business_date_one_row")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DayStep",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("date", models.DateField()),
                        ("run", models.CharField(max_length=8)),
                        ("name", models.CharField(max_length=24)),
                        ("counts", models.JSONField(default=dict)),
                        ("venues", models.JSONField(blank=True, default=list)),
                        ("reason", models.CharField(blank=True, max_length=300)),
                        ("actor", models.CharField(max_length=150)),
                        ("done_at", models.DateTimeField()),
                    ],
                    options={
                        "ordering": ["date", "id"],
                        "constraints": [
                            models.UniqueConstraint(fields=("date", "run", "name"), name="day_step_once"),
                            models.CheckConstraint(
                                condition=models.Q(("run__in", ["end", "start"])), name="day_run_known"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Account",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=16, unique=True)),
                        ("name", models.CharField(max_length=80)),
                        ("base_currency", models.CharField(default="USD", max_length=3)),
                        ("client", models.CharField(blank=True, max_length=16)),
                        ("portfolio", models.CharField(blank=True, max_length=16)),
                        ("active", models.BooleanField(default=True)),
                        ("average_price", models.BooleanField(default=False)),
                        ("auto_affirm", models.BooleanField(default=False)),
                        (
                            "desk",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="accounts", to="orders.desk"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["code"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("base_currency__regex", "^[A-Z]{3}$")),
                                name="account_currency_iso_4217",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FxRate",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("base", models.CharField(max_length=3)),
                        ("quote", models.CharField(max_length=3)),
                        ("rate", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("at", models.DateTimeField(default=oms.base.clock.now)),
                        ("source", models.CharField(max_length=80)),
                    ],
                    options={
                        "ordering": ["base", "quote"],
                        "constraints": [
                            models.UniqueConstraint(fields=("base", "quote"), name="fx_rate_once_a_pair"),
                            models.CheckConstraint(condition=models.Q(("rate__gt", 0)), name="fx_rate_positive"),
                            models.CheckConstraint(
                                condition=models.Q(("base__regex", "^[A-Z]{3}$"), ("quote__regex", "^[A-Z]{3}$")),
                                name="fx_rate_iso_4217",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("base", models.F("quote")), _negated=True), name="fx_rate_of_two"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalAccount",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("code", models.CharField(db_index=True, max_length=16)),
                        ("name", models.CharField(max_length=80)),
                        ("base_currency", models.CharField(default="USD", max_length=3)),
                        ("client", models.CharField(blank=True, max_length=16)),
                        ("portfolio", models.CharField(blank=True, max_length=16)),
                        ("active", models.BooleanField(default=True)),
                        ("average_price", models.BooleanField(default=False)),
                        ("auto_affirm", models.BooleanField(default=False)),
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
                            "desk",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="orders.desk",
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
                        "verbose_name": "historical account",
                        "verbose_name_plural": "historical accounts",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalDesk",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("code", models.CharField(db_index=True, max_length=16)),
                        ("name", models.CharField(max_length=80)),
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
                        "verbose_name": "historical desk",
                        "verbose_name_plural": "historical desks",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalFxRate",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("base", models.CharField(max_length=3)),
                        ("quote", models.CharField(max_length=3)),
                        ("rate", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("at", models.DateTimeField(default=oms.base.clock.now)),
                        ("source", models.CharField(max_length=80)),
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
                        "verbose_name": "historical fx rate",
                        "verbose_name_plural": "historical fx rates",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Instrument",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("symbol", models.CharField(db_index=True, max_length=24)),
                        ("name", models.CharField(max_length=120)),
                        (
                            "asset_class",
                            models.CharField(
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
                        ("isin", models.CharField(blank=True, db_index=True, max_length=12)),
                        ("cusip", models.CharField(blank=True, db_index=True, max_length=9)),
                        ("sedol", models.CharField(blank=True, db_index=True, max_length=7)),
                        ("primary_mic", models.CharField(max_length=4)),
                        ("currency", models.CharField(max_length=3)),
                        ("round_lot", models.DecimalField(decimal_places=8, default=Decimal("1"), max_digits=28)),
                        ("min_qty", models.DecimalField(decimal_places=8, default=Decimal("1"), max_digits=28)),
                        ("multiplier", models.DecimalField(decimal_places=8, default=Decimal("1"), max_digits=28)),
                        ("maturity_date", models.DateField(blank=True, null=True)),
                        ("strike_price", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        (
                            "put_or_call",
                            models.CharField(blank=True, choices=[("put", "put"), ("call", "call")], max_length=4),
                        ),
                        ("coupon_rate", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("coupon_frequency", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("day_count", models.CharField(blank=True, max_length=24)),
                        ("issue_date", models.DateField(blank=True, null=True)),
                        ("issuer", models.CharField(blank=True, max_length=80)),
                        ("sector", models.CharField(blank=True, max_length=40)),
                        ("sub_industry", models.CharField(blank=True, max_length=80)),
                        (
                            "reference_price",
                            models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True),
                        ),
                        ("settl_market", models.CharField(default="US", max_length=8)),
                        (
                            "state",
                            models.CharField(
                                choices=[("active", "Active"), ("halted", "Halted"), ("expired", "Expired")],
                                default="active",
                                max_length=8,
                            ),
                        ),
                        (
                            "underlying",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="orders.instrument",
                            ),
                        ),
                        (
                            "tick_table",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="orders.ticktable"),
                        ),
                    ],
                    options={
                        "ordering": ["symbol"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("symbol", "primary_mic"), name="instrument_symbol_once_a_market"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("isin", ""), _negated=True),
                                fields=("isin", "primary_mic"),
                                name="instrument_isin_once_a_market",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "asset_class__in",
                                        [
                                            orders.vocabulary.AssetClass["EQUITY"],
                                            orders.vocabulary.AssetClass["ETF"],
                                            orders.vocabulary.AssetClass["GOVERNMENT_BOND"],
                                            orders.vocabulary.AssetClass["CORPORATE_BOND"],
                                            orders.vocabulary.AssetClass["FUTURE"],
                                            orders.vocabulary.AssetClass["OPTION"],
                                            orders.vocabulary.AssetClass["FX_SPOT"],
                                        ],
                                    )
                                ),
                                name="instrument_class_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["active", "halted", "expired"])),
                                name="instrument_state_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")),
                                name="instrument_currency_iso_4217",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("primary_mic__regex", "^[A-Z0-9]{4}$")),
                                name="instrument_mic_iso_10383",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("min_qty__gt", 0), ("multiplier__gt", 0), ("round_lot__gt", 0)),
                                name="instrument_sizes_positive",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("asset_class", orders.vocabulary.AssetClass["OPTION"]), _negated=True),
                                    models.Q(
                                        ("maturity_date__isnull", False),
                                        ("put_or_call__in", ["put", "call"]),
                                        ("strike_price__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="instrument_option_complete",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        (
                                            "asset_class__in",
                                            [
                                                orders.vocabulary.AssetClass["GOVERNMENT_BOND"],
                                                orders.vocabulary.AssetClass["CORPORATE_BOND"],
                                            ],
                                        ),
                                        _negated=True,
                                    ),
                                    models.Q(("coupon_rate__isnull", False), ("maturity_date__isnull", False)),
                                    _connector="OR",
                                ),
                                name="instrument_bond_complete",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DayResult",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("tx", models.BigIntegerField(db_default=oms.base.appendonly.CommitOrder())),
                        ("day", models.DateField()),
                        ("qty", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("avg_cost", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("price", models.DecimalField(decimal_places=8, max_digits=28, null=True)),
                        ("price_at", models.DateTimeField(null=True)),
                        ("price_source", models.CharField(blank=True, max_length=10)),
                        ("base", models.CharField(max_length=3)),
                        ("fx_rate", models.DecimalField(decimal_places=12, max_digits=28, null=True)),
                        ("fx_at", models.DateTimeField(null=True)),
                        ("net_cash", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("realised", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("fifo_realised", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("unrealised", models.DecimalField(decimal_places=8, max_digits=28, null=True)),
                        ("dividends", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("fees", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("accrued", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("day_realised", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("day_fifo_realised", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("day_unrealised", models.DecimalField(decimal_places=8, max_digits=28, null=True)),
                        ("day_dividends", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("day_fees", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("day_accrued", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("day_base", models.DecimalField(decimal_places=8, max_digits=28, null=True)),
                        ("day_fx_cash", models.DecimalField(decimal_places=8, max_digits=28, null=True)),
                        ("day_fx_position", models.DecimalField(decimal_places=8, max_digits=28, null=True)),
                        ("missing", models.CharField(blank=True, max_length=40)),
                        ("version", models.IntegerField()),
                        ("through_event", models.BigIntegerField()),
                        ("through_adjustment", models.BigIntegerField()),
                        ("written_at", models.DateTimeField()),
                        (
                            "account",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.account",
                            ),
                        ),
                        (
                            "instrument",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.instrument",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-day", "account", "instrument"],
                        "indexes": [models.Index(fields=["day"], name="day_result_day")],
                        "constraints": [
                            models.UniqueConstraint(fields=("account", "instrument", "day"), name="day_result_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("price__isnull", True), ("qty", 0), ("unrealised__isnull", False)),
                                    models.Q(("price__isnull", True), ("unrealised__isnull", True)),
                                    models.Q(("price__isnull", False), ("unrealised__isnull", False)),
                                    _connector="OR",
                                ),
                                name="day_result_valued_at_a_price",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("fx_rate__isnull", False),
                                    models.Q(("day_base__isnull", True), ("day_fx_cash__isnull", True)),
                                    _connector="OR",
                                ),
                                name="day_result_base_at_a_rate",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("fx_rate__isnull", False), ("unrealised__isnull", False)),
                                    models.Q(("missing", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="day_result_says_what_lacks",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("base__regex", "^[A-Z]{3}$")), name="day_result_iso_4217"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LotBook",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("lots", models.JSONField()),
                        ("realised", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("through_event", models.BigIntegerField()),
                        ("through_adjustment", models.BigIntegerField()),
                        ("updated_at", models.DateTimeField()),
                        (
                            "account",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.account",
                            ),
                        ),
                        (
                            "instrument",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.instrument",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("account", "instrument"), name="lot_book_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Order",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("sender_comp_id", models.CharField(max_length=64)),
                        ("cl_ord_id", models.CharField(max_length=64)),
                        ("venue", models.CharField(blank=True, max_length=4)),
                        (
                            "side",
                            models.CharField(
                                choices=[("buy", "buy"), ("sell", "sell"), ("sell_short", "sell short")], max_length=12
                            ),
                        ),
                        (
                            "ord_type",
                            models.CharField(
                                choices=[
                                    ("market", "market"),
                                    ("limit", "limit"),
                                    ("stop", "stop"),
                                    ("stop_limit", "stop limit"),
                                    ("market_if_touched", "market if touched"),
                                    ("limit_if_touched", "limit if touched"),
                                    ("trailing_stop", "trailing stop"),
                                    ("market_to_limit", "market to limit"),
                                    ("pegged", "pegged"),
                                ],
                                max_length=20,
                            ),
                        ),
                        (
                            "time_in_force",
                            models.CharField(
                                choices=[
                                    ("day", "day"),
                                    ("good_till_cancel", "good till cancel"),
                                    ("at_the_opening", "at the opening"),
                                    ("immediate_or_cancel", "immediate or cancel"),
                                    ("fill_or_kill", "fill or kill"),
                                    ("good_till_date", "good till date"),
                                    ("at_the_close", "at the close"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("order_qty", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("price", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("stop_px", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("cash_order_qty", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("max_floor", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("exec_inst", models.CharField(blank=True, max_length=120)),
                        (
                            "peg_price_type",
                            models.CharField(
                                blank=True,
                                choices=[("primary", "primary"), ("market", "market"), ("midpoint", "midpoint")],
                                max_length=12,
                            ),
                        ),
                        (
                            "peg_offset_value",
                            models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True),
                        ),
                        (
                            "peg_offset_type",
                            models.CharField(
                                blank=True,
                                choices=[("price", "price"), ("basis_points", "basis points")],
                                max_length=12,
                            ),
                        ),
                        ("expire_time", models.DateTimeField(blank=True, null=True)),
                        (
                            "handl_inst",
                            models.CharField(
                                choices=[("automated", "automated"), ("manual", "manual")],
                                default=orders.vocabulary.HandlInst["AUTOMATED"],
                                max_length=12,
                            ),
                        ),
                        ("strategy", models.CharField(blank=True, max_length=32)),
                        ("settl_date", models.DateField(blank=True, null=True)),
                        (
                            "composition",
                            models.CharField(
                                blank=True, choices=[("block", "block"), ("multileg", "multileg")], max_length=8
                            ),
                        ),
                        (
                            "phase",
                            models.CharField(
                                choices=[
                                    ("pending_new", "pending new"),
                                    ("new", "new"),
                                    ("stopped", "stopped"),
                                    ("suspended", "suspended"),
                                    ("calculated", "calculated"),
                                    ("done_for_day", "done for day"),
                                    ("canceled", "canceled"),
                                    ("expired", "expired"),
                                    ("rejected", "rejected"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("cancels_pending", models.PositiveSmallIntegerField(default=0)),
                        ("replaces_pending", models.PositiveSmallIntegerField(default=0)),
                        ("cum_qty", models.DecimalField(decimal_places=8, default=0, max_digits=28)),
                        ("gross_trade_amt", models.DecimalField(decimal_places=8, default=0, max_digits=28)),
                        ("prior_cum_qty", models.DecimalField(decimal_places=8, default=0, max_digits=28)),
                        (
                            "ord_status",
                            models.GeneratedField(
                                db_persist=True,
                                expression=models.Case(
                                    models.When(cancels_pending__gt=0, then=models.Value("pending_cancel")),
                                    models.When(replaces_pending__gt=0, then=models.Value("pending_replace")),
                                    models.When(
                                        phase__in=[
                                            orders.vocabulary.Phase["DONE_FOR_DAY"],
                                            orders.vocabulary.Phase["CALCULATED"],
                                        ],
                                        then=models.F("phase"),
                                    ),
                                    models.When(cum_qty__gte=models.F("order_qty"), then=models.Value("filled")),
                                    models.When(
                                        phase__in=[
                                            orders.vocabulary.Phase["STOPPED"],
                                            orders.vocabulary.Phase["SUSPENDED"],
                                            orders.vocabulary.Phase["CANCELED"],
                                            orders.vocabulary.Phase["EXPIRED"],
                                        ],
                                        then=models.F("phase"),
                                    ),
                                    models.When(cum_qty__gt=0, then=models.Value("partially_filled")),
                                    default=models.F("phase"),
                                ),
                                output_field=models.CharField(max_length=20),
                            ),
                        ),
                        (
                            "leaves_qty",
                            models.GeneratedField(
                                db_persist=True,
                                expression=models.Case(
                                    models.When(
                                        phase__in=[
                                            orders.vocabulary.Phase["CALCULATED"],
                                            orders.vocabulary.Phase["CANCELED"],
                                            orders.vocabulary.Phase["EXPIRED"],
                                            orders.vocabulary.Phase["REJECTED"],
                                        ],
                                        then=models.Value(
                                            0, output_field=models.DecimalField(decimal_places=8, max_digits=28)
                                        ),
                                    ),
                                    models.When(
                                        models.Q(
                                            ("phase", orders.vocabulary.Phase["DONE_FOR_DAY"]),
                                            models.Q(
                                                (
                                                    "time_in_force__in",
                                                    [
                                                        orders.vocabulary.TimeInForce["GOOD_TILL_CANCEL"],
                                                        orders.vocabulary.TimeInForce["GOOD_TILL_DATE"],
                                                    ],
                                                ),
                                                _negated=True,
                                            ),
                                        ),
                                        then=models.Value(
                                            0, output_field=models.DecimalField(decimal_places=8, max_digits=28)
                                        ),
                                    ),
                                    default=django.db.models.expressions.CombinedExpression(
                                        models.F("order_qty"), "-", models.F("cum_qty")
                                    ),
                                ),
                                output_field=models.DecimalField(decimal_places=8, max_digits=28),
                            ),
                        ),
                        (
                            "avg_px",
                            models.GeneratedField(
                                db_persist=True,
                                expression=models.Case(
                                    models.When(
                                        cum_qty__gt=0,
                                        then=django.db.models.functions.math.Round(
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("gross_trade_amt"), "/", models.F("cum_qty")
                                            ),
                                            precision=8,
                                        ),
                                    ),
                                    default=models.Value(None),
                                    output_field=models.DecimalField(decimal_places=8, max_digits=28, null=True),
                                ),
                                output_field=models.DecimalField(decimal_places=8, max_digits=28, null=True),
                            ),
                        ),
                        ("to_route", models.BooleanField(default=False)),
                        (
                            "hold",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("staged", "staged"),
                                    ("manual", "manual"),
                                    ("trigger", "trigger"),
                                    ("contingent", "contingent"),
                                    ("wave", "wave"),
                                    ("block", "block"),
                                    ("leg", "leg"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("triggered", models.BooleanField(default=False)),
                        ("emulated", models.CharField(blank=True, max_length=12)),
                        ("unresolved", models.BooleanField(default=False)),
                        ("text", models.CharField(blank=True, max_length=500)),
                        ("reason_code", models.CharField(blank=True, max_length=40)),
                        ("version", models.IntegerField()),
                        ("head_hash", models.BinaryField(max_length=32)),
                        ("created_at", models.DateTimeField()),
                        ("updated_at", models.DateTimeField()),
                        (
                            "account",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="orders.account"),
                        ),
                        (
                            "assigned_to",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "desk",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="orders.desk"
                            ),
                        ),
                        (
                            "entered_by",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        (
                            "instrument",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="orders.instrument"),
                        ),
                        (
                            "parent",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="children",
                                to="orders.order",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [
                            models.Index(fields=["desk", "id"], name="order_desk"),
                            models.Index(condition=models.Q(("to_route", True)), fields=["id"], name="order_to_route"),
                            models.Index(
                                condition=models.Q(("hold", ""), _negated=True),
                                fields=["hold", "id"],
                                name="order_held",
                            ),
                            models.Index(
                                condition=models.Q(("emulated", ""), _negated=True),
                                fields=["id"],
                                name="order_emulated",
                            ),
                            models.Index(
                                condition=models.Q(("unresolved", True)), fields=["id"], name="order_unresolved"
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("order_qty__gt", 0)), name="order_qty_positive"),
                            models.CheckConstraint(
                                condition=models.Q(("cum_qty__gte", 0), ("cum_qty__lte", models.F("order_qty"))),
                                name="order_not_overfilled",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "side__in",
                                        [
                                            orders.vocabulary.Side["BUY"],
                                            orders.vocabulary.Side["SELL"],
                                            orders.vocabulary.Side["SELL_SHORT"],
                                        ],
                                    )
                                ),
                                name="order_side_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "ord_type__in",
                                        [
                                            orders.vocabulary.OrdType["MARKET"],
                                            orders.vocabulary.OrdType["LIMIT"],
                                            orders.vocabulary.OrdType["STOP"],
                                            orders.vocabulary.OrdType["STOP_LIMIT"],
                                            orders.vocabulary.OrdType["MARKET_IF_TOUCHED"],
                                            orders.vocabulary.OrdType["LIMIT_IF_TOUCHED"],
                                            orders.vocabulary.OrdType["TRAILING_STOP"],
                                            orders.vocabulary.OrdType["MARKET_TO_LIMIT"],
                                            orders.vocabulary.OrdType["PEGGED"],
                                        ],
                                    )
                                ),
                                name="order_type_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "time_in_force__in",
                                        [
                                            orders.vocabulary.TimeInForce["DAY"],
                                            orders.vocabulary.TimeInForce["GOOD_TILL_CANCEL"],
                                            orders.vocabulary.TimeInForce["AT_THE_OPENING"],
                                            orders.vocabulary.TimeInForce["IMMEDIATE_OR_CANCEL"],
                                            orders.vocabulary.TimeInForce["FILL_OR_KILL"],
                                            orders.vocabulary.TimeInForce["GOOD_TILL_DATE"],
                                            orders.vocabulary.TimeInForce["AT_THE_CLOSE"],
                                        ],
                                    )
                                ),
                                name="order_tif_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "phase__in",
                                        [
                                            orders.vocabulary.Phase["PENDING_NEW"],
                                            orders.vocabulary.Phase["NEW"],
                                            orders.vocabulary.Phase["STOPPED"],
                                            orders.vocabulary.Phase["SUSPENDED"],
                                            orders.vocabulary.Phase["CALCULATED"],
                                            orders.vocabulary.Phase["DONE_FOR_DAY"],
                                            orders.vocabulary.Phase["CANCELED"],
                                            orders.vocabulary.Phase["EXPIRED"],
                                            orders.vocabulary.Phase["REJECTED"],
                                        ],
                                    )
                                ),
                                name="order_phase_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        (
                                            "ord_type__in",
                                            [
                                                orders.vocabulary.OrdType["LIMIT"],
                                                orders.vocabulary.OrdType["LIMIT_IF_TOUCHED"],
                                                orders.vocabulary.OrdType["STOP_LIMIT"],
                                            ],
                                        ),
                                        ("price__isnull", False),
                                    ),
                                    (
                                        "ord_type__in",
                                        [
                                            orders.vocabulary.OrdType["MARKET_TO_LIMIT"],
                                            orders.vocabulary.OrdType["PEGGED"],
                                        ],
                                    ),
                                    models.Q(
                                        models.Q(
                                            (
                                                "ord_type__in",
                                                [
                                                    orders.vocabulary.OrdType["LIMIT"],
                                                    orders.vocabulary.OrdType["LIMIT_IF_TOUCHED"],
                                                    orders.vocabulary.OrdType["MARKET_TO_LIMIT"],
                                                    orders.vocabulary.OrdType["PEGGED"],
                                                    orders.vocabulary.OrdType["STOP_LIMIT"],
                                                ],
                                            ),
                                            _negated=True,
                                        ),
                                        ("price__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="order_price_iff_priced",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        (
                                            "ord_type__in",
                                            [
                                                orders.vocabulary.OrdType["LIMIT_IF_TOUCHED"],
                                                orders.vocabulary.OrdType["MARKET_IF_TOUCHED"],
                                                orders.vocabulary.OrdType["STOP"],
                                                orders.vocabulary.OrdType["STOP_LIMIT"],
                                            ],
                                        ),
                                        ("stop_px__isnull", False),
                                    ),
                                    ("ord_type", orders.vocabulary.OrdType["TRAILING_STOP"]),
                                    models.Q(
                                        models.Q(
                                            (
                                                "ord_type__in",
                                                [
                                                    orders.vocabulary.OrdType["LIMIT_IF_TOUCHED"],
                                                    orders.vocabulary.OrdType["MARKET_IF_TOUCHED"],
                                                    orders.vocabulary.OrdType["STOP"],
                                                    orders.vocabulary.OrdType["STOP_LIMIT"],
                                                    orders.vocabulary.OrdType["TRAILING_STOP"],
                                                ],
                                            ),
                                            _negated=True,
                                        ),
                                        ("stop_px__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="order_stop_px_iff_triggered",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("ord_type", orders.vocabulary.OrdType["PEGGED"]),
                                        models.Q(("peg_price_type", ""), _negated=True),
                                    ),
                                    models.Q(
                                        ("ord_type", orders.vocabulary.OrdType["TRAILING_STOP"]),
                                        ("peg_offset_value__isnull", False),
                                    ),
                                    models.Q(("peg_offset_value__isnull", True), ("peg_price_type", "")),
                                    _connector="OR",
                                ),
                                name="order_peg_iff_pegged",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("max_floor__isnull", True), ("max_floor__gt", 0), _connector="OR"),
                                name="order_max_floor_positive",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("time_in_force", orders.vocabulary.TimeInForce["GOOD_TILL_DATE"]),
                                        _negated=True,
                                    ),
                                    ("expire_time__isnull", False),
                                    _connector="OR",
                                ),
                                name="order_gtd_expires",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("prior_cum_qty__gte", 0), ("prior_cum_qty__lte", models.F("cum_qty"))
                                ),
                                name="order_prior_within_cum",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("hold", ""), ("to_route", False), _connector="OR"),
                                name="order_held_not_routed",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("version__gte", 1)), name="order_version_from_1"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("parent__isnull", True), ("venue", "")),
                                    models.Q(("parent__isnull", False), models.Q(("venue", ""), _negated=True)),
                                    _connector="OR",
                                ),
                                name="order_venue_iff_child",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("parent__isnull", True), ("to_route", False), _connector="OR"),
                                name="order_child_not_routed",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("phase", orders.vocabulary.Phase["REJECTED"]), _negated=True),
                                    ("cum_qty", 0),
                                    _connector="OR",
                                ),
                                name="order_rejected_never_filled",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ManualExecution",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("last_qty", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("last_px", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("last_mkt", models.CharField(max_length=4)),
                        ("counterparty", models.CharField(blank=True, max_length=80)),
                        ("transact_time", models.DateTimeField()),
                        ("text", models.CharField(blank=True, max_length=300)),
                        (
                            "state",
                            models.CharField(
                                choices=[("proposed", "Proposed"), ("booked", "Booked"), ("refused", "Refused")],
                                max_length=8,
                            ),
                        ),
                        ("exec_id", models.CharField(blank=True, max_length=64)),
                        ("proposed_at", models.DateTimeField()),
                        ("decided_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "decided_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "proposed_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="manual_executions",
                                to="orders.order",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("last_px__gt", 0), ("last_qty__gt", 0)), name="manual_fill_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_by__isnull", True),
                                    models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="manual_maker_not_checker",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "booked"), _negated=True),
                                    models.Q(("exec_id", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="manual_booked_has_exec_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ExecutionReport",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("tx", models.BigIntegerField(db_default=oms.base.appendonly.CommitOrder())),
                        ("seq", models.IntegerField()),
                        ("exec_id", models.CharField(max_length=40)),
                        (
                            "exec_type",
                            models.CharField(
                                choices=[
                                    ("pending_new", "pending new"),
                                    ("new", "new"),
                                    ("rejected", "rejected"),
                                    ("trade", "trade"),
                                    ("trade_cancel", "trade cancel"),
                                    ("trade_correct", "trade correct"),
                                    ("pending_cancel", "pending cancel"),
                                    ("pending_replace", "pending replace"),
                                    ("canceled", "canceled"),
                                    ("replaced", "replaced"),
                                    ("cancel_rejected", "cancel rejected"),
                                    ("expired", "expired"),
                                    ("done_for_day", "done for day"),
                                    ("restated", "restated"),
                                    ("suspended", "suspended"),
                                    ("stopped", "stopped"),
                                    ("calculated", "calculated"),
                                    ("triggered", "triggered"),
                                    ("order_status", "order status"),
                                ],
                                max_length=20,
                            ),
                        ),
                        (
                            "ord_status",
                            models.CharField(
                                choices=[
                                    ("pending_new", "pending new"),
                                    ("new", "new"),
                                    ("partially_filled", "partially filled"),
                                    ("filled", "filled"),
                                    ("done_for_day", "done for day"),
                                    ("canceled", "canceled"),
                                    ("pending_cancel", "pending cancel"),
                                    ("stopped", "stopped"),
                                    ("rejected", "rejected"),
                                    ("suspended", "suspended"),
                                    ("calculated", "calculated"),
                                    ("expired", "expired"),
                                    ("pending_replace", "pending replace"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("request", models.CharField(blank=True, max_length=8)),
                        ("cl_ord_id", models.CharField(max_length=64)),
                        ("orig_cl_ord_id", models.CharField(blank=True, max_length=64)),
                        ("order_qty", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("price", models.DecimalField(decimal_places=8, max_digits=28, null=True)),
                        ("last_qty", models.DecimalField(decimal_places=8, default=0, max_digits=28)),
                        ("last_px", models.DecimalField(decimal_places=8, max_digits=28, null=True)),
                        ("last_mkt", models.CharField(blank=True, max_length=4)),
                        ("cum_qty", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("leaves_qty", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("gross_trade_amt", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("venue_exec_id", models.CharField(blank=True, max_length=96)),
                        ("exec_ref_id", models.CharField(blank=True, max_length=96)),
                        ("text", models.CharField(blank=True, max_length=500)),
                        ("reason_code", models.CharField(blank=True, max_length=40)),
                        ("actor", models.CharField(max_length=150)),
                        ("is_root", models.BooleanField()),
                        ("account_id", models.BigIntegerField()),
                        ("instrument_id", models.BigIntegerField()),
                        (
                            "side",
                            models.CharField(
                                choices=[("buy", "buy"), ("sell", "sell"), ("sell_short", "sell short")], max_length=12
                            ),
                        ),
                        ("trade_date", models.DateField()),
                        ("transact_time", models.DateTimeField()),
                        ("recorded_at", models.DateTimeField()),
                        ("terms", models.JSONField(null=True)),
                        ("stop_px", models.DecimalField(decimal_places=8, max_digits=28, null=True)),
                        (
                            "exec_restatement_reason",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("gt_corporate_action", "gt corporate action"),
                                    ("gt_renewal", "gt renewal"),
                                    ("verbal_change", "verbal change"),
                                    ("repricing", "repricing"),
                                    ("broker_option", "broker option"),
                                    ("partial_decline", "partial decline"),
                                    ("cancel_on_trading_halt", "cancel on trading halt"),
                                    ("cancel_on_system_failure", "cancel on system failure"),
                                    ("market_option", "market option"),
                                    ("canceled_not_best", "canceled not best"),
                                    ("warehouse_recap", "warehouse recap"),
                                    ("other", "other"),
                                ],
                                max_length=24,
                            ),
                        ),
                        ("day_cum_qty", models.DecimalField(decimal_places=8, max_digits=28, null=True)),
                        ("prev_hash", models.BinaryField(max_length=32)),
                        ("hash", models.BinaryField(max_length=32)),
                        (
                            "order",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reports",
                                to="orders.order",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                        "indexes": [
                            models.Index(fields=["tx", "id"], name="report_commit_order"),
                            models.Index(
                                condition=models.Q(
                                    ("exec_type__in", ["trade", "trade_cancel", "trade_correct"]), ("is_root", True)
                                ),
                                fields=["account_id", "instrument_id", "id"],
                                name="report_of_position",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("order", "seq"), name="report_seq_once"),
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("is_root", False),
                                    models.Q(("venue_exec_id", ""), _negated=True),
                                    models.Q(("last_mkt", ""), _negated=True),
                                ),
                                fields=("last_mkt", "venue_exec_id"),
                                name="report_venue_exec_id_once",
                            ),
                            models.CheckConstraint(condition=models.Q(("seq__gte", 1)), name="report_seq_from_1"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "exec_type__in",
                                        [
                                            orders.vocabulary.ExecType["PENDING_NEW"],
                                            orders.vocabulary.ExecType["NEW"],
                                            orders.vocabulary.ExecType["REJECTED"],
                                            orders.vocabulary.ExecType["TRADE"],
                                            orders.vocabulary.ExecType["TRADE_CANCEL"],
                                            orders.vocabulary.ExecType["TRADE_CORRECT"],
                                            orders.vocabulary.ExecType["PENDING_CANCEL"],
                                            orders.vocabulary.ExecType["PENDING_REPLACE"],
                                            orders.vocabulary.ExecType["CANCELED"],
                                            orders.vocabulary.ExecType["REPLACED"],
                                            orders.vocabulary.ExecType["CANCEL_REJECTED"],
                                            orders.vocabulary.ExecType["EXPIRED"],
                                            orders.vocabulary.ExecType["DONE_FOR_DAY"],
                                            orders.vocabulary.ExecType["RESTATED"],
                                            orders.vocabulary.ExecType["SUSPENDED"],
                                            orders.vocabulary.ExecType["STOPPED"],
                                            orders.vocabulary.ExecType["CALCULATED"],
                                            orders.vocabulary.ExecType["TRIGGERED"],
                                            orders.vocabulary.ExecType["ORDER_STATUS"],
                                        ],
                                    )
                                ),
                                name="report_exec_type_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "ord_status__in",
                                        [
                                            orders.vocabulary.OrdStatus["PENDING_NEW"],
                                            orders.vocabulary.OrdStatus["NEW"],
                                            orders.vocabulary.OrdStatus["PARTIALLY_FILLED"],
                                            orders.vocabulary.OrdStatus["FILLED"],
                                            orders.vocabulary.OrdStatus["DONE_FOR_DAY"],
                                            orders.vocabulary.OrdStatus["CANCELED"],
                                            orders.vocabulary.OrdStatus["PENDING_CANCEL"],
                                            orders.vocabulary.OrdStatus["STOPPED"],
                                            orders.vocabulary.OrdStatus["REJECTED"],
                                            orders.vocabulary.OrdStatus["SUSPENDED"],
                                            orders.vocabulary.OrdStatus["CALCULATED"],
                                            orders.vocabulary.OrdStatus["EXPIRED"],
                                            orders.vocabulary.OrdStatus["PENDING_REPLACE"],
                                        ],
                                    )
                                ),
                                name="report_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("exec_type__in", ["trade", "trade_cancel", "trade_correct"]), _negated=True
                                    ),
                                    models.Q(("last_px__isnull", False), ("last_qty__gt", 0)),
                                    _connector="OR",
                                ),
                                name="report_trade_has_fill",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("exec_type__in", ["trade_cancel", "trade_correct"]), _negated=True),
                                    models.Q(("exec_ref_id", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="report_undoing_names_fill",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Alert",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        (
                            "severity",
                            models.PositiveSmallIntegerField(choices=[(1, "Info"), (2, "Warning"), (3, "Critical")]),
                        ),
                        ("kind", models.CharField(max_length=40)),
                        ("code", models.CharField(blank=True, max_length=40)),
                        ("text", models.CharField(max_length=500)),
                        ("payload", models.JSONField(default=dict)),
                        ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
                        ("resolution", models.CharField(blank=True, max_length=500)),
                        (
                            "acknowledged_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "desk",
                            models.ForeignKey(
                                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to="orders.desk"
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to="orders.order"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("severity__in", [1, 2, 3])), name="alert_severity_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("acknowledged_at__isnull", True),
                                    ("acknowledged_by__isnull", False),
                                    _connector="OR",
                                ),
                                name="alert_ack_has_name",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OrderList",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("list_id", models.CharField(max_length=64)),
                        ("sender_comp_id", models.CharField(max_length=64)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("one_cancels_other", "one cancels other"),
                                    ("one_triggers_other", "one triggers other"),
                                    ("one_updates_other", "one updates other"),
                                    ("bracket", "bracket"),
                                    ("basket", "basket"),
                                    ("block", "block"),
                                    ("multileg", "multileg"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("all_or_nothing", models.BooleanField(default=False)),
                        ("active", models.BooleanField(default=True)),
                        ("to_check", models.BooleanField(default=False)),
                        ("stamp", models.BigIntegerField(default=0)),
                        ("text", models.CharField(blank=True, max_length=500)),
                        ("created_at", models.DateTimeField()),
                        (
                            "desk",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="orders.desk"
                            ),
                        ),
                        (
                            "entered_by",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(condition=models.Q(("to_check", True)), fields=["id"], name="list_to_check")
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("sender_comp_id", "list_id"), name="list_id_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        [
                                            orders.vocabulary.ContingencyType["BASKET"],
                                            orders.vocabulary.ContingencyType["BLOCK"],
                                            orders.vocabulary.ContingencyType["BRACKET"],
                                            orders.vocabulary.ContingencyType["MULTILEG"],
                                            orders.vocabulary.ContingencyType["ONE_CANCELS_OTHER"],
                                            orders.vocabulary.ContingencyType["ONE_TRIGGERS_OTHER"],
                                            orders.vocabulary.ContingencyType["ONE_UPDATES_OTHER"],
                                        ],
                                    )
                                ),
                                name="list_kind_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ListOrder",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("seq_no", models.PositiveIntegerField()),
                        ("role", models.CharField(blank=True, max_length=12)),
                        ("ratio_qty", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("leg_ref_id", models.CharField(blank=True, db_default="", default="", max_length=64)),
                        ("wave", models.PositiveIntegerField(default=0)),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="lists", to="orders.order"
                            ),
                        ),
                        (
                            "list",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="members",
                                to="orders.orderlist",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("list", "order"), name="list_order_once"),
                            models.UniqueConstraint(fields=("list", "seq_no"), name="list_seq_no_once"),
                            models.CheckConstraint(
                                condition=models.Q(("ratio_qty__isnull", True), ("ratio_qty__gt", 0), _connector="OR"),
                                name="list_ratio_positive",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OrderRequest",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("sender_comp_id", models.CharField(max_length=64)),
                        ("cl_ord_id", models.CharField(max_length=64)),
                        ("orig_cl_ord_id", models.CharField(blank=True, max_length=64)),
                        (
                            "kind",
                            models.CharField(
                                choices=[("new", "New"), ("replace", "Replace"), ("cancel", "Cancel")], max_length=8
                            ),
                        ),
                        ("order_qty", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("price", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("stop_px", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[("pending", "Pending"), ("accepted", "Accepted"), ("rejected", "Rejected")],
                                max_length=8,
                            ),
                        ),
                        ("root_cl_ord_id", models.CharField(blank=True, max_length=64)),
                        ("unresolved_at", models.DateTimeField(blank=True, null=True)),
                        ("created_at", models.DateTimeField()),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="requests", to="orders.order"
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "pending")), fields=["created_at"], name="request_pending"
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("sender_comp_id", "cl_ord_id"), name="request_cl_ord_id_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["new", "replace", "cancel"])),
                                name="request_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["pending", "accepted", "rejected"])),
                                name="request_state_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Position",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("qty", models.DecimalField(decimal_places=8, default=0, max_digits=28)),
                        ("avg_cost", models.DecimalField(decimal_places=8, default=0, max_digits=28)),
                        ("realised", models.DecimalField(decimal_places=8, default=0, max_digits=28)),
                        ("net_cash", models.DecimalField(decimal_places=8, default=0, max_digits=28)),
                        ("bought_qty", models.DecimalField(decimal_places=8, default=0, max_digits=28)),
                        ("sold_qty", models.DecimalField(decimal_places=8, default=0, max_digits=28)),
                        ("adjusted_qty", models.DecimalField(decimal_places=8, default=0, max_digits=28)),
                        ("dividends", models.DecimalField(decimal_places=8, default=0, max_digits=28)),
                        ("version", models.IntegerField(default=0)),
                        ("updated_at", models.DateTimeField(null=True)),
                        (
                            "account",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="orders.account"),
                        ),
                        (
                            "instrument",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="orders.instrument"),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("account", "instrument"), name="position_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "qty",
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("bought_qty"), "-", models.F("sold_qty")
                                            ),
                                            "+",
                                            models.F("adjusted_qty"),
                                        ),
                                    )
                                ),
                                name="position_adds_up",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("qty", 0), _negated=True), ("avg_cost", 0), _connector="OR"
                                ),
                                name="position_flat_has_no_cost",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("bought_qty__gte", 0), ("sold_qty__gte", 0)),
                                name="position_sums_not_negative",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PositionAdjustment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("tx", models.BigIntegerField(db_default=oms.base.appendonly.CommitOrder())),
                        ("source", models.CharField(max_length=96)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("allocation", "Allocation"),
                                    ("transfer", "Transfer"),
                                    ("split", "Split"),
                                    ("dividend", "Dividend"),
                                    ("coupon", "Coupon"),
                                    ("symbol_change", "Symbol Change"),
                                    ("merger", "Merger"),
                                    ("spin_off", "Spin Off"),
                                    ("cash_in_lieu", "Cash In Lieu"),
                                    ("exercise", "Exercise"),
                                    ("assignment", "Assignment"),
                                    ("expiry", "Expiry"),
                                    ("variation_margin", "Variation Margin"),
                                    ("call", "Call"),
                                    ("maturity", "Maturity"),
                                    ("correction", "Correction"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("qty", models.DecimalField(decimal_places=8, default=0, max_digits=28)),
                        ("px", models.DecimalField(decimal_places=8, max_digits=28, null=True)),
                        ("money", models.DecimalField(decimal_places=8, default=0, max_digits=28)),
                        ("factor_new", models.DecimalField(decimal_places=8, max_digits=28, null=True)),
                        ("factor_old", models.DecimalField(decimal_places=8, max_digits=28, null=True)),
                        ("trade_date", models.DateField()),
                        ("opened_on", models.DateField(null=True)),
                        ("after_event", models.BigIntegerField()),
                        ("actor", models.CharField(max_length=150)),
                        ("recorded_at", models.DateTimeField()),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.account"
                            ),
                        ),
                        (
                            "instrument",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.instrument",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                        "indexes": [
                            models.Index(fields=["instrument", "account"], name="adjustment_of_position"),
                            models.Index(fields=["tx", "id"], name="adjustment_commit_order"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("source",), name="adjustment_source_once"),
                            models.CheckConstraint(
                                condition=models.Q(("source", ""), _negated=True), name="adjustment_has_source"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        [
                                            "allocation",
                                            "transfer",
                                            "split",
                                            "dividend",
                                            "coupon",
                                            "symbol_change",
                                            "merger",
                                            "spin_off",
                                            "cash_in_lieu",
                                            "exercise",
                                            "assignment",
                                            "expiry",
                                            "variation_margin",
                                            "call",
                                            "maturity",
                                            "correction",
                                        ],
                                    )
                                ),
                                name="adjustment_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("factor_new__isnull", True), ("factor_old__isnull", True)),
                                    models.Q(
                                        ("factor_new__gt", 0),
                                        ("factor_new__isnull", False),
                                        ("factor_old__gt", 0),
                                        ("factor_old__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="adjustment_factors_both",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("qty", 0), ("px__isnull", False), ("factor_new__isnull", False), _connector="OR"
                                ),
                                name="adjustment_has_price",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "split"), _negated=True),
                                    ("factor_new__isnull", False),
                                    _connector="OR",
                                ),
                                name="adjustment_split_has_factors",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind__in", ["dividend", "coupon", "variation_margin"]), _negated=True),
                                    ("qty", 0),
                                    _connector="OR",
                                ),
                                name="adjustment_income_moves_no_units",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("qty", 0), _negated=True),
                                    models.Q(("money", 0), _negated=True),
                                    ("factor_new__isnull", False),
                                    _connector="OR",
                                ),
                                name="adjustment_moves_something",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Tick",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("price_from", models.DecimalField(decimal_places=8, max_digits=28)),
                        ("tick", models.DecimalField(decimal_places=8, max_digits=28)),
                        (
                            "table",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="ticks", to="orders.ticktable"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["price_from"],
                        "constraints": [
                            models.UniqueConstraint(fields=("table", "price_from"), name="tick_once_a_price"),
                            models.CheckConstraint(condition=models.Q(("tick__gt", 0)), name="tick_positive"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalInstrument",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("symbol", models.CharField(db_index=True, max_length=24)),
                        ("name", models.CharField(max_length=120)),
                        (
                            "asset_class",
                            models.CharField(
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
                        ("isin", models.CharField(blank=True, db_index=True, max_length=12)),
                        ("cusip", models.CharField(blank=True, db_index=True, max_length=9)),
                        ("sedol", models.CharField(blank=True, db_index=True, max_length=7)),
                        ("primary_mic", models.CharField(max_length=4)),
                        ("currency", models.CharField(max_length=3)),
                        ("round_lot", models.DecimalField(decimal_places=8, default=Decimal("1"), max_digits=28)),
                        ("min_qty", models.DecimalField(decimal_places=8, default=Decimal("1"), max_digits=28)),
                        ("multiplier", models.DecimalField(decimal_places=8, default=Decimal("1"), max_digits=28)),
                        ("maturity_date", models.DateField(blank=True, null=True)),
                        ("strike_price", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        (
                            "put_or_call",
                            models.CharField(blank=True, choices=[("put", "put"), ("call", "call")], max_length=4),
                        ),
                        ("coupon_rate", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                        ("coupon_frequency", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("day_count", models.CharField(blank=True, max_length=24)),
                        ("issue_date", models.DateField(blank=True, null=True)),
                        ("issuer", models.CharField(blank=True, max_length=80)),
                        ("sector", models.CharField(blank=True, max_length=40)),
                        ("sub_industry", models.CharField(blank=True, max_length=80)),
                        (
                            "reference_price",
                            models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True),
                        ),
                        ("settl_market", models.CharField(default="US", max_length=8)),
                        (
                            "state",
                            models.CharField(
                                choices=[("active", "Active"), ("halted", "Halted"), ("expired", "Expired")],
                                default="active",
                                max_length=8,
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
                            "underlying",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="orders.instrument",
                            ),
                        ),
                        (
                            "tick_table",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="orders.ticktable",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical instrument",
                        "verbose_name_plural": "historical instruments",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="TradingCalendar",
                    fields=[
                        ("code", models.CharField(max_length=16, primary_key=True, serialize=False)),
                        ("name", models.CharField(max_length=80)),
                        ("around_the_clock", models.BooleanField(default=False)),
                        ("first_day", models.DateField(blank=True, null=True)),
                        ("last_day", models.DateField(blank=True, null=True)),
                        ("source", models.CharField(blank=True, max_length=80)),
                        ("loaded_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "ordering": ["code"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("around_the_clock", True),
                                    models.Q(("first_day__isnull", False), ("last_day__gte", models.F("first_day"))),
                                    _connector="OR",
                                ),
                                name="trading_calendar_span_known",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SessionOverride",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("date", models.DateField()),
                        ("is_open", models.BooleanField(default=False)),
                        ("opens_at", models.DateTimeField(blank=True, help_text="UTC; only if open", null=True)),
                        ("closes_at", models.DateTimeField(blank=True, help_text="UTC; only if open", null=True)),
                        ("is_half_day", models.BooleanField(default=False, help_text="closes early")),
                        ("reason", models.CharField(max_length=200)),
                        ("author", models.CharField(editable=False, max_length=150)),
                        ("decided_at", models.DateTimeField(auto_now=True)),
                        (
                            "calendar",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="overrides",
                                to="orders.tradingcalendar",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["calendar", "date"],
                        "constraints": [
                            models.UniqueConstraint(fields=("calendar", "date"), name="session_override_once_a_day"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("closes_at__isnull", True), ("is_open", False), ("opens_at__isnull", True)
                                    ),
                                    models.Q(("closes_at__gt", models.F("opens_at")), ("is_open", True)),
                                    _connector="OR",
                                ),
                                name="session_override_times_iff_open",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True), name="session_override_has_reason"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalSessionOverride",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("date", models.DateField()),
                        ("is_open", models.BooleanField(default=False)),
                        ("opens_at", models.DateTimeField(blank=True, help_text="UTC; only if open", null=True)),
                        ("closes_at", models.DateTimeField(blank=True, help_text="UTC; only if open", null=True)),
                        ("is_half_day", models.BooleanField(default=False, help_text="closes early")),
                        ("reason", models.CharField(max_length=200)),
                        ("author", models.CharField(editable=False, max_length=150)),
                        ("decided_at", models.DateTimeField(blank=True, editable=False)),
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
                    ],
                    options={
                        "verbose_name": "historical session override",
                        "verbose_name_plural": "historical session overrides",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="TradingSession",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("date", models.DateField()),
                        ("opens_at", models.DateTimeField()),
                        ("closes_at", models.DateTimeField()),
                        ("is_half_day", models.BooleanField(default=False)),
                        ("break_starts_at", models.DateTimeField(blank=True, null=True)),
                        ("break_ends_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "calendar",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="sessions",
                                to="orders.tradingcalendar",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["calendar", "date"],
                        "constraints": [
                            models.UniqueConstraint(fields=("calendar", "date"), name="trading_session_once_a_day"),
                            models.CheckConstraint(
                                condition=models.Q(("closes_at__gt", models.F("opens_at"))),
                                name="trading_session_lasts",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("break_ends_at__isnull", True), ("break_starts_at__isnull", True)),
                                    models.Q(
                                        ("break_ends_at__gt", models.F("break_starts_at")),
                                        ("break_ends_at__lt", models.F("closes_at")),
                                        ("break_starts_at__gt", models.F("opens_at")),
                                    ),
                                    _connector="OR",
                                ),
                                name="trading_session_break_within",
                            ),
                        ],
                    },
                ),
            ]
        )
    ]
