import assert from "node:assert/strict";
import { test } from "node:test";

import { tsv } from "../../static/blotter/copy.js";
import { Layout, arranged, moved, placed } from "../../static/blotter/layout.js";

const all = ["id", "side", "qty", "px"].map((id) => ({ id }));
const ids = (columns) => columns.map(({ id }) => id);

test("columns that were ordered come first, new ones after as delivered, unknown ones are passed over", () => {
  assert.deepEqual(ids(arranged(all, [])), ["id", "side", "qty", "px"]);
  assert.deepEqual(ids(arranged(all, ["px", "gone", "id"])), ["px", "id", "side", "qty"]);
});

test("a column moves one place, and at an end it stays", () => {
  assert.deepEqual(moved(["a", "b", "c"], "b", 1), ["a", "c", "b"]);
  assert.deepEqual(moved(["a", "b", "c"], "a", -1), ["a", "b", "c"]);
  assert.deepEqual(moved(["a", "b"], "z", 1), ["a", "b"]);
});

test("headers that were dragged take their order; hidden columns keep their places", () => {
  assert.deepEqual(placed(["a", "x", "b", "y", "c"], ["c", "a", "b"]), ["c", "x", "a", "y", "b"]);
});

test("copied cells hold no formula, and neither tab nor line end of their own", () => {
  const columns = [{ field: "text", name: "Reason" }, { field: "qty", name: "Qty" }];
  const rows = [{ text: "=HYPERLINK(1)", qty: 5 }, { text: "a\tb\nc", qty: null }, { text: "-5", qty: -5 }];
  assert.equal(tsv(columns, rows), "'=HYPERLINK(1)\t5\na b c\t\n-5\t-5");
  assert.equal(tsv(columns, [], { headers: true }), "Reason\tQty");
});

test("a layout takes a saved view, passes over what it does not know, and is kept by the browser", () => {
  const kept = new Map();
  const remembered = { get: (key, otherwise) => kept.get(key) ?? otherwise, set: (key, value) => kept.set(key, value) };
  const layout = new Layout("t", [...all, { id: "late", off: true }], remembered);
  assert.deepEqual(ids(layout.shown()), ["id", "side", "qty", "px"]);
  layout.take({ columns: ["px", "gone", "late"], widths: { px: 50 } });
  assert.deepEqual(layout.shown().map(({ id, width }) => [id, width]), [["px", 50], ["late", undefined]]);
  layout.keep();
  assert.deepEqual(ids(new Layout("t", all, remembered).shown()), ["px"]);
  layout.take({});
  assert.deepEqual(ids(layout.shown()), ["id", "side", "qty", "px"]);
});
