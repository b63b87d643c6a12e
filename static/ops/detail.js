// What is told of one row, beside the table: facts, tables, and messages that fold away.

import { $, el } from "../blotter/dom.js";
import { block, facts, inner } from "./cells.js";

/** `acts` are buttons for what may be done to it; `close` shuts it. */
export function drawDetail(detail, { acts, close, act }) {
  const place = $("detail");
  const open = new Set([...place.querySelectorAll("details[open]")].map(({ dataset }) => dataset.title));
  const top = place.querySelector(".panel-body")?.scrollTop ?? 0;
  const focused = place.contains(document.activeElement) ? document.activeElement.dataset.name : null;
  const shut = el("button", { className: "button", type: "button", dataset: { name: "close" } }, "Close ", el("kbd", {}, "Esc"));
  shut.addEventListener("click", close);
  const body = el(
    "div",
    { className: "panel-body" },
    facts(detail.facts),
    ...detail.blocks.map((one) => block(one)),
    ...detail.texts.map(([title, said]) => message(title, said, open.has(title))),
  );
  place.replaceChildren(
    el(
      "div",
      { className: "panel-head" },
      el("h2", {}, detail.title),
      ...inner(detail.state),
      el("span", { className: "spacer" }),
      ...acts.filter(({ name }) => detail.acts.includes(name)).map((one) => button(one, act)),
      detail.href ? el("a", { className: "button", href: detail.href, dataset: { name: "life" } }, "Life of the trade ", el("kbd", {}, "T")) : null,
      shut,
    ),
    body,
  );
  place.hidden = false;
  body.scrollTop = top;
  if (focused) place.querySelector(`[data-name="${focused}"]`)?.focus();
}

function button({ name, title, key, tone }, act) {
  const made = el("button", { className: `button ${tone}`, type: "button", dataset: { name } }, `${title} `, el("kbd", {}, key.toUpperCase()));
  made.addEventListener("click", () => act(name));
  return made;
}

function message(title, said, open) {
  return el("details", { className: "said", dataset: { title }, open }, el("summary", {}, title), el("pre", { tabIndex: 0 }, said));
}
