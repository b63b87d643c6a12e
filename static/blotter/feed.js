// One websocket to the hub: says hello, subscribes shards, fetches snapshots over HTTP, acknowledges, notices silence,
// comes back by itself. Everything from outside (socket, fetch, clock, timers) is handed in, so Node can test it.
//
//   C>S hello, sub {s, since}, resume {s, since}, want {i, d}, ack {c, q, lat}
//   S>C welcome {perms}, perms {perms}, ok, resync {s, why, epoch, url}, d and ev {s, p, q, ts, n, x}, q {u}, hb {ts, c, q, src}
//
// A message or a field that it does not know is passed over. What it asked and got no answer to is asked again.

import { snapshotUrl } from "./load.js";
import { DENIED, LIVE, Shard } from "./shard.js";
import { fits, parsed } from "./spoken.js";

const ACK_MS = 500;
const ACK_FRAMES = 8;
// A quarter of what the hub lets be under way: large frames must not wait for the half second.
const ACK_BYTES = 250_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
const STALE_MS = 5_000;
// An answer that has not come for so many heartbeats does not come.
const PATIENCE_BEATS = 2;
const WHY = { 4401: "signed out", 4403: "this address is not trusted", 4429: "too many open pages" };
const FINAL = new Set([4401, 4403]);

export class Feed {
  state = "offline";
  why = "";
  ended = false;
  #socket = null;
  #shards = new Map();
  #tries = 0;
  #received = 0;
  #acked = 0;
  #size = 0;
  #unacked = 0;
  #heartbeat = 2000;
  #sourceUp = true;
  #refreshed = -Infinity;
  #wanted = null;
  #rights = null;
  #greeted = false;
  #cancel = {};

  /** on: {snapshot(table, rows, desk), rows(table, rows, gone, frame, desk), quotes(rows), state(state, why), beat(message), perms(now, before)} */
  constructor({ desk, desks = [desk], tables, schema = {}, open, load, on, now = () => performance.now(), after = later, random = Math.random, tab = "" }) {
    Object.assign(this, { schema, open, load, on, now, after, random, tab });
    for (const one of desks) for (const table of tables) this.#add(`${table}@${one}`);
  }

  start() {
    this.#connect();
  }

  stop() {
    for (const cancel of Object.values(this.#cancel)) cancel();
    this.#cancel = {};
    this.#socket?.close();
    this.#socket = null;
  }

  /** Only quotes of these instruments are sent; of `ladders` with what each venue says. */
  want(instruments, ladders = []) {
    this.#wanted = { i: instruments, d: ladders };
    this.#say({ op: "want", ...this.#wanted });
  }

  get sequence() {
    return Math.max(0, ...[...this.#shards.values()].map((shard) => shard.seq ?? 0));
  }
  /** The desk that may not be seen any more, or "". */
  get denied() {
    return [...this.#shards.values()].find(({ mode }) => mode === DENIED)?.desk ?? "";
  }
  get received() {
    return this.#received;
  }

  #add(key) {
    const [table, desk] = key.split("@");
    this.#shards.set(
      key,
      new Shard(key, {
        snapshot: (rows) => this.on.snapshot(table, rows, desk),
        rows: (rows, gone, frame) => this.on.rows(table, rows, gone, frame, desk),
      }),
    );
  }

  #connect() {
    const socket = this.open();
    this.#socket = socket;
    this.#received = this.#acked = 0;
    this.#greeted = false;
    socket.onopen = () => this.#say({ op: "hello", v: 1, tab: this.tab });
    socket.onmessage = ({ data }) => {
      if (socket === this.#socket) this.#read(data);
    };
    socket.onclose = ({ code, reason } = {}) => {
      if (socket === this.#socket) this.#lost(code, reason);
    };
    this.#watch();
  }

  #lost(code, reason = "") {
    this.#socket = null;
    this.#timer("silence", null);
    this.#timer("ack", null);
    this.ended = FINAL.has(code);
    // Whoever may not look any more is left nothing to look at.
    if (this.ended) for (const shard of this.#shards.values()) shard.deny();
    this.#tell("offline", reason || (WHY[code] ?? "connection lost"));
    if (this.ended) return;
    const ceiling = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#tries);
    this.#tries += 1;
    this.#timer("reconnect", ceiling * (0.5 + this.random() / 2), () => this.#connect());
  }

  /** Two heartbeats missed is a dead line, whatever TCP believes. */
  #watch() {
    this.#timer("silence", 2 * this.#heartbeat + 500, () => this.#drop());
  }

  /** Give this line up: the next one goes on from where we are. */
  #drop() {
    const socket = this.#socket;
    this.#lost();
    socket.onclose = null;
    socket.close();
  }

  /** What cannot be read was cut off on its way, and a heartbeat before the welcome means that the welcome was lost. */
  #read(data) {
    const message = parsed(data);
    this.#size = data.length;
    if (typeof message?.t !== "string" || (message.t === "hb" && !this.#greeted)) this.#drop();
    else this.#hear(message);
  }

  #hear(message) {
    this.#watch();
    const { t, s } = message;
    const shard = this.#shards.get(s);
    if (t === "welcome") this.#welcome(message);
    else if (t === "ok") shard?.resumed();
    else if (t === "resync") this.#resync(shard, message);
    else if (t === "d" || t === "ev") this.#frame(shard, message);
    else if (t === "q") this.#counted(() => this.on.quotes(message.u));
    else if (t === "hb") this.#beat(message);
    else if (t === "perms") this.#perms(message.perms);
    this.#judge();
  }

  #welcome({ hb, epoch, perms, schema = this.schema }) {
    if (!fits(this.schema, schema)) {
      this.stop();
      this.#tell("offline", "the server was changed: load the page anew");
      return;
    }
    this.#greeted = true;
    this.#heartbeat = hb;
    this.#righted(perms);
    this.#tries = 0;
    for (const shard of this.#shards.values()) {
      shard.rejoin();
      this.#say({ op: "sub", s: shard.key, since: shard.since(epoch) });
    }
    if (this.#wanted) this.#say({ op: "want", ...this.#wanted });
    this.#timer("ack", ACK_MS, () => this.#tick());
  }

  /** What the user may see and do has changed: a desk that was given back is read again. */
  #perms(perms) {
    this.#righted(perms);
    for (const shard of this.#shards.values())
      if (shard.mode === DENIED && perms.desks.includes(shard.desk)) this.#say({ op: "sub", s: shard.key, since: null });
  }

  #righted(perms) {
    const before = this.#rights;
    this.#rights = perms;
    if (before && JSON.stringify(before) !== JSON.stringify(perms)) this.on.perms?.(perms, before);
  }

  #resync(shard, { why, epoch, url }) {
    if (!shard) return;
    if (why === "perm") shard.deny();
    else this.#fill(shard, shard.refill(epoch), url, 0);
  }

