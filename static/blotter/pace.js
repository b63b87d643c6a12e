// How often a page paints: at once where it is cheap, less often where a frame costs much.
//
// Where two processors draw the page and run the desk, painting at every frame would leave a keystroke to wait behind
// frames nobody can tell apart. So a paint is followed by a rest of four times what it cost: script, layout and painting,
// and where pixels are drawn by a processor, too, how much later than usual the next frame could begin.
//
// Whoever types an order looks at what risk says of it, not at the rows: while that answer is under way they wait a moment.

const REST = 4;
const LONGEST_MS = 120;
// So long rows that changed wait for an answer, and so long at most while somebody goes on typing.
const HELD_MS = 250;
const LONGEST_HELD_MS = 500;
// Timers are no finer than this.
const FINEST_MS = 4;
const FRAME_MS = 17;

export class Pace {
  #asked = false;
  #started = 0;
  #since = 0;
  #free = 0;
  #held = 0;
  #timer = 0;

  /** paint(): draws everything that changed. */
  constructor(paint) {
    this.paint = paint;
    // A message sent within a frame is heard when the frame has been laid out and painted.
    this.after = new MessageChannel();
    this.after.port1.onmessage = () => this.#painted(performance.now() - this.#started);
  }

  /** Paint in the next frame, or as soon as the last one is paid for. Asking twice is asking once. */
  ask() {
    if (this.#asked) return;
    this.#asked = true;
    this.#since = performance.now();
    this.#whenFree();
  }

  /** An answer that somebody waits for is under way: it is drawn first. */
  hold() {
    const latest = this.#asked ? this.#since + LONGEST_HELD_MS : Infinity;
    this.#held = Math.min(performance.now() + HELD_MS, latest);
  }

  /** It has come, and has the next frame for itself. */
  release() {
    this.#held = Math.min(this.#held, performance.now() + FRAME_MS);
  }

  /** Paint in the next frame whatever the last one cost: somebody did something, and the next key acts on what is shown. */
  now() {
    this.#free = this.#held = 0;
    clearTimeout(this.#timer);
    if (this.#asked) this.#frame();
    else this.ask();
  }

  /** The rest is what it was when somebody asked; only an answer under way makes it longer. */
  #whenFree(at = Math.max(this.#free, this.#held)) {
    const wait = at - performance.now();
    if (wait > FINEST_MS) this.#timer = setTimeout(() => this.#whenFree(this.#held), wait);
    else this.#frame();
  }

  #frame() {
    requestAnimationFrame(() => {
      if (this.#held - performance.now() > FINEST_MS) {
        this.#whenFree(this.#held);
        return;
      }
      this.#asked = false;
      this.#started = performance.now();
      this.paint();
      this.after.port2.postMessage(null);
    });
  }

  #painted(cost) {
    this.#rest(cost);
    requestAnimationFrame(() => this.#rest(Math.max(cost, performance.now() - this.#started - FRAME_MS)));
  }

  #rest(cost) {
    this.#free = this.#started + cost + Math.min(REST * cost, LONGEST_MS);
  }
}
