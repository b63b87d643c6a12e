// Reading an address again and again, and only when something has changed: a conditional GET. Timers and fetch are handed
// in, so Node can test it.

const EVERY_MS = 2_000;
const SLOWEST_MS = 15_000;

export class Live {
  #tag = "";
  #cancel = () => {};
  #tries = 0;
  #turn = 0;

  /** on: {image(body), state(state, word)}; `hidden()` says that nobody looks. */
  constructor({ address, on, fetch = (...given) => globalThis.fetch(...given), after = later, hidden = () => false, every = EVERY_MS }) {
    Object.assign(this, { address, on, fetch, after, hidden, every });
  }

  /** Another address, read at once. */
  async go(address) {
    this.address = address;
    this.#tag = "";
    await this.now();
  }

  /** Read now; the next reading follows of itself. An answer that was overtaken is dropped. */
  async now() {
    this.#cancel();
    const turn = (this.#turn += 1);
    const wait = await this.#read(turn);
    if (turn === this.#turn) this.#cancel = this.after(wait, () => (this.hidden() ? this.#later() : this.now()));
  }

  stop() {
    this.#turn += 1;
    this.#cancel();
  }

  #later() {
    this.#cancel = this.after(this.every, () => (this.hidden() ? this.#later() : this.now()));
  }

  async #read(turn) {
    try {
      const headers = { Accept: "application/json", ...(this.#tag ? { "If-None-Match": this.#tag } : {}) };
      const answer = await this.fetch(this.address, { headers, credentials: "same-origin", cache: "no-store" });
      if (turn !== this.#turn) return this.every;
      if (answer.status === 401 || answer.status === 403) return this.#lost("offline", answer.status === 401 ? "SIGNED OUT" : "NOT ALLOWED");
      if (answer.status === 200) {
        const body = await answer.json();
        if (turn !== this.#turn) return this.every;
        this.#tag = answer.headers.get("ETag") ?? "";
        this.on.image(body);
      } else if (answer.status !== 304) return this.#lost("offline", "NO ANSWER");
      this.#tries = 0;
      this.on.state("live", "LIVE");
      return this.every;
    } catch {
      return turn === this.#turn ? this.#lost("offline", "NO ANSWER") : this.every;
    }
  }

  #lost(state, word) {
    this.#tries += 1;
    this.on.state(state, word);
    return Math.min(SLOWEST_MS, this.every * 2 ** this.#tries);
  }
}

function later(wait, run) {
  const timer = setTimeout(run, wait);
  return () => clearTimeout(timer);
}
