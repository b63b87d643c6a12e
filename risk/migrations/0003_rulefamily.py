"""Rules that measure alike as one row of evidence, and evidence with one row a rule for whoever reads it in SQL.

Decisions that are there already name each rule by itself and stay as they are.
"""

from django.db import migrations, models

from oms.base.appendonly import append_only_sql, undo_sql

RULES = """
ALTER TABLE risk_rulefamily ADD CONSTRAINT rule_family_of_several
    CHECK (jsonb_typeof(rules) = 'array' AND jsonb_array_length(rules) > 1);
"""
UNDO_RULES = """
ALTER TABLE risk_rulefamily DROP CONSTRAINT rule_family_of_several;
"""
FINDING = """
CREATE VIEW risk_finding AS
SELECT d.id AS decision_id, d.order_id, d.kind, d.at, d.accepted, f->>'control' AS control,
    (f->>'rule')::bigint AS rule_id, (f->>'row')::bigint AS limit_id, (f->>'version')::int AS version,
    coalesce((f->>'dry_run')::boolean, false) AS dry_run, f->>'outcome' AS outcome, f->>'code' AS code,
    f->>'measured' AS measured, f->>'limit' AS "limit", f->>'text' AS text
FROM risk_decision d CROSS JOIN LATERAL jsonb_array_elements(d.findings) f WHERE f->'family' IS NULL
UNION ALL
SELECT d.id, d.order_id, d.kind, d.at, d.accepted, a.control,
    (r->>0)::bigint, NULL, (r->>1)::int, a.dry_run, f->>'outcome', NULL,
    f->>'measured', CASE WHEN f->'measured' IS NOT NULL THEN r->>(2 + coalesce((f->>'way')::int, 0)) END, NULL
FROM risk_decision d CROSS JOIN LATERAL jsonb_array_elements(d.findings) f
JOIN risk_rulefamily a ON a.id = (f->>'family')::bigint
CROSS JOIN LATERAL jsonb_array_elements(a.rules) r
WHERE f->'family' IS NOT NULL AND (f->'except' IS NULL OR NOT f->'except' @> (r->0));
"""
UNDO_FINDING = """
DROP VIEW risk_finding;
"""


class Migration(migrations.Migration):
    dependencies = [("risk", "0002_sql")]

    operations = [
        migrations.CreateModel(
            name="RuleFamily",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("control", models.CharField(max_length=8)),
                ("dry_run", models.BooleanField()),
                ("rules", models.JSONField()),
                ("first_at", models.DateTimeField()),
            ],
            options={"verbose_name_plural": "rule families", "ordering": ["first_at", "id"]},
        ),
        migrations.RunSQL(RULES, UNDO_RULES),
        migrations.RunSQL(append_only_sql("risk_rulefamily"), undo_sql("risk_rulefamily")),
        migrations.RunSQL(FINDING, UNDO_FINDING),
    ]
