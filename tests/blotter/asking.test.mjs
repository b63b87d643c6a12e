import assert from "node:assert/strict";
import { test } from "node:test";

import { AGAIN_MS, Asking, PAUSE_MS } from "../../static/blotter/asking.js";

/** A clock that is moved by hand, and a server whose answers are given by hand, in any order. */
function world() {
  const timers = new Map();
  const asked = [];
  const told = [];
  const seen = { now: 0, hidden: false };
  let next = 0;
  const asking = new Asking({
    ask: (question, signal) => new Promise((answer) => asked.push({ question, signal, answer })),
    on: { asked: () => told.push("asked"), answered: (answer, ms) => told.push([answer, ms]) },
    after: (wait, run) => {
      const id = (next += 1);
      timers.set(id, { at: seen.now + wait, run });
      return () => timers.delete(id);
    },
    now: () => seen.now,
    rests: () => seen.hidden,
  });
  // The turn in which something was asked ends, and then so much time passes.
  const pass = async (ms) => {
    await null;
    seen.now += ms;
    for (const [id, { at, run }] of [...timers]) if (at <= seen.now && timers.delete(id)) run();
  };
  const answer = async (nth, words) => {
    asked[nth].answer(words);
    await new Promise(setImmediate);
  };
  return { asking, asked, told, pass, answer, seen };
}

test("the first is asked at once, and of what is typed within a moment after it only the last", async () => {
  const { asking, asked, pass } = world();
  for (const question of ["1", "10", "100"]) {
    asking.put(question);
    await pass(PAUSE_MS - 1);
  }
  assert.deepEqual(asked.map(({ question, signal }) => [question, signal.aborted]), [["1", true]]);
  await pass(1);
  assert.deepEqual(asked.map(({ question }) => question), ["1", "100"]);
});

test("who types a key at a time never waits for another", async () => {
  const { asking, asked, pass } = world();
  for (const question of ["1", "10"]) {
    asking.put(question);
    await pass(0);
    assert.equal(asked.at(-1).question, question);
    await pass(PAUSE_MS);
  }
});

test("what changes in one turn is asked once", async () => {
  const { asking, asked, pass } = world();
  for (const question of ["half", null, "whole"]) asking.put(question);
  await pass(PAUSE_MS);
  assert.deepEqual(asked.map(({ question }) => question), ["whole"]);
});

test("a question under way is given up when it changes, and its answer is dropped whenever it comes", async () => {
  const { asking, asked, told, pass, answer } = world();
  asking.put("10");
  await pass(PAUSE_MS);
  asking.put("100");
  assert.equal(asked[0].signal.aborted, true);
  await pass(PAUSE_MS);
  await answer(1, "new");
  await answer(0, "old");
  assert.deepEqual(told, ["asked", "asked", ["new", PAUSE_MS]]);
});

test("no question, no answer: what is under way is given up", async () => {
  const { asking, asked, told, pass, answer } = world();
  asking.put("10");
  await pass(PAUSE_MS);
  asking.put(null);
  await answer(0, "late");
  await pass(10 * AGAIN_MS);
  assert.deepEqual([asked.length, asked[0].signal.aborted, told], [1, true, ["asked"]]);
});

test("what stands is asked again every few seconds while somebody looks", async () => {
  const { asking, asked, told, pass, answer, seen } = world();
  asking.put("10", 0);
  await pass(0);
  await answer(0, "yes");
  await pass(AGAIN_MS);
  assert.equal(asked.length, 2);
  await answer(1, "no longer");
  assert.deepEqual(told.at(-1), ["no longer", 0]);
  seen.hidden = true;
  await pass(AGAIN_MS);
  assert.equal(asked.length, 2);
  seen.hidden = false;
  await pass(AGAIN_MS);
  assert.equal(asked.length, 3);
});
