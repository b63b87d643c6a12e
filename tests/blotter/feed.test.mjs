import assert from "node:assert/strict";
import { test } from "node:test";

import { Feed } from "../../static/blotter/feed.js";
import { Latency } from "../../static/blotter/latency.js";
import { Store } from "../../static/blotter/store.js";

/** A hub, a clock and timers made of plain objects; each socket keeps what the client said. */
function desk({ tables = ["orders"], schema = {}, snapshots = {} } = {}) {
  const world = { sockets: [], timers: [], time: 1000, loads: [], states: [], quotes: [] };
  world.stores = Object.fromEntries(tables.map((table) => [table, new Store({})]));
  world.snapshot = snapshots;
  world.feed = new Feed({
    desk: "EQ",
    tables,
    schema,
    now: () => world.time,
    random: () => 1,
    after: (wait, run) => {
      const timer = { at: world.time + wait, run };
      world.timers.push(timer);
      return () => {
        timer.run = null;
      };
    },
    open: () => {
      const socket = {
        said: [],
        readyState: 1,
        send: (text) => socket.said.push(JSON.parse(text)),
        close() {
          socket.closed = true;
        },
      };
      world.sockets.push(socket);
      return socket;
    },
    load: (url) => {
      world.loads.push(url);
      return Promise.resolve(world.snapshot[url.split("/")[4]] ?? Promise.reject(new Error("503")));
    },
    on: {
      snapshot: (table, rows) => world.stores[table].replace(rows),
      rows: (table, rows, gone) => {
        world.stores[table].put(rows);
        world.stores[table].remove(gone);
      },
      quotes: (rows) => world.quotes.push(...rows),
      state: (state, why) => world.states.push(why ? `${state}: ${why}` : state),
      beat: () => {},
      latency: () => [1, 2],
    },
  });
  world.socket = () => world.sockets.at(-1);
  world.hear = (message) => world.socket().onmessage({ data: JSON.stringify(message) });
  world.said = (op) => world.socket().said.filter((message) => message.op === op);
  world.pass = (ms) => {
    world.time += ms;
    const due = world.timers.filter((timer) => timer.run && timer.at <= world.time);
    world.timers = world.timers.filter((timer) => !due.includes(timer));
    for (const timer of due) timer.run?.();
  };
  world.rows = (table = "orders") => {
    world.stores[table].settle();
    return [...world.stores[table].rows()].map(({ id, rev }) => [id, rev]).sort();
  };
  return world;
}

const settled = () => new Promise((done) => setImmediate(done));
const welcome = { t: "welcome", v: 1, epoch: "e1", hb: 2000 };
const resync = (more = {}) => ({
  t: "resync",
  s: "orders@EQ",
  why: "new",
  epoch: "e1",
  url: "/api/v1/blotter/orders/snapshot?desk=EQ",
  ...more,
});
const frame = (p, q, n, more = {}) => ({ t: "d", s: "orders@EQ", p, q, ts: 900, n, ...more });
const row = (id, rev) => ({ id, rev });
const beat = (more = {}) => ({ t: "hb", ts: 1, q: {}, src: { up: true, relay_ms: 10 }, ...more });

async function live(snapshot = { epoch: "e1", seq: 10, rows: [row(1, 1)] }) {
  const world = desk({ snapshots: { orders: snapshot } });
  world.feed.start();
  world.socket().onopen();
  world.hear(welcome);
  world.hear(resync());
  await settled();
  return world;
}

test("hello, subscribe, snapshot, live", async () => {
  const world = await live();
  assert.deepEqual(world.socket().said.slice(0, 2), [
    { op: "hello", v: 1, tab: "" },
    { op: "sub", s: "orders@EQ", since: null },
  ]);
  assert.deepEqual(world.rows(), [[1, 1]]);
  assert.deepEqual(world.states, ["catching-up: waiting for orders", "live"]);
});

test("frames that come while the snapshot is on its way are applied on top of it", async () => {
  const world = desk({ snapshots: { orders: { epoch: "e1", seq: 11, rows: [row(1, 2), row(2, 1)] } } });
  world.feed.start();
  world.hear(welcome);
  world.hear(resync());
  world.hear(frame(9, 10, [row(1, 1)]));
  world.hear(frame(10, 11, [row(2, 1)]));
  world.hear(frame(11, 12, [row(2, 2)], { x: [1] }));
  await settled();
  assert.deepEqual(world.rows(), [[2, 2]]);
  assert.equal(world.feed.sequence, 12);
});

