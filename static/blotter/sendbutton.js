// The button that sends: it repeats the order in words, or says what is in the way.

import { el } from "./dom.js";

/** What it says, the key that presses it, and whether it can be pressed. No page needed. */
export function sendState({ step, sending, no, missing, override, words }) {
  const can = !sending && missing.length === 0 && no === "";
  const says = (text, key = "") => ({ can, text, key });
  if (sending) return says("Sending…");
  if (no) return says(no);
  if (override.state === "asked") return says("Waiting for Compliance");
  if (missing.length) return says(`Needs ${missing[0]}`);
  if (override.verb) return says(`${override.verb}: ${words()}`, "⏎");
  if (step === "twice") return says(`Once more: ${words()}`, "⏎");
  if (step === "confirm") return says(`Confirm ${words()}`, "⏎");
  return says(`Send ${words()}`, "Ctrl ⏎");
}

export function drawSend(button, given) {
  const { can, text, key } = sendState(given);
  button.dataset.step = given.step;
  button.disabled = !can;
  button.replaceChildren(text, key ? el("kbd", {}, key) : "");
}
