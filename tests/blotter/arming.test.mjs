import assert from "node:assert/strict";
import { test } from "node:test";

import { Arming, IDLE_MS } from "../../static/blotter/arming.js";

function made() {
  const told = [];
  const clock = { now: 0, due: null };
  const arming = new Arming({
    changed: (armed, why) => told.push([armed, why]),
    after: (wait, run) => {
      const timer = { at: clock.now + wait, run };
      clock.due = timer;
      return () => clock.due === timer && (clock.due = null);
    },
  });
  const pass = (ms) => {
    clock.now += ms;
    if (clock.due && clock.due.at <= clock.now) clock.due.run();
  };
  return { arming, told, pass };
}

test("armed only by saying so, and not for long after the last use", () => {
  const { arming, told, pass } = made();
  assert.equal(arming.armed, false);
  arming.arm();
  pass(IDLE_MS - 1);
  arming.used();
  pass(IDLE_MS - 1);
  assert.equal(arming.armed, true);
  pass(1);
  assert.deepEqual(told, [[true, ""], [false, "not used for 20 s"]]);
});

test("what is in the way keeps it from being armed", () => {
  const { arming, told } = made();
  arming.arm("the quote is old");
  assert.equal(arming.armed, false);
  assert.deepEqual(told, [[false, "the quote is old"]]);
});

test("disarmed is disarmed: use does not arm it, and no timer is left to say so again", () => {
  const { arming, told, pass } = made();
  arming.arm();
  arming.disarm("you looked elsewhere");
  arming.used();
  pass(10 * IDLE_MS);
  assert.equal(arming.armed, false);
  assert.deepEqual(told.at(-1), [false, "you looked elsewhere"]);
  assert.equal(told.length, 2);
});