test("a gap asks for what is missing, once, and the answer closes it", async () => {
  const world = await live();
  world.hear(frame(12, 13, [row(3, 1)]));
  world.hear(frame(13, 14, [row(4, 1)]));
  assert.deepEqual(world.said("resume"), [{ op: "resume", s: "orders@EQ", since: 10 }]);
  assert.equal(world.feed.state, "catching-up");
  world.hear(frame(9, 12, [row(2, 1)]));
  world.hear(frame(12, 14, [row(3, 1), row(4, 1)]));
  assert.deepEqual(world.rows(), [
    [1, 1],
    [2, 1],
    [3, 1],
    [4, 1],
  ]);
  assert.equal(world.feed.state, "live");
});

test("frames told twice change nothing", async () => {
  const world = await live();
  world.hear(frame(10, 11, [row(1, 2)]));
  world.hear(frame(10, 11, [row(1, 9)]));
  assert.deepEqual(world.rows(), [[1, 2]]);
});

test("the hub lost the thread: a new snapshot replaces everything", async () => {
  const world = await live();
  world.snapshot.orders = { epoch: "e2", seq: 3, rows: [row(7, 1)] };
  world.hear(resync({ why: "epoch", epoch: "e2" }));
  await settled();
  assert.deepEqual(world.rows(), [[7, 1]]);
  assert.equal(world.feed.sequence, 3);
});

test("a snapshot of another epoch is shown, and read again until it fits", async () => {
  const world = desk({ snapshots: { orders: { epoch: "", seq: 0, rows: [row(1, 1)] } } });
  world.feed.start();
  world.hear(welcome);
  world.hear(resync());
  await settled();
  assert.deepEqual(world.rows(), [[1, 1]]);
  assert.equal(world.feed.state, "catching-up");
  world.snapshot.orders = { epoch: "e1", seq: 5, rows: [row(1, 2)] };
  world.pass(600);
  await settled();
  assert.equal(world.feed.state, "live");
});

test("after a lost line the feed comes back where it was", async () => {
  const world = await live();
  world.hear(frame(10, 11, [row(2, 1)]));
  world.socket().onclose({ code: 1006 });
  assert.equal(world.states.at(-1), "offline: connection lost");
  world.pass(500);
  assert.equal(world.sockets.length, 2);
  world.hear(welcome);
  assert.deepEqual(world.said("sub"), [{ op: "sub", s: "orders@EQ", since: 11 }]);
  world.hear({ t: "ok", s: "orders@EQ", seq: 11 });
  assert.equal(world.feed.state, "live");
});

test("a stream that began anew is not resumed", async () => {
  const world = await live();
  world.socket().onclose({ code: 1006 });
  world.pass(500);
  world.hear({ ...welcome, epoch: "e2" });
  assert.deepEqual(world.said("sub"), [{ op: "sub", s: "orders@EQ", since: null }]);
});

test("waits between attempts grow to fifteen seconds", () => {
  const world = desk();
  world.feed.start();
  const waits = [];
  for (let attempt = 0; attempt < 7; attempt += 1) {
    world.socket().onclose({ code: 1006 });
    const { at } = world.timers.filter((timer) => timer.run).at(-1);
    waits.push(at - world.time);
    world.pass(at - world.time);
  }
  assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 15000, 15000]);
});

test("after a lost line nothing is live until the hub says that it goes on from there", async () => {
  const world = await live();
  world.socket().onclose({ code: 1006 });
  world.pass(500);
  world.hear(welcome);
  assert.equal(world.states.at(-1), "catching-up: waiting for orders");
  world.hear(beat());
  world.hear(beat());
  assert.deepEqual(world.said("resume"), [{ op: "resume", s: "orders@EQ", since: 10 }], "an answer that was lost is asked for again");
  world.hear({ t: "ok", s: "orders@EQ", seq: 10 });
  assert.equal(world.feed.state, "live");
});

test("a subscription that the hub never heard is made again", async () => {
  const world = desk({ snapshots: { orders: { epoch: "e1", seq: 10, rows: [row(1, 1)] } } });
  world.feed.start();
  world.hear(welcome);
  for (let beats = 0; beats < 4; beats += 1) world.hear(beat());
  assert.deepEqual(world.said("resume"), Array(2).fill({ op: "resume", s: "orders@EQ", since: null }));
});

test("a shard that the hub does not know of is not live for long", async () => {
  const world = await live();
  world.hear(beat({ q: { "orders@EQ": 10 } }));
  world.hear(beat());
  assert.deepEqual(world.said("resume"), []);
  world.hear(beat());
  assert.deepEqual(world.said("resume"), [{ op: "resume", s: "orders@EQ", since: 10 }]);
});

test("an answer to a gap that was lost, too, is asked for again", async () => {
  const world = await live();
  world.hear(frame(12, 13, [row(3, 1)]));
  world.hear({ t: "ok", s: "orders@EQ", seq: 10 });
  assert.equal(world.feed.state, "catching-up", "what is missing has not come");
  for (let beats = 0; beats < 2; beats += 1) world.hear(beat({ q: { "orders@EQ": 13 } }));
  assert.equal(world.said("resume").length, 2);
  world.hear(frame(10, 13, [row(2, 1), row(3, 1)]));
  assert.equal(world.feed.state, "live");
});

