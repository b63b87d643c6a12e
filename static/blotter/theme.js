// Dark, light or high contrast, as the browser remembers it for every page; and the button that turns it.

import { $, remembered } from "./dom.js";

const THEMES = ["dark", "light", "contrast"];

/** The page as it was last chosen. Its button, where it has one, goes on to the next; then ``turned`` is called. */
export function dress(turned = () => null) {
  apply();
  const button = $("theme");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    remembered.set("theme", THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length]);
    apply();
    turned();
  });
}

function apply() {
  document.documentElement.dataset.theme = remembered.get("theme", "dark");
}
