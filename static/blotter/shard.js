// The sequence of one shard (a table of a desk): what we have, what is missing, what has to be thrown away.
//
// A frame says "I lead from p to q". It applies when p is not after what we have; a frame from before that is harmless,
// since rows carry revisions. While a snapshot is on its way frames are kept, and those after its seq applied on top.

export const EMPTY = "empty";
export const FILLING = "filling";
export const LIVE = "live";
export const GAPPED = "gapped";
export const DENIED = "denied";

export class Shard {
  mode = EMPTY;
  epoch = null;
  seq = null;
  /** Heartbeats since the server was asked for what we lack. */
  beats = 0;
  #kept = [];
  #attempt = 0;
  #missing = 0;

  /** deliver: {snapshot(rows), rows(rows, gone, frame)} */
  constructor(key, deliver) {
    this.key = key;
    [this.table, this.desk] = key.split("@");
    this.deliver = deliver;
  }

  /** What to ask the server to go on from; null when only a snapshot will do. */
  since(epoch) {
    return this.seq !== null && this.epoch === epoch ? this.seq : null;
  }

  /** A new line: what we have is old until the server says that it goes on from there. */
  rejoin() {
    Object.assign(this, { mode: this.mode === LIVE ? GAPPED : this.mode, beats: 0 });
    this.#missing = this.seq ?? 0;
  }

  /** The server goes on from where we are. What is known to be missing must still come. */
  resumed() {
    if (this.mode === GAPPED && this.seq >= this.#missing) this.mode = LIVE;
  }

  /** For how many heartbeats the server has owed us rows; `head`: where it says we stand, if it tells us of this shard. */
  owed(head) {
    const owes = this.mode === EMPTY || this.mode === GAPPED || (this.mode === LIVE && head === undefined);
    this.beats = owes ? this.beats + 1 : 0;
    return this.beats;
  }

  /** A snapshot is needed; answers the number of this attempt, which an older one's answer will not carry. */
  refill(epoch) {
    Object.assign(this, { mode: FILLING, epoch, seq: null });
    this.#kept = [];
    this.#missing = 0;
    this.#attempt += 1;
    return this.#attempt;
  }

  /** Whether the snapshot of this attempt is still wanted. */
  awaits(attempt) {
    return this.mode === FILLING && attempt === this.#attempt;
  }

  /** Put the snapshot in, then the frames that came meanwhile. False when it is of another attempt or epoch. */
  fill(snapshot, attempt) {
    if (!this.awaits(attempt) || snapshot.epoch !== this.epoch) return false;
    this.deliver.snapshot(snapshot.rows);
    this.seq = snapshot.seq;
    this.mode = LIVE;
    const kept = this.#kept;
    this.#kept = [];
    return kept.every((frame) => this.frame(frame) !== "gap");
  }

  /** The books as they stand, read while the stream is silent: shown, but no place in the sequence. */
  refresh(snapshot) {
    this.deliver.snapshot(snapshot.rows);
  }

  /** Take a frame: "applied", "kept" for later, "old" (we have it), "gap" (ask for what is missing) or "asked". */
  frame(frame) {
    if (this.mode === FILLING) {
      this.#kept.push(frame);
      return "kept";
    }
    if (this.mode === EMPTY || this.mode === DENIED || frame.q <= this.seq) return "old";
    if (frame.p > this.seq) {
      const asked = this.mode === GAPPED;
      this.mode = GAPPED;
      this.#missing = Math.max(this.#missing, frame.p);
      return asked ? "asked" : "gap";
    }
    this.mode = LIVE;
    this.seq = frame.q;
    this.deliver.rows(frame.n ?? [], frame.x ?? [], frame);
    return "applied";
  }

  /** We may no longer see this desk: nothing of it stays on the page. */
  deny() {
    Object.assign(this, { mode: DENIED, epoch: null, seq: null });
    this.#kept = [];
    this.deliver.snapshot([]);
  }
}