test("frames lost on the way are not owed for ever, and quotes among them are asked for again", async () => {
  const world = await live();
  world.feed.want([5]);
  world.hear(beat({ c: 4, q: { "orders@EQ": 10 } }));
  world.pass(500);
  assert.equal(world.said("ack").at(-1).c, 4);
  assert.equal(world.said("want").length, 2);
  world.hear(frame(10, 11, []));
  world.hear(beat({ c: 5, q: { "orders@EQ": 11 } }));
  assert.equal(world.said("want").length, 2);
});

test("half a message, or a heartbeat to whom nobody said welcome, is a broken line", async () => {
  const world = await live();
  world.socket().onmessage({ data: '{"t":"d","s":"orders@EQ","p":10,"q":11,"n":[[1,' });
  assert.equal(world.states.at(-1), "offline: connection lost");
  world.pass(500);
  world.hear(beat());
  assert.deepEqual([world.sockets.length, world.feed.state], [2, "offline"]);
  world.pass(1000);
  world.hear(welcome);
  world.hear({ t: "ok", s: "orders@EQ", seq: 10 });
  assert.equal(world.feed.state, "live");
});

test("what a later version says besides is passed over", async () => {
  const world = await live();
  world.hear({ t: "forecast", v: 7, s: "orders@EQ", p: 10, q: 99, n: [row(9, 9)] });
  world.hear({ ...frame(10, 11, [row(2, 1)]), v: 7, why: { any: [1] } });
  assert.deepEqual(world.rows(), [[1, 1], [2, 1]]);
  assert.equal(world.feed.state, "live");
});

test("a server with other columns is not listened to, one with more of them is", () => {
  for (const [columns, state] of [
    [["id", "rev", "price", "new"], "catching-up"],
    [["id", "new", "rev", "price"], "offline"],
    [["id"], "offline"],
  ]) {
    const world = desk({ schema: { orders: ["id", "rev", "price"] } });
    world.feed.start();
    world.hear({ ...welcome, v: 2, schema: { orders: columns, others: ["id"] } });
    assert.equal(world.feed.state, state);
    for (let times = 0; times < 2; times += 1) world.pass(60_000);
    assert.equal(world.sockets.length, state === "offline" ? 1 : 2, "a page of before does not come back");
  }
});

test("silence for two heartbeats is a dead line", async () => {
  const world = await live();
  world.pass(2000);
  world.hear(beat());
  world.pass(4400);
  assert.equal(world.feed.state, "live");
  world.pass(200);
  assert.equal(world.feed.state, "offline");
  assert.ok(world.socket().closed);
});

test("whoever may not look any more is left nothing to look at, and is told why", async () => {
  const world = await live();
  world.socket().onclose({ code: 4401, reason: "your user may not sign in any more" });
  assert.equal(world.states.at(-1), "offline: your user may not sign in any more");
  assert.deepEqual([world.rows(), world.feed.ended], [[], true]);
  world.pass(60_000);
  assert.equal(world.sockets.length, 1);
});

test("a desk that was taken away and given back is read again", async () => {
  const world = await live();
  const told = [];
  world.feed.on.perms = (now, before) => told.push([now.desks, before.desks]);
  const perms = (...desks) => ({ t: "perms", perms: { desks, may_trade: true, may_change: true } });
  world.hear({ ...welcome, ...perms("EQ"), t: "welcome" });
  world.hear(resync({ why: "perm" }));
  world.hear(perms("FX"));
  assert.deepEqual([world.rows(), world.feed.denied, world.states.at(-1)], [[], "EQ", "offline: no permission for desk EQ"]);
  const before = world.said("sub").length;
  world.hear(perms("EQ", "FX"));
  assert.equal(world.said("sub").length, before + 1);
  world.hear(resync());
  await settled();
  assert.deepEqual([world.rows(), world.feed.denied, world.states.at(-1)], [[[1, 1]], "", "live"]);
  assert.deepEqual(told, [[["FX"], ["EQ"]], [["EQ", "FX"], ["FX"]]]);
});

test("signed out means no more attempts", async () => {
  const world = await live();
  world.socket().onclose({ code: 4401 });
  world.pass(60_000);
  assert.equal(world.sockets.length, 1);
  assert.equal(world.states.at(-1), "offline: signed out");
});

test("a desk taken away leaves no row behind", async () => {
  const world = await live();
  world.hear(resync({ why: "perm" }));
  world.hear(frame(10, 11, [row(2, 1)]));
  assert.deepEqual(world.rows(), []);
  assert.equal(world.states.at(-1), "offline: no permission for desk EQ");
});

