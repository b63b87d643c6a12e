import assert from "node:assert/strict";
import { test } from "node:test";

import { Differ } from "../../static/blotter/differ.js";
import { Groups } from "../../static/blotter/groups.js";
import { SortedRows, comparison } from "../../static/blotter/sorted.js";
import { Store } from "../../static/blotter/store.js";
import { Tally } from "../../static/blotter/tally.js";

const order = (id, rev, more = {}) => ({ id, rev, qty: 100, symbol: "AAPL", parent_id: null, ...more });
const ids = (store) => Array.from({ length: store.len() }, (_, i) => store.get(i).id);

function storeOf(...rows) {
  const store = new Store({ parent: "parent_id", link: "symbol", live: ["last"] });
  store.put(rows);
  store.settle();
  return store;
}

test("the newest order comes first until the trader sorts", () => {
  assert.deepEqual(ids(storeOf(order(1, 1), order(3, 1), order(2, 1))), [3, 2, 1]);
});

test("an older image changes nothing, one of the same revision is the same row again", () => {
  const store = storeOf(order(1, 5, { qty: 50 }));
  assert.equal(store.put([order(1, 4, { qty: 1 })]), 0);
  assert.equal(store.row(1).qty, 50);
  assert.equal(store.settle(), false);
  assert.equal(store.put([order(1, 5, { qty: 50 })]), 1);
  assert.equal(store.row(1).qty, 50);
});

test("a newer image keeps the row's identity and raises its version", () => {
  const store = storeOf(order(1, 1));
  const [row, before] = [store.row(1), store.row(1).v];
  store.put([order(1, 2, { qty: 7 })]);
  assert.equal(store.row(1), row);
  assert.equal(row.qty, 7);
  assert.ok(row.v > before);
});

test("rows move as their sort value changes, empty values stay last both ways", () => {
  const store = storeOf(order(1, 1, { qty: 10 }), order(2, 1, { qty: 30 }), order(3, 1, { qty: null }));
  store.setSort([{ field: "qty", down: true }]);
  store.settle();
  assert.deepEqual(ids(store), [2, 1, 3]);
  store.put([order(1, 2, { qty: 40 })]);
  store.settle();
  assert.deepEqual(ids(store), [1, 2, 3]);
  store.setSort([{ field: "qty", down: false }]);
  store.settle();
  assert.deepEqual(ids(store), [2, 1, 3]);
});

test("rows enter and leave a filter", () => {
  const store = storeOf(order(1, 1), order(2, 1, { qty: 5 }));
  store.setFilter((row) => row.qty >= 10);
  store.settle();
  assert.deepEqual(ids(store), [1]);
  store.put([order(2, 2, { qty: 500 }), order(1, 2, { qty: 1 })]);
  store.settle();
  assert.deepEqual(ids(store), [2]);
});

test("a removed row leaves the index, its children and its links", () => {
  const store = storeOf(order(1, 1), order(2, 1, { parent_id: 1 }), order(3, 1));
  store.remove([2, 3, 99]);
  store.settle();
  assert.deepEqual(ids(store), [1]);
  assert.deepEqual(store.childrenOf(1), []);
});

test("a parent opens to its children in order of their ids", () => {
  const store = storeOf(order(1, 1), order(12, 1, { parent_id: 1 }), order(11, 1, { parent_id: 1 }), order(2, 1));
  assert.deepEqual(ids(store), [2, 1]);
  store.toggle(1);
  assert.deepEqual(ids(store), [2, 1, 11, 12]);
  store.put([order(10, 1, { parent_id: 1 })]);
  store.settle();
  assert.deepEqual(ids(store), [2, 1, 10, 11, 12]);
  store.toggle(1);
  assert.deepEqual(ids(store), [2, 1]);
});

test("a child that comes before its parent waits for it", () => {
  const store = storeOf(order(11, 1, { parent_id: 1 }));
  assert.deepEqual(ids(store), []);
  store.put([order(1, 1)]);
  store.settle();
  store.toggle(1, true);
  assert.deepEqual(ids(store), [1, 11]);
});

