"""Rules that Compliance writes: versions only grow, and none comes into force unapproved."""

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

from oms.base.appendonly import append_only_sql, undo_sql

GROWS = ("risk_ruleversion", "risk_rulestep", "risk_backtestfinding")
# Who made what is decided upon is no word of whoever decides.
MAKER = """
CREATE FUNCTION risk_rulestep_maker() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.kind = 'approved' AND NOT EXISTS (
        SELECT FROM risk_ruleversion v WHERE v.id = NEW.version_id AND v.author_id = NEW.maker_id
    ) OR NEW.kind = 'retired' AND NOT EXISTS (
        SELECT FROM risk_rulestep s
        WHERE s.version_id = NEW.version_id AND s.kind = 'end_asked' AND s.by_id = NEW.maker_id
    ) THEN
        RAISE EXCEPTION 'step % names the wrong maker', NEW.kind USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER risk_rulestep_maker BEFORE INSERT ON risk_rulestep
    FOR EACH ROW EXECUTE FUNCTION risk_rulestep_maker();
"""
UNDO_MAKER = "DROP TRIGGER risk_rulestep_maker ON risk_rulestep; DROP FUNCTION risk_rulestep_maker();"
# What stops orders under CR-01 is what somebody wrote and another approved, to the letter. Seen at commit, as the rule
# is written before the approval that names it.
APPROVED = """
CREATE FUNCTION risk_rule_approved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM risk_rulestep s JOIN risk_ruleversion v ON v.id = s.version_id
        WHERE s.enforced_id = NEW.id AND s.kind = 'approved' AND v.resolved = NEW.params -> 'pipeline'
    ) THEN
        RAISE EXCEPTION 'rule % of Compliance was not approved as it is: use risk.writing', NEW.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER risk_rule_approved AFTER INSERT OR UPDATE ON risk_rule
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.control = 'CR-01') EXECUTE FUNCTION risk_rule_approved();
"""
UNDO_APPROVED = "DROP TRIGGER risk_rule_approved ON risk_rule; DROP FUNCTION risk_rule_approved();"


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0010_scope_words"),
        ("risk", "0006_breaches"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RuleVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("title", models.CharField(max_length=80)),
                ("why", models.CharField(blank=True, max_length=500)),
                ("pipeline", models.JSONField()),
                ("resolved", models.JSONField()),
                ("cases", models.JSONField()),
                ("dry_run", models.BooleanField(default=False)),
                ("effective_from", models.DateTimeField(blank=True, null=True)),
                ("effective_to", models.DateTimeField(blank=True, null=True)),
                ("at", models.DateTimeField()),
                ("note", models.CharField(blank=True, max_length=200)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Backtest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("asked_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("done_to", models.BigIntegerField(default=0)),
                ("finished_at", models.DateTimeField(null=True)),
                ("events", models.PositiveIntegerField(default=0)),
                ("orders", models.PositiveIntegerField(default=0)),
                ("passed", models.PositiveIntegerField(default=0)),
                ("warned", models.PositiveIntegerField(default=0)),
                ("stopped", models.PositiveIntegerField(default=0)),
                ("unknown", models.PositiveIntegerField(default=0)),
                ("carried", models.JSONField(default=dict)),
                ("basis", models.JSONField(default=list)),
                ("text", models.CharField(blank=True, max_length=500)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="backtests", to="risk.ruleversion"
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="WrittenRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=24, unique=True)),
                ("created_at", models.DateTimeField()),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "rule of Compliance",
                "verbose_name_plural": "rules of Compliance",
                "ordering": ["code"],
            },
        ),
        migrations.AddField(
            model_name="ruleversion",
            name="rule",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="risk.writtenrule"
            ),
        ),
        migrations.CreateModel(
            name="BacktestFinding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("level", models.CharField(max_length=8)),
                ("was_accepted", models.BooleanField()),
                ("measured", models.CharField(blank=True, max_length=40)),
                ("limit", models.CharField(blank=True, max_length=40)),
                ("text", models.CharField(max_length=500)),
                (
                    "backtest",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="findings", to="risk.backtest"
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.order"
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(fields=("backtest", "order"), name="backtest_finding_once"),
                    models.CheckConstraint(
                        condition=models.Q(("level__in", ["warn", "fail", "missing", "stale"])),
                        name="backtest_finding_level_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RuleStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("tested", "Tested"),
                            ("approved", "Approved"),
                            ("end_asked", "End Asked"),
                            ("retired", "Retired"),
                        ],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("green", models.BooleanField(null=True)),
                ("results", models.JSONField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "enforced",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="approvals", to="risk.rule"
                    ),
                ),
                (
                    "maker",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="risk.ruleversion"
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["tested", "approved", "end_asked", "retired"])),
                        name="rule_step_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind__in", ["approved", "retired"]), _negated=True),
                            models.Q(("maker__isnull", False), models.Q(("maker", models.F("by")), _negated=True)),
                            _connector="OR",
                        ),
                        name="rule_step_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("green__isnull", False), ("kind", "tested"), ("results__isnull", False)),
                            models.Q(
                                models.Q(("kind", "tested"), _negated=True),
                                ("green__isnull", True),
                                ("results__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="rule_step_test_has_results",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("enforced__isnull", False), ("kind", "approved")),
                            models.Q(models.Q(("kind", "approved"), _negated=True), ("enforced__isnull", True)),
                            _connector="OR",
                        ),
                        name="rule_step_approval_enforced",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "approved")), fields=("version",), name="rule_version_approved_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "retired")), fields=("version",), name="rule_version_retired_once"
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="backtest",
            constraint=models.CheckConstraint(
                condition=models.Q(("until__gt", models.F("since"))), name="backtest_ends_after_start"
            ),
        ),
        migrations.AddConstraint(
            model_name="backtest",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["waiting", "running", "done", "failed"])), name="backtest_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="backtest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "orders",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    models.F("passed"), "+", models.F("warned")
                                ),
                                "+",
                                models.F("stopped"),
                            ),
                            "+",
                            models.F("unknown"),
                        ),
                    )
                ),
                name="backtest_adds_up",
            ),
        ),
        migrations.AddConstraint(
            model_name="writtenrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("code__regex", "^[A-Z][A-Z0-9-]{1,23}$")), name="written_rule_code"
            ),
        ),
        migrations.AddConstraint(
            model_name="ruleversion",
            constraint=models.UniqueConstraint(fields=("rule", "number"), name="rule_version_once"),
        ),
        migrations.AddConstraint(
            model_name="ruleversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("number__gte", 1)), name="rule_version_number_from_1"
            ),
        ),
        migrations.AddConstraint(
            model_name="ruleversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("effective_from__isnull", True),
                    ("effective_to__isnull", True),
                    ("effective_to__gt", models.F("effective_from")),
                    _connector="OR",
                ),
                name="rule_version_ends_after_start",
            ),
        ),
        *(migrations.RunSQL(append_only_sql(table), undo_sql(table)) for table in GROWS),
        migrations.RunSQL(MAKER, UNDO_MAKER),
        migrations.RunSQL(APPROVED, UNDO_APPROVED),
    ]
