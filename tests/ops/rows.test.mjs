import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, Rows } from "../../static/ops/rows.js";

const row = (key, ...cells) => ({ key, cells, acts: [] });
const rows = () => {
  const made = new Rows();
  made.take([row("1", "SI1", { text: "SETTLED", mark: "●" }), row("2", "SI2", "failing"), row("3", "SI3", "settled")]);
  return made;
};

test("one walks from the first to the last and no further", () => {
  const made = rows();
  assert.equal(made.move(1), "1");
  assert.equal(made.move(1), "2");
  assert.equal(made.move(Infinity), "3");
  assert.equal(made.move(1), "3");
  assert.equal(made.move(-Infinity), "1");
});

test("one begins at the end that one walks from", () => {
  assert.equal(rows().move(-1), "3");
  assert.equal(new Rows().move(1), null);
});

test("every word of the find line must stand somewhere in the row, in capitals or not", () => {
  const made = rows();
  made.find = "settled si";
  assert.deepEqual(made.shown.map(({ key }) => key), ["1", "3"]);
  made.find = "settled 3";
  assert.deepEqual(made.shown.map(({ key }) => key), ["3"]);
  made.find = "nothing";
  assert.equal(made.move(1), null);
});

test("an act is for the picked rows that are shown, else for the row looked at", () => {
  const made = rows();
  made.move(1);
  assert.deepEqual(made.meant.map(({ key }) => key), ["1"]);
  made.pickAll();
  assert.equal(made.meant.length, 3);
  made.find = "failing";
  assert.deepEqual(made.meant.map(({ key }) => key), ["2"], "what is hidden is not acted on");
  made.find = "";
  made.pickAll();
  assert.deepEqual([...made.picked], []);
});

test("rows that went are no longer picked, and the place looked at stays", () => {
  const made = rows();
  made.at = "2";
  made.pick("2");
  made.pick("3");
  made.take([row("1", "a"), row("3", "b"), row("4", "c")]);
  assert.equal(made.at, "3");
  assert.deepEqual([...made.picked], ["3"]);
  made.take([]);
  assert.equal(made.at, null);
  assert.deepEqual(made.meant, []);
});

test("a cell has changed when its text, its tone or its link has", () => {
  assert.deepEqual(changed(row("1", "a", "b"), row("1", "a", "c")), [1]);
  assert.deepEqual(changed(row("1", { text: "a", tone: "up" }), row("1", { text: "a", tone: "down" })), [0]);
  assert.deepEqual(changed(undefined, row("1", "a")), []);
});
