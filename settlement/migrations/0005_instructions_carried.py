"""What the rows of before say in the new columns: each instruction was for one obligation, and settled whole."""

from django.db import migrations

CARRY = """
INSERT INTO settlement_instructionobligation (instruction_id, obligation_id, seq)
    SELECT id, obligation_id, 1 FROM settlement_instruction ORDER BY id;
UPDATE settlement_instruction i SET account_id = o.account_id, instrument_id = o.instrument_id,
    trade_date = o.trade_date, price = o.price,
    settled_qty = CASE i.state WHEN 'settled' THEN i.qty ELSE 0 END,
    settled_money = CASE i.state WHEN 'settled' THEN i.net_money ELSE 0 END
    FROM settlement_obligation o WHERE o.id = i.obligation_id;
INSERT INTO settlement_obligationcancellation (obligation_id, at, actor)
    SELECT obligation_id, state_at, 'settlement' FROM settlement_instruction WHERE state = 'cancelled' ORDER BY id;
INSERT INTO settlement_confirmation (instruction_id, message_id, business_date, qty, net_money, custodian_reference, at)
    SELECT id, 'SI' || lpad(id::text, 12, '0') || '/settled', settled_on, qty, net_money, custodian_reference, state_at
    FROM settlement_instruction WHERE state = 'settled' ORDER BY id;
ALTER TABLE settlement_ledgerentry DISABLE TRIGGER USER;
ALTER TABLE settlement_ledgertransaction DISABLE TRIGGER USER;
UPDATE settlement_ledgerentry e SET obligation_id = split_part(t.source, ':', 2)::bigint
    FROM settlement_ledgertransaction t
    WHERE t.id = e.transaction_id AND t.kind IN ('trade', 'reversal', 'settlement', 'void');
UPDATE settlement_ledgertransaction t SET source = 'carried:' || c.id
    FROM settlement_confirmation c JOIN settlement_instruction i ON i.id = c.instruction_id
    WHERE t.kind = 'settlement' AND t.source = 'settlement:' || i.obligation_id;
UPDATE settlement_ledgertransaction SET source = replace(source, 'carried:', 'settlement:') WHERE source ~ '^carried:';
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE settlement_ledgerentry ENABLE TRIGGER USER;
ALTER TABLE settlement_ledgertransaction ENABLE TRIGGER USER;
"""


class Migration(migrations.Migration):
    dependencies = [("settlement", "0004_instructions")]

    operations = [migrations.RunSQL(CARRY, migrations.RunSQL.noop)]