test("a filter asks the parent alone, who may look at its children", () => {
  const store = storeOf(order(1, 1), order(11, 1, { parent_id: 1, venue: "XNAS" }), order(2, 1));
  store.setFilter((row) => store.childrenOf(row.id).some(({ venue }) => venue === "XNAS"));
  store.settle();
  assert.deepEqual(ids(store), [1]);
  store.put([order(12, 1, { parent_id: 2, venue: "XNAS" })]);
  store.settle();
  assert.deepEqual(ids(store), [2, 1]);
});

test("a quote touches the rows of its instrument and moves them only when the sort is live", () => {
  const store = storeOf(order(1, 1), order(2, 1, { symbol: "MSFT" }));
  const before = store.row(1).v;
  store.touch("AAPL", (row) => {
    row.last = 9;
  });
  assert.ok(store.row(1).v > before);
  assert.equal(store.settle(), false);
  store.setSort([{ field: "last", down: true }]);
  store.settle();
  store.touch("MSFT", (row) => {
    row.last = 10;
  });
  assert.equal(store.settle(), true);
  assert.deepEqual(ids(store), [2, 1]);
});

test("a snapshot drops what it does not name and keeps branches open", () => {
  const store = storeOf(order(1, 9), order(11, 1, { parent_id: 1 }), order(2, 1));
  store.toggle(1);
  store.replace([order(1, 3), order(11, 1, { parent_id: 1 })]);
  store.settle();
  assert.deepEqual(ids(store), [1, 11]);
  assert.equal(store.row(1).rev, 3);
});

test("a row that changes its instrument or parent is found where it now belongs", () => {
  const store = storeOf(order(1, 1), order(2, 1), order(11, 1, { parent_id: 1 }));
  store.put([order(11, 2, { parent_id: 2, symbol: "MSFT" })]);
  assert.deepEqual(store.childrenOf(1), []);
  assert.deepEqual(
    store.childrenOf(2).map((row) => row.id),
    [11],
  );
  let touched = 0;
  store.touch("MSFT", () => {
    touched += 1;
  });
  assert.equal(touched, 1);
});

test("merging by search gives what sorting everything would, whether few changed or most", () => {
  const order = [{ field: "qty", down: false }];
  const random = randomNumbers(7);
  const sorted = new SortedRows();
  sorted.order(order);
  const rows = Array.from({ length: 300 }, (_, id) => ({ id, qty: Math.floor(random() * 10), key: null }));
  sorted.fill(rows.slice(0, 200));
  let listed = new Set(rows.slice(0, 200));
  for (let round = 0; round < 60; round += 1) {
    const changed = rows.filter(() => random() < (round % 3 ? 0.02 : 0.6));
    for (const row of changed) row.qty = Math.floor(random() * 10);
    const fresh = changed.filter(() => random() < 0.7);
    sorted.merge(changed, [...fresh]);
    listed = new Set([...listed].filter((row) => !changed.includes(row)).concat(fresh));
    assert.deepEqual(sorted.list, [...listed].sort(comparison(order)));
  }
});

test("counts follow the rows", () => {
  const store = storeOf(order(1, 1), order(2, 1));
  const counts = store.tally(new Tally(({ qty, parent_id: parent }) => (parent == null ? qty : null)));
  assert.deepEqual([counts.of(100), counts.total], [2, 2]);
  store.put([order(2, 2, { qty: 7 }), order(11, 1, { parent_id: 1 }), order(3, 1, { qty: 7 }), order(1, 0, { qty: 9 })]);
  assert.deepEqual([counts.of(100), counts.of(7), counts.total], [1, 2, 3]);
  store.remove([3]);
  assert.deepEqual([...counts.kinds()], [100, 7]);
  store.replace([order(4, 1, { qty: 5 })]);
  assert.deepEqual([...counts.kinds(), counts.total], [5, 1]);
});

test("after any writes the view is what a rebuild from scratch would show", () => {
  const random = randomNumbers(11);
  const store = storeOf();
  store.setSort([{ field: "qty", down: true }]);
  store.setFilter((row) => row.qty % 3 !== 0);
  const truth = new Map();
  for (let round = 1; round < 400; round += 1) {
    const id = Math.floor(random() * 80);
    if (random() < 0.1) {
      truth.delete(id);
      store.remove([id]);
    } else {
      const row = order(id, round, { qty: Math.floor(random() * 100) });
      truth.set(id, row);
      store.put([row]);
    }
    if (random() < 0.3) store.settle();
  }
  store.settle();
  const expected = [...truth.values()]
    .filter((row) => row.qty % 3 !== 0)
    .sort(comparison([{ field: "qty", down: true }]))
    .map((row) => row.id);
  assert.deepEqual(ids(store), expected);
});

