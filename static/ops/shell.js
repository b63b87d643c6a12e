// What every page of the desk has around it: theme, clock, state of the line, tabs with their counts, and the keys.

import { $, remembered, text } from "../blotter/dom.js";
import { Hotkeys } from "../blotter/hotkeys.js";
import { dress } from "../blotter/theme.js";

/** Keys of one letter may be turned off: whoever speaks to the machine presses them without meaning to. */
class Keys extends Hotkeys {
  add(group, names, shown, words, run) {
    super.add(group, names, shown, words, run && ((event) => ($("keys-on").checked || event.key.length > 1 ? run(event) : null)));
  }
}

export function shell() {
  dress();
  document.body.classList.add("scripted");
  const hotkeys = new Keys();
  $("help").addEventListener("click", () => hotkeys.overlay());
  $("keys-on").checked = remembered.get("ops.keys", true);
  $("keys-on").addEventListener("change", ({ target }) => remembered.set("ops.keys", target.checked));
  const tick = () => text("clock", `${new Date().toISOString().slice(11, 19)} UTC`);
  tick();
  setInterval(tick, 1000);
  const tabs = [...document.querySelectorAll(".tabs a")];
  hotkeys.add("Pages", [], "1 … 9, 0", "Go to the page with this number");
  tabs.slice(0, 10).forEach((tab, at) => {
    document.addEventListener("keydown", (event) => {
      const free = !event.ctrlKey && !event.metaKey && !event.altKey && !event.target.closest?.("input, select, textarea");
      if (free && $("keys-on").checked && event.key === String((at + 1) % 10) && !document.querySelector("dialog[open]")) location.href = tab.href;
    });
  });
  hotkeys.add("Pages", ["?"], "?", "These keys", () => hotkeys.overlay());
  return hotkeys;
}

/** The state of the line, as the badge says it. */
export function line(state, word) {
  $("state").dataset.state = state;
  text("state-word", word);
}

/** What every reading says beside its rows: the business date, and how much waits on each page. */
export function around({ today, attention }) {
  text("today", today);
  for (const badge of document.querySelectorAll(".tabs .count")) {
    const count = attention[badge.dataset.count] ?? 0;
    badge.hidden = !count;
    badge.textContent = String(count);
  }
}
