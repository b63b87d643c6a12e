// What may be heard and shown outside the page: a short tone and the browser's own notice. Off until somebody turns it on.

import { $, remembered } from "./dom.js";

const TONES = { fill: [660, 0.09], reject: [220, 0.22], alert: [440, 0.16] };
const QUIET_MS = 400;

/** Which tone an event has: refusals and whatever waits for somebody are not to be taken for a fill. */
export function toneOf({ kind, severity }) {
  if (kind === "fill") return "fill";
  return kind.endsWith("reject") || severity >= 3 ? "reject" : "alert";
}

export class Notices {
  #sound = null;
  #last = 0;

  constructor() {
    this.#bind("do-sound", "sound", () => this.play("fill"));
    this.#bind("do-notices", "notices", () => globalThis.Notification?.requestPermission());
  }

  /** One tone for what came together, and one notice for what waits for somebody who looks elsewhere. */
  heard(events) {
    if (!events.length) return;
    const worst = [...events].sort((a, b) => b.severity - a.severity)[0];
    if (remembered.get("sound", false)) this.play(toneOf(worst));
    if (remembered.get("notices", false) && document.hidden && worst.severity >= 2 && globalThis.Notification?.permission === "granted")
      new Notification(worst.title, { body: worst.text ?? "", tag: String(worst.id) });
  }

  play(name, now = performance.now()) {
    if (now - this.#last < QUIET_MS) return;
    this.#last = now;
    this.#sound ??= new AudioContext();
    const [pitch, seconds] = TONES[name];
    const [tone, volume] = [this.#sound.createOscillator(), this.#sound.createGain()];
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.08, this.#sound.currentTime);
    volume.gain.exponentialRampToValueAtTime(0.0001, this.#sound.currentTime + seconds);
    tone.connect(volume).connect(this.#sound.destination);
    tone.start();
    tone.stop(this.#sound.currentTime + seconds);
  }

  #bind(id, name, turnedOn) {
    const show = () => $(id).setAttribute("aria-pressed", String(remembered.get(name, false)));
    $(id).addEventListener("click", () => {
      remembered.set(name, !remembered.get(name, false));
      show();
      if (remembered.get(name, false)) turnedOn();
    });
    show();
  }
}
