// The overview: tiles and tables, read again while somebody looks.

import { $, el } from "../blotter/dom.js";
import { block } from "./cells.js";
import { Live } from "./live.js";
import { around, line, shell } from "./shell.js";

const config = JSON.parse($("config").textContent);
shell();

function tile({ text, href, tone, mark, title }) {
  return el(
    "li",
    { className: "tile", dataset: { tone: tone ?? "" } },
    el("a", { href }, el("b", {}, text), el("span", {}, title), el("small", {}, mark ?? "")),
  );
}

function take(body) {
  around(body);
  const focused = document.activeElement?.closest("#main a")?.getAttribute("href");
  $("tiles").replaceChildren(...body.tiles.map(tile));
  $("blocks").replaceChildren(...body.blocks.map((one) => block(one, "h2")));
  if (focused) [...document.querySelectorAll("#main a")].find((one) => one.getAttribute("href") === focused)?.focus();
}

new Live({ address: config.at, hidden: () => document.hidden, on: { image: take, state: line } }).now();
