import assert from "node:assert/strict";
import { test } from "node:test";

import { sendState } from "../../static/blotter/sendbutton.js";

const given = (more) => ({ step: "fill", sending: false, no: "", missing: [], override: { state: "none", verb: "" }, words: () => "BUY 5 A @ 1", ...more });
const said = (more) => {
  const { can, text, key } = sendState(given(more));
  return [can, text, key];
};

test("the button repeats the order in words, and what the next key does with it", () => {
  assert.deepEqual(said({}), [true, "Send BUY 5 A @ 1", "Ctrl ⏎"]);
  assert.deepEqual(said({ step: "confirm" }), [true, "Confirm BUY 5 A @ 1", "⏎"]);
  assert.deepEqual(said({ step: "twice" }), [true, "Once more: BUY 5 A @ 1", "⏎"]);
  assert.deepEqual(said({ override: { state: "reason", verb: "Send all the same" } }), [true, "Send all the same: BUY 5 A @ 1", "⏎"]);
});

test("what is in the way is said, and nothing can be sent", () => {
  assert.deepEqual(said({ missing: ["a price", "an account"] }), [false, "Needs a price", ""]);
  assert.deepEqual(said({ no: "Not connected", missing: ["a price"] }), [false, "Not connected", ""]);
  assert.deepEqual(said({ sending: true }), [false, "Sending…", ""]);
  assert.deepEqual(said({ override: { state: "asked", verb: "" }, missing: ["an answer"] })[1], "Waiting for Compliance");
});
