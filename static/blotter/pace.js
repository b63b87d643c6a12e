// How often a page paints: at once where it is cheap, less often where a frame costs much.
//
// Where two processors draw the page and run the desk, painting at every frame would leave a keystroke to wait behind
// frames nobody can tell apart. So a paint is followed by a rest of twice what it cost, layout and painting included.

const REST = 2;
const LONGEST_MS = 100;
// Timers are no finer than this.
const FRAME_MS = 4;

export class Pace {
  #asked = false;
  #started = 0;
  #free = 0;

  /** paint(): draws everything that changed. */
  constructor(paint) {
    this.paint = paint;
    // A message sent within a frame is heard when the frame has been laid out and painted.
    this.after = new MessageChannel();
    this.after.port1.onmessage = () => this.#painted();
  }

  /** Paint in the next frame, or as soon as the last one is paid for. Asking twice is asking once. */
  ask() {
    if (this.#asked) return;
    this.#asked = true;
    const wait = this.#free - performance.now();
    if (wait > FRAME_MS) setTimeout(() => this.#frame(), wait);
    else this.#frame();
  }

  #frame() {
    requestAnimationFrame(() => {
      this.#asked = false;
      this.#started = performance.now();
      this.paint();
      this.after.port2.postMessage(null);
    });
  }

  #painted() {
    const now = performance.now();
    this.#free = now + Math.min(REST * (now - this.#started), LONGEST_MS);
  }
}
