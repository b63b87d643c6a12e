// A page of rows: drawn from what the server read, read again while it is looked at, walked by keyboard.

import { Api } from "../blotter/api.js";
import { $, el, text } from "../blotter/dom.js";
import { Acts } from "./act.js";
import { inner, td } from "./cells.js";
import { drawDetail } from "./detail.js";
import { Live } from "./live.js";
import { changed, Rows } from "./rows.js";
import { around, line, shell } from "./shell.js";

const config = JSON.parse($("config").textContent);
const hotkeys = shell();
const rows = new Rows();
const acts = new Acts({ api: new Api({ csrf: config.csrf }), acts: config.acts, at: config.at, done: () => refresh() });
let opened = new URLSearchParams(location.search).get("open");
let detail = null;
let drawn = new Map();

const alone = new Set(config.acts.filter((act) => act.alone).map(({ name }) => name));
const hidden = () => document.hidden;
const query = () => new URLSearchParams(location.search);
const live = new Live({ address: address(), hidden, on: { image: take, state: line } });
const telling = new Live({ hidden, on: { image: (body) => opened && showDetail(body), state: () => {} } });

function address() {
  const given = query();
  given.delete("open");
  return `${config.at}rows?${given}`;
}

function refresh() {
  live.now();
  if (opened) telling.now();
}

// Drawing

function take(body) {
  rows.take(body.rows);
  around(body);
  $("sums").replaceChildren(...body.sums.map(([name, cell]) => el("span", {}, `${name} `, el("b", { className: cell.tone ?? "" }, ...inner(cell)))));
  paging(body);
  draw(body.total);
}

let total = 0;

function draw(of = total) {
  total = of;
  const { shown } = rows;
  const before = drawn;
  drawn = new Map();
  $("rows").replaceChildren(...shown.map((row) => element(row, before.get(row.key))));
  $("nothing").hidden = shown.length > 0;
  text("told", shown.length === total ? `${total} ${total === 1 ? "row" : "rows"}` : `${shown.length} of ${total} rows`);
  mark();
}

/** The same element for the same row; cells that changed light up. */
function element(row, before) {
  const as = JSON.stringify(row);
  let made = before?.as === as ? before.made : null;
  if (!made) {
    const fresh = changed(before?.row, row);
    made = el("tr", { dataset: { key: row.key, ...(row.tone ? { tone: row.tone } : {}) } }, ...(config.acts.length ? [picker(row)] : []));
    row.cells.forEach((cell, at) => {
      const one = td(cell, config.columns[at].kind);
      if (fresh.includes(at)) one.classList.add("fresh");
      made.append(one);
    });
  }
  drawn.set(row.key, { as, made, row });
  return made;
}

function picker(row) {
  const box = el("input", { type: "checkbox", tabIndex: -1, aria: { label: `Select ${nameOf(row)}` } });
  return el("td", { className: "pick" }, box);
}

const nameOf = ({ cells: [first] }) => (typeof first === "string" ? first : first.text);

/** Where one is and what is picked. */
function mark() {
  for (const [key, { made }] of drawn) {
    made.toggleAttribute("data-picked", rows.picked.has(key));
    if (key === rows.at) made.setAttribute("aria-current", "true");
    else made.removeAttribute("aria-current");
    const box = made.querySelector(".pick input");
    if (box) box.checked = rows.picked.has(key);
  }
  const count = rows.shown.filter(({ key }) => rows.picked.has(key)).length;
  text("picked", count ? `${count} selected` : "");
  $("pick-all").checked = count > 0 && count === rows.shown.length;
  $("pick-all").indeterminate = count > 0 && count < rows.shown.length;
  for (const button of document.querySelectorAll("[data-act]"))
    button.disabled = !alone.has(button.dataset.act) && !rows.meant.some((row) => row.acts.includes(button.dataset.act));
}

function paging({ page, pages }) {
  $("pages").hidden = pages === 1;
  const to = (number, rel, words) => {
    const given = query();
    given.set("page", number);
    return el("a", { href: `?${given}`, rel }, words);
  };
  $("pages").replaceChildren(
    page > 1 ? to(page - 1, "prev", "Before") : "",
    ` Page ${page} of ${pages} `,
    page < pages ? to(page + 1, "next", "Next") : "",
  );
}

// Moving, opening

function focus() {
  const row = drawn.get(rows.at)?.made;
  if (!row) return;
  row.scrollIntoView({ block: "nearest" });
  (row.querySelector("a") ?? $("scroll")).focus({ preventScroll: true });
}

function move(by) {
  if (rows.move(by) === null) return;
  mark();
  focus();
  if (opened) open(rows.at);
}

function open(key) {
  if (!key || !/^\d+$/.test(key)) return;
  const again = key === opened && detail;
  opened = key;
  history.replaceState(null, "", `?${withQuery({ open: key })}`);
  if (!again) telling.go(`${config.at}${key}/detail`);
}

function showDetail(body) {
  if (!body.facts) return;
  detail = body;
  drawDetail(body, { acts: config.acts, close, act: (name) => acts.open(name, [rows.row(opened)].filter(Boolean)) });
}

