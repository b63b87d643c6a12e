import assert from "node:assert/strict";
import { test } from "node:test";
import { Live } from "../../static/ops/live.js";

/** A server that answers what it is told to, and timers that run when they are told to. */
function scene(...answers) {
  const seen = { asked: [], images: [], states: [], waits: [] };
  let due = null;
  let nobody = false;
  const live = new Live({
    address: "/rows",
    hidden: () => nobody,
    on: { image: (body) => seen.images.push(body), state: (...state) => seen.states.push(state.join(" ")) },
    fetch: async (address, { headers }) => {
      seen.asked.push([address, headers["If-None-Match"] ?? ""]);
      const answer = answers.shift();
      if (answer === undefined) throw new Error("gone");
      return typeof answer === "function" ? answer() : answer;
    },
    after: (wait, run) => {
      seen.waits.push(wait);
      due = run;
      return () => {
        due = null;
      };
    },
  });
  return { live, seen, tick: () => due?.(), hide: (on) => (nobody = on), waiting: () => due !== null };
}

const said = (body, tag) => ({ status: 200, headers: new Map([["ETag", tag]]), json: async () => body });
const same = { status: 304, headers: new Map() };

test("what is unchanged is asked for by its tag and not drawn again", async () => {
  const { live, seen, tick } = scene(said({ n: 1 }, '"a"'), same, said({ n: 2 }, '"b"'));
  await live.now();
  await tick();
  await tick();
  assert.deepEqual(seen.asked.map(([, tag]) => tag), ["", '"a"', '"a"']);
  assert.deepEqual(seen.images, [{ n: 1 }, { n: 2 }]);
  assert.deepEqual(new Set(seen.states), new Set(["live LIVE"]));
});

test("another address is read at once and without the old tag", async () => {
  const { live, seen } = scene(said({ n: 1 }, '"a"'), said({ n: 2 }, '"b"'));
  await live.now();
  await live.go("/rows?state=failing");
  assert.deepEqual(seen.asked[1], ["/rows?state=failing", ""]);
});

test("no answer is told, and asked for again more and more slowly", async () => {
  const { live, seen, tick } = scene();
  await live.now();
  for (let n = 0; n < 4; n += 1) await tick();
  assert.equal(seen.states.at(-1), "offline NO ANSWER");
  assert.deepEqual(seen.waits, [4000, 8000, 15000, 15000, 15000]);
});

test("whoever is signed out is told so", async () => {
  const { live, seen } = scene({ status: 401, headers: new Map() }, { status: 403, headers: new Map() });
  await live.now();
  await live.now();
  assert.deepEqual(seen.states, ["offline SIGNED OUT", "offline NOT ALLOWED"]);
});

test("nothing is asked while nobody looks", async () => {
  const { live, seen, tick, hide, waiting } = scene(said({}, '"a"'), same);
  await live.now();
  hide(true);
  await tick();
  assert.equal(seen.asked.length, 1);
  assert.ok(waiting());
  hide(false);
  await tick();
  assert.equal(seen.asked.length, 2);
});

test("an answer that was overtaken is dropped", async () => {
  let release;
  const late = new Promise((resolve) => (release = resolve));
  const { live, seen } = scene(() => late, said({ n: 2 }, '"b"'));
  const first = live.now();
  await live.go("/other");
  release(said({ n: 1 }, '"a"'));
  await first;
  assert.deepEqual(seen.images, [{ n: 2 }]);
});

test("after it is stopped nothing comes", async () => {
  const { live, seen, waiting } = scene(said({}, '"a"'));
  const reading = live.now();
  live.stop();
  await reading;
  assert.deepEqual(seen.images, []);
  assert.ok(!waiting());
});
