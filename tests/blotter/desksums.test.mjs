import assert from "node:assert/strict";
import { test } from "node:test";

import { gravest, largest } from "../../static/blotter/desklists.js";
import { alertSums, fillSums, limitSums, orderSums, together } from "../../static/blotter/desksums.js";

const order = (more) => ({
  id: 1, parent_id: null, instrument_id: 5, currency: "USD", ord_status: "new", order_qty: 100, leaves_qty: 100, price: 10, hold: "",
  composition: "", multiplier: 1, price_factor: 1, unresolved: false, ...more,
});

test("working orders are counted once each, whatever they were split into, and valued by limit or last price", () => {
  const orders = [
    order({}),
    order({ parent_id: 1 }),
    order({ ord_status: "partially_filled", leaves_qty: 40, price: null }),
    order({ ord_status: "filled", leaves_qty: 0 }),
    order({ ord_status: "rejected", leaves_qty: 0 }),
    order({ currency: "EUR", price: 99, multiplier: 1000, price_factor: 0.01, hold: "manual" }),
    order({ instrument_id: 6, price: null, unresolved: true }),
    order({ composition: "multileg", price: -3 }),
    order({ hold: "leg" }),
  ];
  const sums = orderSums(orders, (id) => (id === 5 ? { last: 11 } : undefined));
  assert.deepEqual(
    { ...sums, notional: [...sums.notional] },
    { total: 7, working: 5, partial: 1, held: 1, unresolved: 1, rejected: 1, unpriced: 1, notional: [["USD", 1440], ["EUR", 99_000]] },
  );
});

test("fills are those since a time, busts are none, in the instrument's unit", () => {
  const fill = (more) => ({ order_id: 1, exec_type: "trade", transact_time: 50, last_qty: 3, last_px: 7, currency: "USD", ...more });
  const sums = fillSums(
    [fill({}), fill({ transact_time: 60, order_id: 2 }), fill({ transact_time: 9 }), fill({ exec_type: "trade_cancel" })],
    (id) => (id === 2 ? { multiplier: 50, price_factor: 1 } : undefined),
    10,
  );
  assert.deepEqual([sums.count, [...sums.value], sums.lastAt], [2, [["USD", 21 + 1050]], 60]);
});

test("alerts are counted by how grave they are", () => {
  const events = [{ at: 5, severity: 3 }, { at: 5, severity: 2 }, { at: 5, severity: 1 }, { at: 1, severity: 3 }];
  assert.deepEqual(alertSums(events, 2), { critical: 1, warning: 1 });
});

test("a desk's limits are its own and its accounts'; what nobody can tell is the tightest", () => {
  const limits = [
    { scope: { desk: "EQ" }, percent: "81" }, { scope: { account: "EQ-CORE" }, percent: "20" },
    { scope: { account: "FI-1" }, percent: null }, { scope: {}, percent: "99" }, { scope: { account: "UNKNOWN" }, percent: "99" },
  ];
  const sums = limitSums(limits, { "EQ-CORE": "EQ", "FI-1": "FI" });
  assert.deepEqual([sums.get("EQ").count, sums.get("EQ").tight, sums.get("EQ").tightest.share], [2, 1, 81]);
  assert.equal(sums.get("FI").tightest.share, Infinity);
  assert.deepEqual([...sums.keys()], ["EQ", "FI"]);
});

test("sums of several desks stay apart by currency", () => {
  assert.deepEqual([...together([new Map([["USD", 1], ["EUR", 2]]), new Map([["USD", 3]])])], [["USD", 4], ["EUR", 2]]);
});

test("of all desks together the gravest alert and the largest working order come first", () => {
  const events = (...list) => new Map(list.map((one) => [one.id, one]));
  const books = new Map([
    ["EQ", { events: events({ id: 1, severity: 2, at: 9 }, { id: 2, severity: 1, at: 9 }), orders: { rows: () => [order({ id: 7 }), order({ id: 8, parent_id: 7, price: 99 })] } }],
    ["FI", { events: events({ id: 3, severity: 3, at: 1 }, { id: 4, severity: 2, at: 10 }), orders: { rows: () => [order({ id: 9, price: null })] } }],
  ]);
  assert.deepEqual(gravest(books).map(({ id, desk }) => [id, desk]), [[3, "FI"], [4, "FI"], [1, "EQ"]]);
  assert.deepEqual(largest(books, () => ({ last: 11 })).map(({ order: { id }, worth }) => [id, worth]), [[9, 1100], [7, 1000]]);
  assert.deepEqual(largest(books, () => undefined, 5).map(({ order: { id } }) => id), [7]);
});