  async #fill(shard, attempt, url, tries) {
    const snapshot = await this.load(url).catch(() => null);
    if (!shard.awaits(attempt)) return;
    if (snapshot && snapshot.epoch === shard.epoch) {
      if (!shard.fill(snapshot, attempt)) this.#resume(shard);
      this.#judge();
      return;
    }
    // Either it did not come, or the stream has begun anew since: what was read is shown, and read again.
    if (snapshot) shard.refresh(snapshot);
    this.after(Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries), () => {
      if (shard.awaits(attempt)) this.#fill(shard, attempt, url, tries + 1);
    });
  }

  #frame(shard, frame) {
    this.#counted(() => {
      if (shard?.frame(frame) === "gap") this.#resume(shard);
    });
  }

  #resume(shard) {
    shard.beats = 0;
    this.#say({ op: "resume", s: shard.key, since: shard.seq });
  }

  #counted(take) {
    this.#received += 1;
    this.#unacked += this.#size;
    take();
    if (this.#received - this.#acked >= ACK_FRAMES || this.#unacked >= ACK_BYTES) this.#ack();
  }

  #beat(message) {
    this.#sourceUp = message.src.up && message.src.relay_ms < STALE_MS;
    this.on.beat(message);
    if (message.c !== undefined && message.c !== this.#received) this.#miscounted(message.c);
    for (const shard of this.#shards.values()) this.#compare(shard, message.q?.[shard.key]);
    if (!this.#sourceUp && this.now() - this.#refreshed > STALE_MS) this.#refresh();
  }

  /** Where the hub says we stand is where we should stand; what it owes us an answer to is asked again. */
  #compare(shard, head) {
    const settled = this.#received === this.#acked;
    if (shard.mode === LIVE && head > shard.seq && settled) this.#resume(shard);
    else if (shard.owed(head) >= PATIENCE_BEATS) this.#resume(shard);
  }

  /** Frames were lost or doubled before this heartbeat: none of them is under way any more, and quotes may be missing. */
  #miscounted(sent) {
    this.#received = sent;
    if (this.#wanted) this.#say({ op: "want", ...this.#wanted });
  }

  /** While the stream is silent the books are still there to read. */
  async #refresh() {
    this.#refreshed = this.now();
    for (const shard of this.#shards.values()) {
      if (shard.mode !== LIVE) continue;
      const snapshot = await this.load(snapshotUrl(shard)).catch(() => null);
      // What was asked before the session ended is answered after it.
      if (snapshot && !this.#sourceUp && shard.mode === LIVE) shard.refresh(snapshot);
    }
  }

  #tick() {
    this.#ack();
    this.#timer("ack", ACK_MS, () => this.#tick());
  }

  #ack() {
    if (this.#acked === this.#received) return;
    this.#acked = this.#received;
    this.#unacked = 0;
    const heads = [...this.#shards.values()].filter(({ seq }) => seq !== null).map(({ key, seq }) => [key, seq]);
    this.#say({ op: "ack", c: this.#received, q: Object.fromEntries(heads), lat: this.on.latency?.() ?? null });
  }

  #judge() {
    if (!this.#socket) return;
    const behind = [...this.#shards.values()].filter(({ mode }) => mode !== LIVE);
    if (this.denied) this.#tell("offline", `no permission for desk ${this.denied}`);
    else if (!this.#sourceUp) this.#tell("catching-up", "the live stream is silent; rows are read every few seconds");
    else if (behind.length) this.#tell("catching-up", `waiting for ${behind.map(({ table }) => table).join(", ")}`);
    else this.#tell("live", "");
  }

  #tell(state, why) {
    if (state === this.state && why === this.why) return;
    Object.assign(this, { state, why });
    this.on.state(state, why);
  }

  #say(message) {
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(message));
  }

  #timer(name, wait, run) {
    this.#cancel[name]?.();
    delete this.#cancel[name];
    if (wait !== null) this.#cancel[name] = this.after(wait, run);
  }
}

function later(wait, run) {
  const timer = setTimeout(run, wait);
  return () => clearTimeout(timer);
}
