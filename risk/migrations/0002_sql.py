"""What the models cannot say: tables that may only grow, what changes only with a new version, what a decision leaves fixed."""

from django.db import migrations

from oms.base.appendonly import append_only_sql, undo_sql

APPEND_ONLY = (
    "risk_decision",
    "risk_observation",
    "risk_arming",
    "risk_breachevent",
    "risk_portfolioreview",
    "risk_openingresult",
    "risk_ruleversion",
    "risk_rulestep",
    "risk_backtestfinding",
    "risk_overrideevent",
)
RULE_NEXT_VERSION = """
CREATE FUNCTION risk_rule_next_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.version <> OLD.version + 1 THEN
        RAISE EXCEPTION 'rule % was changed without a new version: use risk.rules.put', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER risk_rule_next_version BEFORE UPDATE ON risk_rule
    FOR EACH ROW EXECUTE FUNCTION risk_rule_next_version();
"""
UNDO_RULE_NEXT_VERSION = """
DROP TRIGGER risk_rule_next_version ON risk_rule; DROP FUNCTION risk_rule_next_version();
"""
ORDER_WINDOW = """
CREATE INDEX risk_order_window ON orders_order USING brin (created_at) WITH (autosummarize = on)
"""
UNDO_ORDER_WINDOW = """
DROP INDEX risk_order_window
"""
REQUEST_WINDOW = """
CREATE INDEX risk_request_window ON orders_orderrequest USING brin (created_at) WITH (autosummarize = on)
"""
UNDO_REQUEST_WINDOW = """
DROP INDEX risk_request_window
"""
REPORT_WINDOW = """
CREATE INDEX risk_report_window ON orders_executionreport USING brin (recorded_at) WITH (autosummarize = on)
"""
UNDO_REPORT_WINDOW = """
DROP INDEX risk_report_window
"""
LIMIT_NEXT_VERSION = """
CREATE FUNCTION risk_limit_next_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.version <> OLD.version + 1 THEN
        RAISE EXCEPTION 'limit % was changed without a new version: use risk.limiting.put', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (NEW.measure, NEW.desk_id, NEW.trader_id, NEW.strategy, NEW.client, NEW.account_id, NEW.portfolio,
        NEW.instrument_id, NEW.issuer, NEW.venue, NEW.asset_class, NEW.currency, NEW.window_s)
       IS DISTINCT FROM
       (OLD.measure, OLD.desk_id, OLD.trader_id, OLD.strategy, OLD.client, OLD.account_id, OLD.portfolio,
        OLD.instrument_id, OLD.issuer, OLD.venue, OLD.asset_class, OLD.currency, OLD.window_s) THEN
        RAISE EXCEPTION 'scope and measure of limit % never change: end it and set another', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER risk_limit_next_version BEFORE UPDATE ON risk_limit
    FOR EACH ROW EXECUTE FUNCTION risk_limit_next_version();
CREATE FUNCTION risk_new_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO risk_stamp (id, stamp) VALUES (1, gen_random_uuid())
        ON CONFLICT (id) DO UPDATE SET stamp = EXCLUDED.stamp;
    RETURN NULL;
END $$;
CREATE TRIGGER risk_rule_new_stamp AFTER INSERT OR UPDATE OR DELETE ON risk_rule
    FOR EACH STATEMENT EXECUTE FUNCTION risk_new_stamp();
CREATE TRIGGER risk_limit_new_stamp AFTER INSERT OR UPDATE OR DELETE ON risk_limit
    FOR EACH STATEMENT EXECUTE FUNCTION risk_new_stamp();
CREATE TRIGGER risk_limitpolicy_new_stamp AFTER INSERT OR UPDATE OR DELETE ON risk_limitpolicy
    FOR EACH STATEMENT EXECUTE FUNCTION risk_new_stamp();
INSERT INTO risk_stamp (id, stamp) VALUES (1, gen_random_uuid());
"""
UNDO_LIMIT_NEXT_VERSION = """
DROP TRIGGER risk_limitpolicy_new_stamp ON risk_limitpolicy;
DROP TRIGGER risk_limit_new_stamp ON risk_limit;
DROP TRIGGER risk_rule_new_stamp ON risk_rule;
DROP FUNCTION risk_new_stamp();
DROP TRIGGER risk_limit_next_version ON risk_limit;
DROP FUNCTION risk_limit_next_version();
"""
KILLSWITCH_STAYS = """
CREATE FUNCTION risk_killswitch_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.scope, NEW.scope_id, NEW.reason, NEW.engaged_by_id, NEW.engaged_at)
        IS DISTINCT FROM (OLD.scope, OLD.scope_id, OLD.reason, OLD.engaged_by_id, OLD.engaged_at)
        OR (OLD.released_at IS NOT NULL AND (NEW.released_by_id, NEW.released_at, NEW.release_reason)
            IS DISTINCT FROM (OLD.released_by_id, OLD.released_at, OLD.release_reason)) THEN
        RAISE EXCEPTION 'kill_switch_stays: kill switch % is on record', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER risk_killswitch_stays AFTER UPDATE ON risk_killswitch
    FOR EACH ROW EXECUTE FUNCTION risk_killswitch_stays();
"""
UNDO_KILLSWITCH_STAYS = """
DROP TRIGGER risk_killswitch_stays ON risk_killswitch; DROP FUNCTION risk_killswitch_stays();
"""
LOSSLIMIT_NEXT_VERSION = """
CREATE FUNCTION risk_losslimit_next_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.version <> OLD.version + 1 THEN
        RAISE EXCEPTION 'loss limit % was changed without a new version: use risk.losses.put', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER risk_losslimit_next_version BEFORE UPDATE ON risk_losslimit
    FOR EACH ROW EXECUTE FUNCTION risk_losslimit_next_version();
"""
UNDO_LOSSLIMIT_NEXT_VERSION = """
DROP TRIGGER risk_losslimit_next_version ON risk_losslimit; DROP FUNCTION risk_losslimit_next_version();
"""
RESERVATION_OPEN = """
CREATE INDEX risk_reservation_open ON risk_reservation (order_id) WHERE qty > 0
"""
UNDO_RESERVATION_OPEN = """
DROP INDEX risk_reservation_open
"""
RULESTEP_MAKER = """
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
UNDO_RULESTEP_MAKER = """
DROP TRIGGER risk_rulestep_maker ON risk_rulestep; DROP FUNCTION risk_rulestep_maker();
"""
RULE_APPROVED = """
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
UNDO_RULE_APPROVED = """
DROP TRIGGER risk_rule_approved ON risk_rule; DROP FUNCTION risk_rule_approved();
"""
OVERRIDE_MOVES_ON = """
CREATE FUNCTION risk_override_moves_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'override % is kept', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (NEW.decision_id, NEW.order_id, NEW.desk_id, NEW.trader_id, NEW.way, NEW.terms, NEW.terms_hash, NEW.breaches,
        NEW.asked_by_id, NEW.asked_at, NEW.reason)
       IS DISTINCT FROM
       (OLD.decision_id, OLD.order_id, OLD.desk_id, OLD.trader_id, OLD.way, OLD.terms, OLD.terms_hash, OLD.breaches,
        OLD.asked_by_id, OLD.asked_at, OLD.reason) THEN
        RAISE EXCEPTION 'what override % was asked for is fixed', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NOT ((OLD.state, NEW.state) IN (('asked', 'granted'), ('asked', 'refused'), ('asked', 'expired'),
                                       ('granted', 'used'), ('granted', 'expired'))) THEN
        RAISE EXCEPTION 'override % is % and cannot become %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.state = 'granted' AND (NEW.decided_by_id, NEW.decided_at, NEW.answer, NEW.expires_at)
       IS DISTINCT FROM (OLD.decided_by_id, OLD.decided_at, OLD.answer, OLD.expires_at) THEN
        RAISE EXCEPTION 'the decision on override % is fixed', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER risk_override_moves_on BEFORE UPDATE OR DELETE ON risk_override
    FOR EACH ROW EXECUTE FUNCTION risk_override_moves_on();
"""
UNDO_OVERRIDE_MOVES_ON = """
DROP TRIGGER risk_override_moves_on ON risk_override; DROP FUNCTION risk_override_moves_on();
"""
DECISION_ACKNOWLEDGED_WITH_REASON = """
ALTER TABLE risk_decision ADD CONSTRAINT decision_acknowledged_with_reason
    CHECK (basis <> 'acknowledged' OR reason <> '') NOT VALID;
"""
UNDO_DECISION_ACKNOWLEDGED_WITH_REASON = """
ALTER TABLE risk_decision DROP CONSTRAINT decision_acknowledged_with_reason;
"""
RULEPROPOSAL_FIXED = """
CREATE FUNCTION risk_ruleproposal_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'asked' OR (NEW.seen, NEW.fields, NEW.reason, NEW.author_id, NEW.at)
       IS DISTINCT FROM (OLD.seen, OLD.fields, OLD.reason, OLD.author_id, OLD.at) THEN
        RAISE EXCEPTION 'proposal % is kept as it was made and decided', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER risk_ruleproposal_fixed BEFORE UPDATE OR DELETE ON risk_ruleproposal
    FOR EACH ROW EXECUTE FUNCTION risk_ruleproposal_fixed();
"""
UNDO_RULEPROPOSAL_FIXED = """
DROP TRIGGER risk_ruleproposal_fixed ON risk_ruleproposal; DROP FUNCTION risk_ruleproposal_fixed();
"""


