// Limits in use: read once a second, grouped by desk and account, the tightest first. "/" finds, "T" leaves out what is wide.

import { Api } from "./api.js";
import { $, el, text } from "./dom.js";
import { bars, grouped, levelOf, words } from "./limitbars.js";
import { dress } from "./theme.js";

const EVERY_MS = 1_000;
const MOST_PAGES = 4;
const api = new Api({ csrf: JSON.parse($("config").textContent).csrf });
let rows = [];
let more = false;

dress();

async function read() {
  const found = [];
  let path = "/api/v1/limits/?limit=500";
  for (let page = 0; path && page < MOST_PAGES; page += 1) {
    const { ok, status, body } = await api.get(path);
    if (!ok) {
      const gone = [401, 403].includes(status);
      state("offline", gone ? "SIGNED OUT" : "NO ANSWER");
      // Whoever may not look any more is left nothing to look at.
      if (gone) [rows, more] = [[], false];
      if (gone) $("rows").replaceChildren(el("p", { className: "empty" }, "You are signed out. Nothing is shown any more."));
      return;
    }
    found.push(...body.results);
    path = body.next;
  }
  [rows, more] = [found, Boolean(path)];
  state("live", "LIVE");
  draw();
}

function state(name, word) {
  $("state").dataset.state = name;
  text("state-word", word);
}

function draw() {
  const groups = grouped(rows, { find: $("find").value, tight: $("tight").checked });
  const shown = groups.reduce((sum, { limits }) => sum + limits.length, 0);
  text("told", `${shown} of ${rows.length}${more ? ", the first" : ""}`);
  const body = $("rows");
  const top = body.scrollTop;
  body.replaceChildren(groups.length ? table(groups) : el("p", { className: "empty" }, none()));
  body.scrollTop = top;
}

function none() {
  return rows.length ? "No limit is like that." : "There are no limits of your desks. Compliance sets them.";
}

function table(groups) {
  const heads = ["Scope", "Measure", "In use", "Percent", "Used", "Warns at", "Refuses above", "Room"];
  return el(
    "table",
    { className: "limits" },
    el("caption", { className: "visually-hidden" }, "Limits by desk and account, the tightest first"),
    el(
      "colgroup",
      {},
      ...["scope", "measure", "bar", "percent", "", "", "", ""].map((className) => el("col", { className })),
    ),
    el(
      "thead",
      {},
      el("tr", {}, ...heads.map((head, n) => el("th", { scope: "col", className: n < 3 ? "words" : "" }, head))),
    ),
    ...groups.map(group),
  );
}

function group({ name, limits }) {
  const count = el("small", {}, `${limits.length} ${limits.length === 1 ? "limit" : "limits"}`);
  return el("tbody", {}, el("tr", { className: "group" }, el("th", { scope: "rowgroup", colSpan: 8, className: "words" }, name, count)), ...limits.map(row));
}

function row(limit) {
  const level = levelOf(limit);
  const [used, soft, hard, room] = bars(limit);
  return el(
    "tr",
    {},
    el("td", { className: "words", title: `Limit ${limit.id}, version ${limit.version}` }, words(limit)),
    el("td", { className: "words" }, `${limit.measure.replaceAll("_", " ")}${limit.window_s ? ` in ${limit.window_s} s` : ""}`),
    el("td", {}, bar(limit, level)),
    el("td", { className: level }, limit.percent === null ? "not known" : `${Number(limit.percent).toFixed(1)} %`),
    ...[used, soft, hard, room].map((number) => el("td", {}, number)),
  );
}

/** The share that is used, and where it begins to warn. */
function bar(limit, level) {
  const share = Math.min(Number(limit.percent ?? 0), 100);
  const filled = el("i", {});
  filled.style.width = `${share}%`;
  const parts = [filled];
  if (limit.soft !== null && Number(limit.hard) > 0) {
    const mark = el("u", { title: "warns from here" });
    mark.style.left = `${Math.min((Number(limit.soft) / Number(limit.hard)) * 100, 99)}%`;
    parts.push(mark);
  }
  const told = limit.percent === null ? "not known" : `${share.toFixed(1)} % used`;
  return el("span", { className: "use", dataset: { level }, aria: { role: "img", label: told } }, ...parts);
}

async function loop() {
  if (!document.hidden) await read();
  setTimeout(loop, EVERY_MS);
}

$("find").addEventListener("input", draw);
$("tight").addEventListener("change", draw);
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=checkbox])");
  if (event.key === "Escape" && typing) {
    typing.value = "";
    typing.blur();
    draw();
  }
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") {
    event.preventDefault();
    $("find").focus();
  }
  if (event.key.toLowerCase() === "t") {
    $("tight").checked = !$("tight").checked;
    draw();
  }
});
loop();
