// Asks a question that changes while it is typed: the first at once, of those that follow within a moment the last one only.
// An answer to an earlier question is dropped, whenever it comes. Clock and timers are handed in, so Node can test it.

export const PAUSE_MS = 60;
export const AGAIN_MS = 5_000;

export class Asking {
  #number = 0;
  #cancel = () => {};
  #abort = null;
  #changedAt = -Infinity;

  /** ask(question, signal) promises an answer. on: {asked(), answered(answer, ms)}; ms: since the question was put.
   * While nobody looks (`rests`) a question that was answered is not asked again. */
  constructor({ ask, on, after = later, now = () => performance.now(), rests = () => document.hidden }) {
    Object.assign(this, { ask, on, after, now, rests });
  }

  /** The question is now this one, or none (null). It is asked after `pause` ms, and again every few seconds. */
  put(question, pause = this.#pause()) {
    this.#changedAt = this.now();
    this.#number += 1;
    this.#cancel();
    this.#abort?.abort();
    this.#abort = null;
    if (question === null) return;
    const [number, since] = [this.#number, this.now()];
    this.on.asked();
    // Without a pause it is asked at the end of this turn: a timer would wait for whatever else the page has to do.
    if (pause > 0) this.#later(pause, () => this.#send(question, number, since));
    else queueMicrotask(() => number === this.#number && this.#send(question, number, since));
  }

  /** Whoever types slower than a moment a key need not wait for one. */
  #pause() {
    return this.now() - this.#changedAt >= PAUSE_MS ? 0 : PAUSE_MS;
  }

  async #send(question, number, since) {
    this.#abort = new AbortController();
    const answer = await this.ask(question, this.#abort.signal);
    if (number !== this.#number) return;
    this.#abort = null;
    this.on.answered(answer, this.now() - since);
    this.#again(question, number);
  }

  /** What was true a while ago may not be any more: markets move and others trade. */
  #again(question, number) {
    this.#later(AGAIN_MS, () => (this.rests() ? this.#again(question, number) : this.#send(question, number, this.now())));
  }

  #later(wait, run) {
    this.#cancel = this.after(wait, run);
  }
}

function later(wait, run) {
  const timer = setTimeout(run, wait);
  return () => clearTimeout(timer);
}
