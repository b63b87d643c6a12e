import assert from "node:assert/strict";
import { test } from "node:test";

import { spelledPrice, spelledQty } from "../../static/blotter/shorthand.js";

const quote = { bid: 100.01, offer: 100.04, last: 100.02 };
const tick = () => "0.01";
const price = (text, side = "buy") => spelledPrice(text, quote, side, tick);

test("the touch by name, and steps from it", () => {
  assert.deepEqual(["bid", "B", "offer", "ask", "last"].map((text) => price(text)), ["100.01", "100.01", "100.04", "100.04", "100.02"]);
  assert.deepEqual([price("bid+1t"), price("offer - 2 t"), price("+2t"), price("-1t", "sell")], ["100.02", "100.02", "100.03", "100.03"]);
});

test("the middle falls on the tick that is no worse", () => {
  assert.equal(price("mid", "buy"), "100.02");
  assert.equal(price("mid", "sell"), "100.03");
  assert.equal(spelledPrice("mid", { bid: 10, offer: 10.02 }, "sell", tick), "10.01");
});

test("what is no shorthand, and what the quote does not say, stays as it is", () => {
  for (const text of ["", "100.5", "2t", "mid%", "+2", "bid+99999t"]) assert.equal(price(text), null, text);
  assert.equal(spelledPrice("bid", { bid: null, offer: 1 }, "buy", tick), null);
});

test("a share of what is held, whole and down", () => {
  assert.deepEqual(["50%", "100 %", "33%"].map((text) => spelledQty(text, -101)), ["50", "101", "33"]);
  for (const [text, held] of [["0%", 10], ["101%", 10], ["50%", 0], ["50%", null], ["50", 10], ["1%", 10]]) assert.equal(spelledQty(text, held), null, text);
});