class Migration(migrations.Migration):
    dependencies = [("risk", "0001_initial")]

    operations = [
        *(migrations.RunSQL(append_only_sql(table), undo_sql(table)) for table in APPEND_ONLY),
        migrations.RunSQL(RULE_NEXT_VERSION, UNDO_RULE_NEXT_VERSION),
        migrations.RunSQL(ORDER_WINDOW, UNDO_ORDER_WINDOW),
        migrations.RunSQL(REQUEST_WINDOW, UNDO_REQUEST_WINDOW),
        migrations.RunSQL(REPORT_WINDOW, UNDO_REPORT_WINDOW),
        migrations.RunSQL(LIMIT_NEXT_VERSION, UNDO_LIMIT_NEXT_VERSION),
        migrations.RunSQL(KILLSWITCH_STAYS, UNDO_KILLSWITCH_STAYS),
        migrations.RunSQL(LOSSLIMIT_NEXT_VERSION, UNDO_LOSSLIMIT_NEXT_VERSION),
        migrations.RunSQL(RESERVATION_OPEN, UNDO_RESERVATION_OPEN),
        migrations.RunSQL(RULESTEP_MAKER, UNDO_RULESTEP_MAKER),
        migrations.RunSQL(RULE_APPROVED, UNDO_RULE_APPROVED),
        migrations.RunSQL(OVERRIDE_MOVES_ON, UNDO_OVERRIDE_MOVES_ON),
        migrations.RunSQL(DECISION_ACKNOWLEDGED_WITH_REASON, UNDO_DECISION_ACKNOWLEDGED_WITH_REASON),
        migrations.RunSQL(RULEPROPOSAL_FIXED, UNDO_RULEPROPOSAL_FIXED),
    ]
