import assert from "node:assert/strict";
import { test } from "node:test";
import { typedShares } from "../../static/ops/shares.js";

test("quantities, percentages and priorities", () => {
  assert.deepEqual(typedShares("eq-core 600, EQ-ALPHA 400"), [{ account: "EQ-CORE", qty: "600" }, { account: "EQ-ALPHA", qty: "400" }]);
  assert.deepEqual(typedShares("EQ-CORE 60%; EQ-ALPHA 40%"), [{ account: "EQ-CORE", percent: "60" }, { account: "EQ-ALPHA", percent: "40" }]);
  assert.deepEqual(typedShares("EQ-CORE 60\nEQ-ALPHA 40", "percent_of_nav"), [{ account: "EQ-CORE", percent: "60" }, { account: "EQ-ALPHA", percent: "40" }]);
  assert.deepEqual(typedShares("EQ-CORE 1,600 1, EQ-ALPHA 400.5 2"), [
    { account: "EQ-CORE", qty: "1600", priority: 1 },
    { account: "EQ-ALPHA", qty: "400.5", priority: 2 },
  ]);
});

test("anything else is nothing", () => {
  for (const text of ["", "EQ-CORE", "600 EQ-CORE", "EQ-CORE 600 1 2", "EQ-CORE -5", "EQ-CORE 1e5", "EQ-CORE 6 first"])
    assert.equal(typedShares(text), null, text);
});
