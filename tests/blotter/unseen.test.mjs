import assert from "node:assert/strict";
import { test } from "node:test";

import { toneOf } from "../../static/blotter/notices.js";

// The smallest page these modules need.
const badge = { hidden: true, textContent: "" };
globalThis.document = { getElementById: () => badge, activeElement: null };
const { Unseen } = await import("../../static/blotter/unseen.js");

function unseen() {
  const container = { addEventListener: () => null, contains: (element) => element === "inside" };
  return new Unseen({ container }, () => null);
}
const fills = (...ids) => ids.map((id) => ({ id }));

test("fills of the first snapshot are no news; what the stream or a later snapshot adds is, until it is seen", () => {
  const marks = unseen();
  marks.replaced(fills(1, 2));
  assert.equal(marks.has(1), false);
  marks.came(fills(2, 3));
  marks.replaced(fills(1, 2, 3, 4));
  assert.deepEqual([1, 2, 3, 4].map((id) => marks.has(id)), [false, false, true, true]);
  assert.equal(badge.textContent, "2 new");
  marks.seen();
  assert.deepEqual([marks.has(3), badge.hidden], [false, true]);
});

test("who is looking at the executions has seen them", () => {
  const marks = unseen();
  marks.replaced([]);
  document.activeElement = "inside";
  marks.came(fills(9));
  document.activeElement = null;
  assert.equal(marks.has(9), false);
});

test("refusals sound unlike fills", () => {
  assert.deepEqual(
    [{ kind: "fill", severity: 1 }, { kind: "cancel_reject", severity: 2 }, { kind: "alert", severity: 3 }, { kind: "alert", severity: 2 }].map(toneOf),
    ["fill", "reject", "reject", "alert"],
  );
});
