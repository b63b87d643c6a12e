import assert from "node:assert/strict";
import { test } from "node:test";

import { KeyMap, keyOf } from "../../static/blotter/keymap.js";

function made(kept = new Map()) {
  const map = new KeyMap({ get: (key, otherwise) => kept.get(key) ?? otherwise, set: (key, value) => kept.set(key, value) });
  map.deliver("New", ["n"]);
  map.deliver("Cancel", ["Delete", "Backspace"]);
  return map;
}

test("an action has its keys as delivered until it is given another, and then that alone", () => {
  const kept = new Map();
  const map = made(kept);
  assert.deepEqual([map.actionOf("n"), map.actionOf("Backspace"), map.actionOf("z")], ["New", "Cancel", null]);
  assert.equal(map.change("Cancel", "z"), "");
  assert.deepEqual([map.actionOf("z"), map.actionOf("Delete")], ["Cancel", null]);
  assert.equal(made(kept).actionOf("z"), "Cancel", "kept by the browser");
  map.reset();
  assert.equal(map.actionOf("Delete"), "Cancel");
});

test("a key that another action has, or that the page needs, is refused", () => {
  const map = made();
  assert.match(map.change("Cancel", "n"), /is for: New/);
  for (const key of ["Enter", "Escape", "Tab", "?", "ArrowUp", "PageDown"]) assert.match(map.change("New", key), /needed/);
  assert.equal(map.change("New", "n"), "");
  assert.equal(map.actionOf("n"), "New");
});

test("letters are the same with Shift", () => {
  assert.deepEqual([keyOf({ key: "N" }), keyOf({ key: "Delete" })], ["n", "Delete"]);
});
