import assert from "node:assert/strict";
import { test } from "node:test";

import { centreOf, levels, lost, stands } from "../../static/blotter/levels.js";

const cents = () => "0.01";
const quote = {
  bid: 190.1, offer: 190.13, last: 190.1,
  venues: [["BATS", "190.1", "300", "190.14", "200", 1], ["XNAS", "190.1", "500", "190.13", "400", 1], ["XOFF", null, null, null, null, 1]],
};
const order = (more) => ({ parent_id: null, ord_status: "new", side: "buy", price: 190.1, order_qty: 100, leaves_qty: 100, composition: "", ...more });
const at = (list, price) => list.find((level) => level.price === price);

test("each level has what each venue bids and offers there, and what is ours", () => {
  const orders = [order({ id: 1 }), order({ id: 2, leaves_qty: 40 }), order({ id: 3, side: "sell", price: 190.15 })];
  const { list, above, below } = levels({ quote, orders, tick: cents, centre: "190.11", half: 5 });
  assert.deepEqual(list.map(({ price }) => price).slice(0, 3), ["190.16", "190.15", "190.14"]);
  assert.equal(list.length, 11);
  const best = at(list, "190.1");
  assert.deepEqual([best.bid, best.bids, best.buy, best.best], [800, [["BATS", 300], ["XNAS", 500]], 140, "bid"]);
  assert.deepEqual(best.orders.map(({ id }) => id), [1, 2]);
  assert.deepEqual([at(list, "190.13").offer, at(list, "190.14").offer, at(list, "190.13").best], [400, 200, "offer"]);
  assert.equal(at(list, "190.15").sell, 100);
  assert.deepEqual([above, below], [0, 0]);
});

test("nothing is made up: a level that nobody stands at has no size", () => {
  const { list } = levels({ quote, orders: [], tick: cents, centre: "190.11", half: 2 });
  assert.deepEqual(list.filter(({ bid, offer }) => bid || offer).map(({ price }) => price), ["190.13", "190.1"]);
  assert.deepEqual(levels({ quote: undefined, orders: [], tick: cents, centre: "5", half: 1 }).list.map(({ bid }) => bid), [0, 0, 0]);
});

test("orders between ticks have a level, those out of sight are counted", () => {
  const orders = [order({ id: 1, price: 190.105 }), order({ id: 2, price: 200 }), order({ id: 3, price: 1 })];
  const { list, above, below } = levels({ quote, orders, tick: cents, centre: "190.11", half: 2 });
  assert.equal(at(list, "190.105").buy, 100);
  assert.deepEqual([above, below], [1, 1]);
});

test("ticks that grow with the price are walked as they are, and never below nothing", () => {
  const tick = (price) => (Number(price) >= 1 ? "0.5" : "0.1");
  const { list } = levels({ quote: undefined, orders: [], tick, centre: "1", half: 2 });
  assert.deepEqual(list.map(({ price }) => price), ["2", "1.5", "1", "0.5", "0.4"]);
});

test("the ladder is built round the middle, and anew when the market has left it", () => {
  assert.equal(centreOf(quote, cents), "190.11");
  assert.equal(centreOf({ bid: null, offer: 5, last: 4 }, cents), "5");
  assert.equal(centreOf({ bid: null, offer: null, last: null }, cents), null);
  const { list } = levels({ quote, orders: [], tick: cents, centre: "190.11", half: 3 });
  assert.equal(lost(quote, list), false);
  assert.equal(lost({ ...quote, offer: 190.2 }, list), true);
});

test("children, spreads, market orders and what is done do not stand in the market under a price", () => {
  assert.equal(stands(order({})), true);
  for (const more of [{ parent_id: 7 }, { composition: "multileg" }, { price: null }, { ord_status: "filled", leaves_qty: 0 }])
    assert.equal(stands(order(more)), false);
});
