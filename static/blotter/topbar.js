// The state of the line, how old changes are when painted, the clock in UTC, and the theme.

import { $, text } from "./dom.js";
import { dress } from "./theme.js";

const AGE = "Age of a change when it is painted, over the last 300: median and 99th percentile.";
const WORDS = { live: "LIVE", "catching-up": "CATCHING UP", offline: "OFFLINE" };

export class TopBar {
  state = "offline";
  why = "connecting";

  /** now(): the server's time. */
  constructor({ desk, restyled, now }) {
    dress(restyled);
    $("desk").addEventListener("change", ({ target }) => {
      location.search = `?desk=${encodeURIComponent(target.value)}`;
    });
    $("desk").value = desk;
    setInterval(() => text("clock", `${new Date(now()).toISOString().slice(11, 19)} UTC`), 250);
  }

  feed(state, why) {
    Object.assign(this, { state, why });
    $("feed-state").dataset.state = state;
    $("feed-state").title = why;
    text("feed-word", WORDS[state]);
  }

  figures(ages, way, sequence) {
    const [middle, most] = ages ?? ["–", "–"];
    text("lat-p50", String(middle));
    text("lat-p99", String(most));
    $("lat").title = AGE + (way ? ` Since the server sent it: ${way[0]} and ${way[1]} ms.` : "");
    text("feed-seq", sequence.toLocaleString("en-US"));
  }
}