test("what was received is acknowledged: every half second, and at once when much has come", async () => {
  const world = await live();
  world.hear(frame(10, 11, []));
  world.pass(500);
  assert.deepEqual(world.said("ack"), [{ op: "ack", c: 1, q: { "orders@EQ": 11 }, lat: [1, 2] }]);
  for (let seq = 11; seq < 19; seq += 1) world.hear(frame(seq, seq + 1, []));
  assert.equal(world.said("ack").at(-1).c, 9);
  world.hear(frame(19, 20, [], { more: "x".repeat(300_000) }));
  assert.equal(world.said("ack").at(-1).c, 10, "a large frame at once");
});

test("a heartbeat ahead of us asks for the lost tail", async () => {
  const world = await live();
  world.hear(beat({ q: { "orders@EQ": 12 } }));
  assert.deepEqual(world.said("resume"), [{ op: "resume", s: "orders@EQ", since: 10 }]);
});

test("while the stream is silent the rows are read from the books", async () => {
  const world = await live();
  world.time += 10_000;
  world.snapshot.orders = { epoch: "", seq: 0, rows: [row(1, 5)] };
  world.hear(beat({ src: { up: false, relay_ms: 9e9 } }));
  await settled();
  assert.match(world.states.at(-1), /^catching-up: the live stream is silent/);
  assert.deepEqual(world.rows(), [[1, 5]]);
  world.hear(beat());
  assert.equal(world.feed.state, "live");
});

test("rows that were asked for before the session ended are not shown after it", async () => {
  const world = await live();
  world.hear(beat({ src: { up: false, relay_ms: 9e9 } }));
  assert.equal(world.loads.length, 2, "the books are being read");
  world.socket().onclose({ code: 4401 });
  await settled();
  assert.deepEqual(world.rows(), []);
});

test("quotes are asked for by instrument, also after coming back", async () => {
  const world = await live();
  world.feed.want([5, 6], [6]);
  world.hear({ t: "q", ts: 1, u: [[5, "1.5", "1.4", "1.6"]] });
  assert.deepEqual(world.quotes, [[5, "1.5", "1.4", "1.6"]]);
  world.socket().onclose({ code: 1006 });
  world.pass(500);
  world.hear(welcome);
  assert.deepEqual(world.said("want"), [{ op: "want", i: [5, 6], d: [6] }]);
});

test("whatever is dropped, doubled, delayed or cut off, the client ends with the server's rows", async () => {
  const random = randomNumbers(3);
  const truth = new Map();
  const frames = [];
  let seq = 0;
  const world = desk({
    snapshots: {
      get orders() {
        return { epoch: "e1", seq, rows: [...truth.values()].map((r) => ({ ...r })) };
      },
    },
  });
  const answer = async () => {
    for (const said of world.socket().said.splice(0)) {
      if (said.op !== "sub" && said.op !== "resume") continue;
      const from = frames.find((f) => f.p <= (said.since ?? -1) && f.q > said.since);
      if (said.since === seq) world.hear({ t: "ok", s: "orders@EQ", seq });
      else if (!from || random() < 0.2) world.hear(resync({ why: "trim" }));
      else for (const f of frames.slice(frames.indexOf(from))) world.hear(f);
      await settled();
    }
  };
  world.feed.start();
  world.hear(welcome);
  for (let round = 1; round < 600; round += 1) {
    await answer();
    const id = Math.floor(random() * 30);
    truth.set(id, row(id, round));
    const next = frame(seq, seq + 1, [row(id, round)]);
    seq += 1;
    frames.push(next);
    if (frames.length > 16) frames.shift();
    const luck = random();
    if (luck > 0.15) world.hear(next);
    if (luck > 0.9) world.hear(frames[Math.floor(random() * frames.length)]);
    if (luck < 0.02) {
      world.socket().onclose({ code: 1006 });
      world.pass(15_000);
      world.hear(welcome);
    }
  }
  for (let turn = 0; turn < 5; turn += 1) {
    await answer();
    world.hear(beat({ q: { "orders@EQ": seq } }));
    world.pass(500);
  }
  assert.deepEqual(world.rows(), [...truth.values()].map(({ id, rev }) => [id, rev]).sort());
  assert.equal(world.feed.state, "live");
});

test("latency is measured when painted and does not trust the desk's clock", () => {
  const latency = new Latency();
  assert.equal(latency.percentiles(), null);
  latency.beat(1000, 61_000);
  latency.beat(3000, 63_040);
  latency.arrived({ ts: 3100, at: 3170 });
  latency.painted(63_200);
  assert.deepEqual(latency.percentiles(), [100, 100]);
  assert.deepEqual(latency.onTheWay(), [30, 30], "of which since the server sent it");
});

function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}