function close() {
  [opened, detail] = [null, null];
  telling.stop();
  $("detail").hidden = true;
  $("detail").replaceChildren();
  history.replaceState(null, "", `?${withQuery({ open: "" })}`);
  focus();
}

/** Enter opens the row looked at, and goes where its link leads when it is open already or tells nothing. */
function enter(event) {
  const link = event.target.closest?.("a, button");
  if (link && !link.closest("#rows")) return false;
  const href = drawn.get(rows.at)?.made.querySelector("a")?.getAttribute("href");
  if (href && !href.startsWith("?open=")) location.href = href;
  else open(rows.at);
  return true;
}

// The address: filters, order

function withQuery(changes) {
  const given = query();
  for (const [name, value] of Object.entries(changes)) {
    if (value) given.set(name, value);
    else given.delete(name);
  }
  return given;
}

function go(given) {
  history.replaceState(null, "", `?${given}`);
  $("clear").hidden = ![...$("filters").elements].some(({ name, value }) => name && name !== "sort" && value);
  for (const one of $("filters").elements) one.classList.toggle("on", Boolean(one.name && one.value && one.type !== "search"));
  live.go(address());
}

function filtered() {
  const changes = { page: "" };
  for (const { name, value } of $("filters").elements) if (name && name !== "sort") changes[name] = value.trim();
  rows.find = "";
  go(withQuery(changes));
}

function sortBy(anchor) {
  const column = anchor.closest("th");
  const ascending = column.getAttribute("aria-sort") !== "ascending";
  for (const head of document.querySelectorAll("#table th[aria-sort]")) head.setAttribute("aria-sort", "none");
  column.setAttribute("aria-sort", ascending ? "ascending" : "descending");
  go(withQuery({ sort: `${ascending ? "" : "-"}${column.dataset.column}`, page: "" }));
}

function act(name) {
  acts.open(name, rows.meant);
}

// Hands

$("filters").addEventListener("submit", (event) => {
  event.preventDefault();
  filtered();
});
$("filters").addEventListener("change", ({ target }) => target.id !== "find" && filtered());
$("find").addEventListener("input", ({ target }) => {
  rows.find = target.value;
  draw();
});
$("find").addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  event.preventDefault();
  event.target.value = "";
  filtered();
  focus();
});
$("clear").addEventListener("click", (event) => {
  event.preventDefault();
  clear();
});
function clear() {
  for (const one of $("filters").elements) if (one.name && one.name !== "sort") one.value = "";
  filtered();
}
$("table").addEventListener("click", (event) => {
  const anchor = event.target.closest("th a");
  const row = event.target.closest("tbody tr");
  if (anchor) {
    event.preventDefault();
    sortBy(anchor);
  } else if (row) {
    rows.at = row.dataset.key;
    if (event.target.closest(".pick")) rows.pick(rows.at);
    mark();
    const link = event.target.closest("a");
    if (link?.getAttribute("href").startsWith("?open=")) {
      event.preventDefault();
      open(rows.at);
    }
  }
});
$("table").addEventListener("dblclick", ({ target }) => open(target.closest("tbody tr")?.dataset.key));
$("pick-all").addEventListener("change", ({ target }) => {
  rows.pickAll(target.checked);
  mark();
});
for (const button of document.querySelectorAll("[data-act]")) button.addEventListener("click", () => act(button.dataset.act));
document.addEventListener("keydown", (event) => {
  const free = !event.ctrlKey && !event.metaKey && !event.altKey && !document.querySelector("dialog[open]");
  if (!free || event.target.closest?.("input, select, textarea, summary")) return;
  if (event.key === "Enter" && enter(event)) event.preventDefault();
  else if (event.key === "Escape" && opened) close();
});

const add = (names, shown, words, run) => hotkeys.add("Rows", names, shown, words, run);
add(["j", "ArrowDown"], "J ↓", "The next row", () => move(1));
add(["k", "ArrowUp"], "K ↑", "The row before", () => move(-1));
add(["Home"], "Home", "The first row", () => move(-Infinity));
add(["End"], "End", "The last row", () => move(Infinity));
add([], "Enter", "Open it");
add([], "Esc", "Shut it");
add(["/"], "/", "Find in these rows; Enter finds in all", () => $("find").focus());
add(["z"], "Z", "All rows: clear the filters", clear);
if (config.acts.length) {
  add(["x"], "X", "Select the row, or no longer", () => {
    rows.pick(rows.at ?? rows.move(1));
    mark();
  });
  add(["a"], "A", "Select all rows shown, or none", () => {
    rows.pickAll();
    mark();
  });
}
add(["t"], "T", "Life of the trade that is open", () => detail?.href && (location.href = detail.href));
for (const { name, title, key } of config.acts) hotkeys.add("To the selected rows, in a dialog", [key], key.toUpperCase(), title, () => act(name));

for (const one of document.querySelectorAll(".pick")) one.hidden = !config.acts.length;
for (const one of $("filters").elements) one.classList.toggle("on", Boolean(one.name && one.value && one.type !== "search"));
take({ ...config.first, page: Number(query().get("page") ?? 1), pages: Math.max(1, Math.ceil(config.first.total / config.per_page)), ...config.around });
rows.at = opened ?? rows.shown[0]?.key ?? null;
mark();
live.now();
if (opened) open(opened);
