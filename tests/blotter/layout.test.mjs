import assert from "node:assert/strict";
import { test } from "node:test";

import { tsv } from "../../static/blotter/copy.js";
import { setByHand, stretched } from "../../static/blotter/stretch.js";
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

test("columns that stay in place are counted from the left, whichever they are", () => {
  const kept = new Map();
  const remembered = { get: (key, otherwise) => kept.get(key) ?? otherwise, set: (key, value) => kept.set(key, value) };
  const layout = new Layout("t", all, remembered, 1);
  const stays = () => layout.shown().filter(({ pinned }) => pinned).map(({ id }) => id);
  assert.deepEqual(stays(), ["id"]);
  layout.move("side", -1);
  assert.deepEqual(stays(), ["side"]);
  layout.take({ columns: ["px", "qty", "id"], pinned: 2 });
  assert.deepEqual(stays(), ["px", "qty"]);
  layout.keep();
  assert.equal(new Layout("t", all, remembered).pinned, 2);
  layout.take({});
  assert.deepEqual(stays(), ["id"], "a view from before there were any is shown as delivered");
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

test("columns share the room that is left over, to the last pixel, and take none that is not there", () => {
  const columns = [{ id: "a", width: 100 }, { id: "b", width: 50 }, { id: "c", width: 51 }];
  assert.deepEqual(stretched(columns, 401).map(({ width }) => width), [199, 99, 103]);
  assert.equal(stretched(columns, 200), columns);
  assert.equal(stretched([], 100).length, 0);
});

test("of widths only those set by hand are remembered", () => {
  assert.deepEqual(setByHand([{ id: "a", width: 10 }, { id: "b", width: 20 }], [{ id: "a", width: 10 }, { id: "b", width: 25 }]), { b: 25 });
});
