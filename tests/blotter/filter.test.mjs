import assert from "node:assert/strict";
import { test } from "node:test";

import { both, parseFilter } from "../../static/blotter/filter.js";

const SHAPE = {
  fields: ["symbol", "side", "order_qty", "ord_status"],
  aliases: { qty: "order_qty" },
  anywhere: ["symbol"],
};
const ROWS = [
  { symbol: "SAP", side: "buy", order_qty: 500, ord_status: "new" },
  { symbol: "SAPX", side: "sell", order_qty: 2000, ord_status: "filled" },
  { symbol: "BMW", side: "buy", order_qty: null, ord_status: "canceled" },
];
const found = (line) => ROWS.filter(parseFilter(line, SHAPE).passes ?? (() => true)).map((row) => row.symbol);

for (const [line, expected] of [
  ["", ["SAP", "SAPX", "BMW"]],
  ["sap", ["SAP", "SAPX"]],
  ["symbol:sap*", ["SAP", "SAPX"]],
  ["symbol:*x", ["SAPX"]],
  ["symbol:s*p", ["SAP"]],
  ["side:buy qty>=500", ["SAP"]],
  ["qty<1,000", ["SAP"]],
  ["qty=2000", ["SAPX"]],
  ["-side:buy", ["SAPX"]],
  ["ord_status:new,canceled", ["SAP", "BMW"]],
  ["-ord_status:new,filled bmw", ["BMW"]],
  ['symbol:"SAP"', ["SAP", "SAPX"]],
]) {
  test(`filter line ${line || "(empty)"}`, () => assert.deepEqual(found(line), expected));
}

test("a term that is not understood is said in words and holds nobody back", () => {
  const { passes, problems } = parseFilter("colour:red qty<many sap", SHAPE);
  assert.deepEqual(problems, ["There is no column “colour”", "“many” is not a number"]);
  assert.deepEqual(ROWS.filter(passes).length, 2);
});

test("a pattern is never read as a regular expression", () => {
  assert.deepEqual(found("symbol:(.*"), []);
});

test("predicates join, and null holds always", () => {
  assert.equal(both(null, null), null);
  assert.deepEqual(
    ROWS.filter(
      both(
        null,
        (r) => r.side === "buy",
        (r) => r.order_qty,
      ),
    ).length,
    1,
  );
});
