import assert from "node:assert/strict";
import { test } from "node:test";
import { legOf, request, words } from "../../static/blotter/spread.js";

const typed = (more = {}) => ({
  side: "buy", quantity: "10", price: "-12.25", tif: "day", account: "DX-MACRO",
  legs: [
    { symbol: "esh7", side: "buy", ratio: "1" },
    { symbol: "ESM7 ", side: "sell", ratio: "2" },
    { symbol: "", side: "buy", ratio: "1" },
  ],
  ...more,
});

test("a spread as it is sent: net prices of either sign, legs without a symbol left out", () => {
  const { body, missing } = request(typed());
  assert.deepEqual(missing, []);
  assert.deepEqual([body.ord_type, body.price, body.order_qty], ["limit", "-12.25", "10"]);
  assert.deepEqual(body.legs, [
    { symbol: "ESH7", side: "buy", ratio_qty: "1" },
    { symbol: "ESM7", side: "sell", ratio_qty: "2" },
  ]);
  assert.equal(request(typed({ price: "0" })).body.price, "0");
  const market = request(typed({ price: " " })).body;
  assert.deepEqual([market.ord_type, "price" in market], ["market", false]);
});

test("what is missing is named", () => {
  const { missing } = request(typed({ quantity: "", price: "x", account: "", legs: typed().legs.slice(0, 1) }));
  assert.deepEqual(missing, ["a number of spreads", "a net price", "an account", "2 legs"]);
  const noRatio = typed().legs.map((leg) => ({ ...leg, ratio: "" }));
  assert.deepEqual(request(typed({ legs: noRatio })).missing, ["a ratio for each leg"]);
});

test("it is said in words what each leg would do", () => {
  assert.equal(words(request(typed()).body), "BUY 10 spreads at -12.25 net DAY: BUY 10 ESH7, SELL 20 ESM7");
  const sold = request(typed({ side: "sell", price: "" })).body;
  assert.equal(words(sold), "SELL 10 spreads at market DAY: SELL 10 ESH7, BUY 20 ESM7");
});

test("a field of a leg is told as the leg", () => {
  assert.deepEqual(["legs[2].order_qty", "order_qty", undefined].map(legOf), ["Leg 2", "", ""]);
});
