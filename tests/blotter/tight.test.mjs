import assert from "node:assert/strict";
import { test } from "node:test";

import { fitting } from "../../static/blotter/tight.js";

const drawn = (value, width = 80) => fitting((given) => given, width)(value);

test("what fits is drawn as it is", () => {
  for (const value of ["AAPL", "1,234.50", "", null, undefined, 7, { text: "BUY", addClasses: "buy" }]) assert.equal(drawn(value), value);
});

test("what may be too long is clipped, whatever it is", () => {
  assert.deepEqual(drawn("123,456,789.25"), { text: "123,456,789.25", addClasses: "tight" });
  assert.deepEqual(drawn("SUPERVISOR"), { text: "SUPERVISOR", addClasses: "tight" });
  assert.deepEqual(drawn({ text: "a long reason", addClasses: "dim", toolTip: "why" }), { text: "a long reason", addClasses: "dim tight", toolTip: "why" });
  const element = { nodeType: 1, textContent: "CALCULATED" };
  assert.deepEqual(drawn(element), { html: element, addClasses: "tight" });
  assert.deepEqual(drawn({ html: element, toolTip: "why" }), { html: element, toolTip: "why", addClasses: "tight" });
});

test("figures are narrower than letters", () => {
  assert.equal(drawn("123456789"), "123456789");
  assert.notEqual(drawn("ABCDEFGHI"), "ABCDEFGHI");
});
