// Whether one click may send an order. Only after somebody has said so; not for long after the last use; never unseen or on
// old prices. Timers are handed in, so Node can test it.

export const IDLE_MS = 20_000;

export class Arming {
  armed = false;
  why = "";
  #cancel = () => {};

  /** changed(armed, why): '' or why it is not any more. */
  constructor({ changed, after = later }) {
    Object.assign(this, { changed, after });
  }

  /** Refused while `no` says why not. */
  arm(no = "") {
    if (no) {
      this.disarm(no);
      return;
    }
    [this.armed, this.why] = [true, ""];
    this.used();
    this.changed(true, "");
  }

  /** It was used, so somebody is there. */
  used() {
    this.#cancel();
    if (this.armed) this.#cancel = this.after(IDLE_MS, () => this.disarm(`not used for ${IDLE_MS / 1000} s`));
  }

  disarm(why) {
    this.#cancel();
    if (!this.armed && this.why === why) return;
    [this.armed, this.why] = [false, why];
    this.changed(false, why);
  }
}

function later(wait, run) {
  const timer = setTimeout(run, wait);
  return () => clearTimeout(timer);
}
