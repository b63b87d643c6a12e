// How often the page paints: static/blotter/pace.js.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Pace } from "../../static/blotter/pace.js";

let now, frames, timers, paints, pace;
const real = { performance: globalThis.performance, setTimeout: globalThis.setTimeout };

/** Draw the next frame: it costs so many milliseconds, then a message is heard, and so much later comes the frame after. */
function frame(cost, later = 17 - cost) {
  frames.shift()();
  now += cost;
  pace.after.port1.onmessage();
  now += Math.max(later, 0);
  frames.pop()();
}

beforeEach(() => {
  [now, frames, timers, paints] = [1000, [], [], 0];
  globalThis.requestAnimationFrame = (draw) => frames.push(draw);
  Object.defineProperty(globalThis, "performance", { value: { now: () => now }, configurable: true });
  globalThis.setTimeout = (run, after) => timers.push({ run, after });
  pace = new Pace(() => (paints += 1));
});

afterEach(() => {
  pace.after.port1.close();
  Object.defineProperty(globalThis, "performance", { value: real.performance, configurable: true });
  globalThis.setTimeout = real.setTimeout;
});

test("the first change is painted in the next frame, however often it is asked for", () => {
  for (let asked = 0; asked < 5; asked += 1) pace.ask();
  assert.equal(frames.length, 1);
  assert.deepEqual(timers, []);
  frame(1);
  assert.equal(paints, 1);
});

test("a frame that cost much is followed by a rest of four times that, and what came meanwhile is painted then", () => {
  pace.ask();
  frame(20);
  pace.ask();
  pace.ask();
  assert.deepEqual(frames, []);
  assert.deepEqual(timers.map(({ after }) => after), [80]);
  now += timers[0].after;
  timers[0].run();
  frame(1);
  assert.equal(paints, 2);
});

test("a frame that keeps the next one waiting cost as much as it was late", () => {
  pace.ask();
  frame(2, 30);
  pace.ask();
  // 15 ms late: 60 of rest from 15 after its start, of which 17 have passed.
  assert.deepEqual(timers.map(({ after }) => after), [43]);
});

test("what comes after the rest does not wait", () => {
  pace.ask();
  frame(20);
  now += 81;
  pace.ask();
  assert.equal(frames.length, 1);
});

test("no rest is longer than a moment, and none is kept that a timer could not keep", () => {
  pace.ask();
  frame(500);
  pace.ask();
  assert.equal(timers[0].after, 120);
  now += timers[0].after;
  timers[0].run();
  frame(1);
  pace.ask();
  assert.equal(frames.length, 1);
});

test("what somebody did is painted in the next frame, whatever the last one cost and whoever waits", () => {
  pace.ask();
  frame(20);
  pace.ask();
  assert.equal(timers.length, 1);
  pace.now();
  assert.equal(frames.length, 1);
  frame(1);
  assert.equal(paints, 2);
});

test("what risk says of an order that is typed goes first, and the rows follow", () => {
  pace.hold();
  pace.ask();
  assert.deepEqual(frames, []);
  assert.deepEqual(timers.map(({ after }) => after), [250]);
  now += 100;
  pace.release();
  now += 17;
  timers.shift().run();
  frame(1);
  assert.equal(paints, 1);
});

test("a frame that was asked for when a key came is not painted before its answer", () => {
  pace.ask();
  pace.hold();
  frames.shift()();
  assert.equal(paints, 0);
  assert.deepEqual(timers.map(({ after }) => after), [250]);
});

test("an answer that does not come holds nothing up for long, and somebody who goes on typing only for half a second", () => {
  pace.ask();
  for (let key = 0; key < 6; key += 1) {
    pace.hold();
    now += 90;
  }
  frames.shift()();
  assert.equal(paints, 1);
});

test("what somebody did in the rows does not wait for an answer", () => {
  pace.hold();
  pace.ask();
  pace.now();
  frame(1);
  assert.equal(paints, 1);
});
