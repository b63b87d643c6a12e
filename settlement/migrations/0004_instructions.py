"""Instructions may net many obligations, settle in parts and be held; a book of standing instructions."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0010_scope_words"),
        ("settlement", "0003_allocations"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Confirmation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("message_id", models.CharField(max_length=80)),
                ("business_date", models.DateField()),
                ("qty", models.DecimalField(decimal_places=8, max_digits=28)),
                ("net_money", models.DecimalField(decimal_places=8, max_digits=28)),
                ("custodian_reference", models.CharField(blank=True, max_length=40)),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="InstructionObligation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seq", models.PositiveSmallIntegerField(default=1)),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="ObligationCancellation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=150)),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="StandingInstruction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("party", models.CharField(blank=True, max_length=40)),
                ("market", models.CharField(blank=True, max_length=8)),
                ("currency", models.CharField(blank=True, max_length=3)),
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
                ("place_of_settlement", models.CharField(blank=True, max_length=11)),
                ("counterparty", models.CharField(blank=True, max_length=40)),
                ("agent_bic", models.CharField(blank=True, max_length=11)),
                ("safekeeping_account", models.CharField(blank=True, max_length=35)),
                ("cash_account", models.CharField(blank=True, max_length=34)),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(blank=True, null=True)),
                ("reason", models.CharField(max_length=300)),
                ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("checked_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="instruction",
            name="instruction_state_known",
        ),
        migrations.RemoveConstraint(
            model_name="ledgeraccount",
            name="ledger_account_owner",
        ),
        migrations.RemoveConstraint(
            model_name="ledgertransaction",
            name="ledger_kind_known",
        ),
        migrations.RemoveIndex(
            model_name="instruction",
            name="instruction_ready",
        ),
        migrations.RemoveIndex(
            model_name="instruction",
            name="instruction_waiting",
        ),
        migrations.AddField(
            model_name="instruction",
            name="account",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orders.account",
            ),
        ),
        migrations.AddField(
            model_name="instruction",
            name="agent_bic",
            field=models.CharField(blank=True, db_default="", max_length=11),
        ),
        migrations.AddField(
            model_name="instruction",
            name="cancel_requested_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="instruction",
            name="checked_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="instruction",
            name="instrument",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orders.instrument",
            ),
        ),
        migrations.AddField(
            model_name="instruction",
            name="is_net",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="instruction",
            name="linkage",
            field=models.CharField(
                blank=True,
                choices=[("replaces", "Replaces"), ("reverses", "Reverses"), ("paired", "Paired")],
                db_default="",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="instruction",
            name="linked_to",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="linked_from",
                to="settlement.instruction",
            ),
        ),
        migrations.AddField(
            model_name="instruction",
            name="made_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="instruction",
            name="on_hold",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="instruction",
            name="partial",
            field=models.CharField(
                choices=[("not_allowed", "Not Allowed"), ("allowed", "Allowed")],
                db_default="allowed",
                default="allowed",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="instruction",
            name="payment",
            field=models.CharField(
                choices=[("against_payment", "Against Payment"), ("free", "Free")],
                db_default="against_payment",
                default="against_payment",
                max_length=16,
            ),
        ),
        migrations.AddField(
            model_name="instruction",
            name="price",
            field=models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True),
        ),
        migrations.AddField(
            model_name="instruction",
            name="priority",
            field=models.PositiveSmallIntegerField(db_default=3, default=3),
        ),
        migrations.AddField(
            model_name="instruction",
            name="reason",
            field=models.CharField(blank=True, db_default="", max_length=300),
        ),
        migrations.AddField(
            model_name="instruction",
            name="reason_code",
            field=models.CharField(blank=True, db_default="", max_length=4),
        ),
        migrations.AddField(
            model_name="instruction",
            name="safekeeping_account",
            field=models.CharField(blank=True, db_default="", max_length=35),
        ),
        migrations.AddField(
            model_name="instruction",
            name="settled_money",
            field=models.DecimalField(db_default=0, decimal_places=8, default=0, max_digits=28),
        ),
        migrations.AddField(
            model_name="instruction",
            name="settled_qty",
            field=models.DecimalField(db_default=0, decimal_places=8, default=0, max_digits=28),
        ),
        migrations.AddField(
            model_name="instruction",
            name="trade_date",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="obligation",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="settlement.obligation",
            ),
        ),
        migrations.AlterField(
            model_name="instruction",
            name="custodian_reference",
            field=models.CharField(blank=True, db_default="", max_length=40),
        ),
        migrations.AlterField(
            model_name="instruction",
            name="state",
            field=models.CharField(
                choices=[
                    ("draft", "Draft"),
                    ("ready", "Ready"),
                    ("sent", "Sent"),
                    ("accepted", "Accepted"),
                    ("matched", "Matched"),
                    ("unmatched", "Unmatched"),
                    ("pending", "Pending"),
                    ("partial", "Partial"),
                    ("failing", "Failing"),
                    ("settled", "Settled"),
                    ("cancel_requested", "Cancel Requested"),
                    ("cancelled", "Cancelled"),
                    ("rejected", "Rejected"),
                ],
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="instruction",
            name="version",
            field=models.IntegerField(db_default=1, default=1),
        ),
        migrations.AlterField(
            model_name="instructionevent",
            name="state",
            field=models.CharField(max_length=16),
        ),
        migrations.AlterField(
            model_name="ledgeraccount",
            name="owner",
            field=models.CharField(
                choices=[
                    ("account", "Account"),
                    ("street", "Street"),
                    ("commission", "Commission"),
                    ("fee", "Fee"),
                    ("issuer", "Issuer"),
                    ("clearing", "Clearing"),
                    ("custodian", "Custodian"),
                    ("pnl", "Pnl"),
                    ("suspense", "Suspense"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="ledgertransaction",
            name="kind",
            field=models.CharField(
                choices=[
                    ("trade", "Trade"),
                    ("settlement", "Settlement"),
                    ("void", "Void"),
                    ("reversal", "Reversal"),
                    ("dividend", "Dividend"),
                    ("coupon", "Coupon"),
                    ("corporate_action", "Corporate Action"),
                    ("variation_margin", "Variation Margin"),
                    ("exercise", "Exercise"),
                    ("expiry", "Expiry"),
                    ("penalty", "Penalty"),
                    ("transfer", "Transfer"),
                    ("adjustment", "Adjustment"),
                    ("pnl", "Pnl"),
                ],
                max_length=16,
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgeraccount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("account__isnull", False), ("owner", "account"), ("party", "")),
                    models.Q(
                        ("account__isnull", True),
                        ("owner__in", ["street", "commission", "fee", "issuer", "clearing", "custodian"]),
                    ),
                    ("owner__in", ["pnl", "suspense"]),
                    _connector="OR",
                ),
                name="ledger_account_owner",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgertransaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "trade",
                            "settlement",
                            "void",
                            "reversal",
                            "dividend",
                            "coupon",
                            "corporate_action",
                            "variation_margin",
                            "exercise",
                            "expiry",
                            "penalty",
                            "transfer",
                            "adjustment",
                            "pnl",
                        ],
                    )
                ),
                name="ledger_kind_known",
            ),
        ),
        migrations.AddField(
            model_name="confirmation",
            name="instruction",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="confirmations", to="settlement.instruction"
            ),
        ),
        migrations.AddField(
            model_name="instructionobligation",
            name="instruction",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="under", to="settlement.instruction"
            ),
        ),
        migrations.AddField(
            model_name="instructionobligation",
            name="obligation",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="over",
                to="settlement.obligation",
            ),
        ),
        migrations.AddField(
            model_name="instruction",
            name="obligations",
            field=models.ManyToManyField(
                related_name="instructions", through="settlement.InstructionObligation", to="settlement.obligation"
            ),
        ),
        migrations.AddField(
            model_name="obligationcancellation",
            name="execution",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orders.executionreport",
            ),
        ),
        migrations.AddField(
            model_name="obligationcancellation",
            name="obligation",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="cancellation", to="settlement.obligation"
            ),
        ),
        migrations.AddField(
            model_name="standinginstruction",
            name="account",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orders.account",
            ),
        ),
        migrations.AddField(
            model_name="standinginstruction",
            name="checked_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="standinginstruction",
            name="made_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="standinginstruction",
            name="superseded_by",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="supersedes",
                to="settlement.standinginstruction",
            ),
        ),
        migrations.AddField(
            model_name="instruction",
            name="ssi",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="settlement.standinginstruction",
            ),
        ),
        migrations.AddIndex(
            model_name="instruction",
            index=models.Index(
                condition=models.Q(("on_hold", False), ("state", "ready")), fields=["id"], name="instruction_ready"
            ),
        ),
        migrations.AddIndex(
            model_name="instruction",
            index=models.Index(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "sent",
                            "accepted",
                            "matched",
                            "unmatched",
                            "pending",
                            "partial",
                            "failing",
                            "cancel_requested",
                        ],
                    )
                ),
                fields=["asked_at"],
                name="instruction_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="instruction",
            index=models.Index(fields=["account", "settl_date"], name="instruction_account_day"),
        ),
        migrations.AddConstraint(
            model_name="confirmation",
            constraint=models.UniqueConstraint(fields=("message_id",), name="confirmation_message_once"),
        ),
        migrations.AddConstraint(
            model_name="confirmation",
            constraint=models.CheckConstraint(condition=models.Q(("qty__gt", 0)), name="confirmation_qty_positive"),
        ),
        migrations.AddConstraint(
            model_name="instructionobligation",
            constraint=models.UniqueConstraint(fields=("obligation", "seq"), name="instruction_obligation_once"),
        ),
        migrations.AddConstraint(
            model_name="instructionobligation",
            constraint=models.CheckConstraint(
                condition=models.Q(("seq__gte", 1)), name="instruction_obligation_seq_from_1"
            ),
        ),
        migrations.AddConstraint(
            model_name="standinginstruction",
            constraint=models.CheckConstraint(
                condition=models.Q(("account__isnull", True), ("party", ""), _connector="OR"),
                name="standing_instruction_ours_or_a_partys",
            ),
        ),
        migrations.AddConstraint(
            model_name="standinginstruction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_to__isnull", True), ("valid_to__gte", models.F("valid_from")), _connector="OR"
                ),
                name="standing_instruction_span",
            ),
        ),
        migrations.AddConstraint(
            model_name="standinginstruction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("checked_at__isnull", True), ("checked_by__isnull", True)),
                    models.Q(("checked_at__isnull", False), ("checked_by__isnull", False)),
                    _connector="OR",
                ),
                name="standing_instruction_check_is_dated",
            ),
        ),
        migrations.AddConstraint(
            model_name="standinginstruction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("checked_by__isnull", True),
                    models.Q(("made_by", models.F("checked_by")), _negated=True),
                    _connector="OR",
                ),
                name="standing_instruction_maker_not_checker",
            ),
        ),
        migrations.AddConstraint(
            model_name="standinginstruction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("agent_bic", ""),
                    ("cash_account", ""),
                    ("place_of_settlement", ""),
                    ("safekeeping_account", ""),
                    _negated=True,
                ),
                name="standing_instruction_says_something",
            ),
        ),
    ]
