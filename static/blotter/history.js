// The timeline of the order that was selected last; it grows with its order.

import { $, text } from "./dom.js";
import { showTimeline } from "./timeline.js";

// Walking over rows by keyboard reads one timeline, not twenty.
const PAUSE_MS = 120;

export class History {
  #of = null;
  #timer = 0;

  constructor(api) {
    this.api = api;
  }

  show(id) {
    this.#of = id;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      $("timeline").dataset.order = id;
      text("timeline-title", `Order ${id} timeline`);
      for (const link of links()) {
        link.href = `${link.dataset.ofOrder}${id}/`;
        link.hidden = false;
      }
      showTimeline($("timeline"), this.api, id);
    }, PAUSE_MS);
  }

  /** Orders that changed: the one on show, or a child of it, is read again. */
  follow(changed) {
    if (this.#of !== null && changed.some(({ id, parent_id: parent }) => id === this.#of || parent === this.#of))
      this.show(this.#of);
  }

  clear() {
    clearTimeout(this.#timer);
    this.#of = null;
    $("timeline").replaceChildren();
    text("timeline-title", "Order timeline");
    for (const link of links()) link.hidden = true;
  }
}

/** What leads to pages about the order. */
const links = () => document.querySelectorAll("[data-of-order]");