test("only rows that changed are painted again, and all after a scroll", () => {
  const store = storeOf(order(1, 1), order(2, 1), order(3, 1));
  const differ = new Differ();
  assert.deepEqual(differ.plan(store, 0, 2), { moves: [], changed: [0, 1, 2] });
  assert.deepEqual(differ.plan(store, 0, 2), { moves: [], changed: [] });
  store.put([order(2, 2)]);
  store.settle();
  assert.deepEqual(differ.plan(store, 0, 2), { moves: [], changed: [1] });
  differ.forget();
  assert.deepEqual(differ.plan(store, 0, 1), { moves: [], changed: [0, 1] });
});

test("a row that others push along is moved and not painted again; what went hands its place to what came", () => {
  const store = storeOf(order(5, 1), order(4, 1), order(3, 1), order(2, 1));
  const differ = new Differ();
  differ.plan(store, 0, 3);
  store.remove([5]);
  store.put([order(1, 1)]);
  store.settle();
  assert.deepEqual(ids(store), [4, 3, 2, 1]);
  assert.deepEqual(differ.plan(store, 0, 3), { moves: [[1, 0], [2, 1], [3, 2], [0, 3]], changed: [3] });
  store.remove([4, 3]);
  store.settle();
  assert.deepEqual(differ.plan(store, 0, 3), { moves: [[2, 0], [3, 1], [0, 2], [1, 3]], changed: [2, 3] });
});

test("whatever came, went and moved, every place shows its row", () => {
  const random = randomNumbers(11);
  const store = storeOf();
  store.setSort([{ field: "qty", down: false }]);
  const differ = new Differ();
  let shown = new Map();
  for (let turn = 1; turn < 400; turn += 1) {
    for (let n = 0; n < 3; n += 1)
      store.put([{ ...order(Math.floor(random() * 30), turn), qty: Math.floor(random() * 100) }]);
    if (random() < 0.3) store.remove([Math.floor(random() * 30)]);
    store.settle();
    const { moves, changed } = differ.plan(store, 2, 12);
    const moved = new Map(shown);
    for (const [from, to] of moves) moved.set(to, shown.get(from));
    for (const number of changed) moved.set(number, store.get(number) && `${store.get(number).id}:${store.get(number).v}`);
    shown = moved;
    for (let number = 2; number <= 12; number += 1) {
      const row = store.get(number);
      assert.equal(shown.get(number), row && `${row.id}:${row.v}`);
    }
  }
});

/** A small linear congruential generator: the same numbers in every run. */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}

test("rows stand under headings with counts and sums, in the order sorted; a closed heading hides its rows", () => {
  const store = storeOf(order(1, 1, { symbol: "MSFT", qty: 5 }), order(2, 1), order(3, 1, { qty: 7 }), order(4, 1, { parent_id: 3 }));
  store.setGroups(new Groups("symbol", ["qty"]));
  store.settle();
  assert.deepEqual(ids(store), ["symbol=AAPL", 3, 2, "symbol=MSFT", 1]);
  assert.deepEqual([store.get(0).count, store.get(0).qty, store.get(3).qty], [2, 107, 5]);
  store.toggle(3, true);
  assert.deepEqual(ids(store), ["symbol=AAPL", 3, 4, 2, "symbol=MSFT", 1]);
  store.toggle("symbol=AAPL");
  assert.deepEqual(ids(store), ["symbol=AAPL", "symbol=MSFT", 1]);
  const [apple, before] = [store.get(0), store.get(0).v];
  store.put([order(1, 2, { symbol: "MSFT", qty: 6 })]);
  store.settle();
  assert.equal(store.get(0), apple);
  assert.equal(apple.v, before, "a heading whose numbers stay is not painted again");
  assert.equal(store.get(1).qty, 6);
  store.setGroups(null);
  store.settle();
  assert.deepEqual(ids(store), [3, 4, 2, 1]);
});
