// The banner while a kill switch concerns the desk. Read at once when an alert says so, and every few seconds in any
// case: the stream may be silent, and then it matters most.

import { $, el } from "./dom.js";
import { time } from "./format.js";

const EVERY_MS = 3_000;
const CODES = new Set(["KILL_SWITCH", "KILL_RELEASED"]);

export class Stopped {
  #shown = "";

  constructor(api, desk) {
    Object.assign(this, { api, desk });
  }

  start() {
    this.look();
    setInterval(() => (document.hidden ? null : this.look()), EVERY_MS);
    document.addEventListener("visibilitychange", () => document.hidden || this.look());
  }

  heard(events) {
    if (events.some(({ code }) => CODES.has(code))) this.look();
  }

  async look() {
    const { ok, body } = await this.api.get(`/api/v1/blotter/switches?desk=${encodeURIComponent(this.desk)}`);
    // Without an answer what was shown last stands: nobody has said that trading goes on.
    if (ok) this.show(body.switches);
  }

  show(switches) {
    const words = JSON.stringify(switches);
    if (words === this.#shown) return;
    this.#shown = words;
    const box = $("stopped");
    box.hidden = switches.length === 0;
    box.replaceChildren(...switches.map(line));
  }
}

export function line({ id, scope, target, reason, since, by }) {
  const whose = scope === "firm" ? "the whole firm" : `${scope} ${target}`;
  return el(
    "p",
    { dataset: { id } },
    el("b", {}, "TRADING STOPPED"),
    ` for ${whose} since ${time(since).slice(0, 8)} UTC by ${by}: `,
    el("q", {}, reason),
    el("span", {}, " Cancels and reduce-only orders pass."),
  );
}
