// How often the page paints: static/blotter/pace.js.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Pace } from "../../static/blotter/pace.js";

let now, frames, timers, paints, pace;
const real = { performance: globalThis.performance, setTimeout: globalThis.setTimeout };

/** Draw the next frame; it costs so many milliseconds, and a message is heard after it. */
function frame(cost) {
  const [draw] = frames.splice(0, 1);
  draw();
  now += cost;
  pace.after.port1.onmessage();
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

test("a frame that cost much is followed by a rest of twice that, and what came meanwhile is painted then", () => {
  pace.ask();
  frame(20);
  pace.ask();
  pace.ask();
  assert.deepEqual(frames, []);
  assert.deepEqual(timers.map(({ after }) => after), [40]);
  timers[0].run();
  frame(1);
  assert.equal(paints, 2);
});

test("what comes after the rest does not wait", () => {
  pace.ask();
  frame(20);
  now += 41;
  pace.ask();
  assert.equal(frames.length, 1);
});

test("no rest is longer than a tenth of a second, and none is kept that a timer could not keep", () => {
  pace.ask();
  frame(500);
  pace.ask();
  assert.equal(timers[0].after, 100);
  timers[0].run();
  frame(1);
  pace.ask();
  assert.equal(frames.length, 1);
});
