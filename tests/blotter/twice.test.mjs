import assert from "node:assert/strict";
import { test } from "node:test";

import { WITHIN_MS, repeats } from "../../static/blotter/twice.js";

const terms = { account: "EQ-CORE", side: "buy", order_qty: "100" };
const order = (more) => ({
  id: 1, parent_id: null, account: "EQ-CORE", side: "buy", instrument_id: 5, order_qty: 100, cum_qty: 0, ord_status: "new", created_at: 1000, ...more,
});
const found = (orders, now = 9000, asked = terms) => repeats(asked, 5, orders, now)?.order.id ?? null;

test("the same account, instrument, side and quantity within thirty seconds is asked about, the newest of them", () => {
  assert.equal(found([order({ id: 1 }), order({ id: 3, created_at: 5000 }), order({ id: 2 })]), 3);
  assert.equal(repeats(terms, 5, [order({})], 9000).ago, 8000);
  assert.equal(found([order({ ord_status: "filled", cum_qty: 100 })]), 1);
});

test("anything else is another order", () => {
  for (const more of [{ account: "EQ-INDEX" }, { side: "sell" }, { instrument_id: 6 }, { order_qty: 101 }, { parent_id: 9 }])
    assert.equal(found([order(more)]), null);
  assert.equal(found([order({})], 1000 + WITHIN_MS + 1), null);
});

test("what was refused, or taken back unfilled, is not doubled", () => {
  assert.equal(found([order({ ord_status: "rejected" })]), null);
  assert.equal(found([order({ ord_status: "canceled" })]), null);
  assert.equal(found([order({ ord_status: "canceled", cum_qty: 40 })]), 1);
});
