// Dark, light or high contrast, as the browser remembers it for every page.

import { remembered } from "./dom.js";

const THEMES = ["dark", "light", "contrast"];

export function applyTheme() {
  document.documentElement.dataset.theme = remembered.get("theme", "dark");
}

/** The next of the three. */
export function turnTheme() {
  const theme = THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length];
  remembered.set("theme", theme);
  applyTheme();
}
