// Building elements without markup: text is only ever set as text.

export const $ = (id) => document.getElementById(id);

/** el("b", {className: "x", title: "y"}, "text", child) */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  const { dataset, aria, ...plain } = properties;
  Object.assign(element, plain);
  Object.assign(element.dataset, dataset ?? {});
  for (const [name, value] of Object.entries(aria ?? {}))
    element.setAttribute(name === "role" ? name : `aria-${name}`, value);
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

/** What was refused, why, and what to do. */
export function problemCard({ code, text: words, remedy, soft }) {
  return el(
    "div",
    { className: soft ? "soft" : "" },
    el("b", {}, words || code),
    el("small", {}, [remedy, code].filter(Boolean).join(" · ")),
  );
}

export function text(id, value) {
  const element = $(id);
  if (element.textContent !== value) element.textContent = value;
}

/** Dialogs close by their [data-close] buttons; Escape is the browser's. */
export function closable(dialog) {
  for (const button of dialog.querySelectorAll("[data-close]")) button.addEventListener("click", () => dialog.close());
  return dialog;
}

export const remembered = {
  get(key, otherwise) {
    try {
      return JSON.parse(localStorage.getItem(`oms.${key}`)) ?? otherwise;
    } catch {
      return otherwise;
    }
  },
  set(key, value) {
    try {
      localStorage.setItem(`oms.${key}`, JSON.stringify(value));
    } catch {
      // A browser that keeps nothing is still a blotter.
    }
  },
};

/** ↑ and ↓ go through what `selector` finds in `place`, from the line that the focus is in. */
export function walked(place, selector) {
  place.addEventListener("keydown", (event) => {
    const by = event.shiftKey ? 0 : { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const stops = [...place.querySelectorAll(selector)];
    if (!by || !stops.length || event.target.matches("select, textarea")) return;
    event.preventDefault();
    const here = stops.findIndex((one) => one === event.target || one.closest("li")?.contains(event.target));
    const next = here < 0 ? (by > 0 ? 0 : -1) : (here + by) % stops.length;
    stops.at(next).focus();
  });
}

/** Shift+Enter anywhere in a form, which would otherwise send it. */
export function shiftEnter(form, does) {
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.shiftKey) return;
    event.preventDefault();
    does();
  });
}
