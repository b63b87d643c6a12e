// The queue of overrides: what waits first. A notice on the websocket says "look"; what is shown is read over REST.

import { Api, freshKey } from "./api.js";
import { $, el, text } from "./dom.js";
import { Feed } from "./feed.js";
import { SIDE, qty } from "./format.js";
import { Latency } from "./latency.js";
import { decoder } from "./rows.js";
import { problemCard } from "./dom.js";
import { dress } from "./theme.js";

const TYPING = "input, select, textarea";
const FEED = { live: "LIVE", "catching-up": "CATCHING UP", offline: "OFFLINE" };
const TOAST_MS = 5_000;

const config = JSON.parse($("config").textContent);
const api = new Api({ csrf: config.csrf });
const decode = decoder(config.schema.events);
const latency = new Latency();
// The server's time: the desk's own clock may be wrong by hours.
const serverTime = () => latency.serverTime(Date.now());
let list = [];
let picked = null;
let opened = null;
let ruling = null;
let key = freshKey();
let reading = 0;

dress();

// Reading

async function read() {
  const mine = ++reading;
  const { ok, body } = await api.get("/api/v1/risk/overrides/?limit=200");
  if (!ok || mine !== reading) return;
  const waits = ({ state }) => (state === "asked" ? 0 : 1);
  list = body.results.sort((a, b) => waits(a) - waits(b) || Number(b.override_id) - Number(a.override_id));
  // What waits comes to the front, unless something that waits is being looked at.
  const now = list.find(({ override_id: id }) => id === picked);
  if (!now || (!ruling && now.state !== "asked" && list[0].state === "asked")) picked = list[0]?.override_id ?? null;
  draw();
  if (picked !== null) await open(picked);
}

/** What the list knows is shown, and may be decided, at once; the history follows. */
async function open(id) {
  const known = list.find(({ override_id: one }) => one === id);
  if (opened?.override_id !== id || opened.state !== known.state) {
    opened = { ...known, events: [] };
    describe(opened);
  }
  const { ok, body } = await api.get(`/api/v1/risk/overrides/${id}/`);
  if (!ok || picked !== id) return;
  opened = body;
  describe(body);
}

// Drawing

function draw() {
  const waiting = list.filter(({ state }) => state === "asked").length;
  $("waiting").hidden = waiting === 0;
  text("waiting", String(waiting));
  document.title = waiting ? `(${waiting}) Overrides · OMS` : "Overrides · OMS";
  $("nothing").hidden = list.length > 0;
  $("queue").replaceChildren(...list.map(row));
}

function row(one) {
  const [first, ...others] = one.breaches.filter(({ control }) => control !== "PT-36");
  const also = others.length ? ` and ${others.length} more` : "";
  const cells = [
    el("td", { className: "mono" }, one.override_id),
    el("td", {}, el("span", { className: "state", dataset: { state: one.state } }, one.state)),
    el("td", {}, one.desk),
    el("td", { className: "mono" }, one.order_id),
    el("td", { className: "what" }, words(one)),
    el("td", { title: first?.text ?? "" }, `${first?.control ?? ""} ${first?.code ?? ""}${also}`),
    el("td", { className: "num" }, figure(first?.measured)),
    el("td", { className: "num" }, figure(first?.limit)),
    el("td", {}, one.asked_by),
    el("td", { className: "reason", title: one.reason }, one.reason),
    el("td", { className: "num", dataset: { until: one.expires_at, state: one.state } }, left(one)),
  ];
  const element = el("tr", { id: `override-${one.override_id}`, dataset: { state: one.state }, aria: { selected: String(one.override_id === picked) } }, ...cells);
  element.addEventListener("click", () => pick(one.override_id));
  return element;
}

function words({ side, order_qty: quantity, symbol, price, kind, terms }) {
  const limit = price ? `@ ${price}` : "at market";
  const what = kind === "amend" ? "amend to " : "";
  const tif = terms.time_in_force ? ` ${terms.time_in_force.toUpperCase().replaceAll("_", " ")}` : "";
  const of = terms.legs ? `spreads (${symbol})` : symbol;
  return el("span", {}, what, el("b", { className: side === "buy" ? "buy" : "sell" }, SIDE[side]), ` ${figure(quantity)} ${of} ${limit}${tif}`);
}

function describe(one) {
  text("detail-title", `Override ${one.override_id}: ${one.state}`);
  $("detail-order").hidden = false;
  $("detail-order").href = `/orders/${one.order_id}/`;
  text("detail-order", `Order ${one.order_id}`);
  $("detail-body").replaceChildren(
    el("h3", {}, words(one), ` · ${one.account}`),
    el("p", { className: "asked" }, el("b", {}, `${one.asked_by}: `), one.reason),
    el("h4", {}, "What objects"),
    el("ul", { className: "breaches" }, ...one.breaches.map(breach)),
    el("h4", {}, "Terms it would be for, and for no others"),
    el("dl", { className: "terms" }, ...Object.entries(one.terms).filter(([name]) => !name.endsWith("_id")).flatMap(([name, value]) => [el("dt", {}, name.replaceAll("_", " ")), el("dd", {}, value)]),
      el("dt", {}, "trader"), el("dd", {}, one.trader), el("dt", {}, "SHA-256"), el("dd", { className: "mono hash" }, one.terms_hash)),
    el("h4", {}, "History"),
    el("ol", { className: "events" }, ...one.events.map(happened)),
  );
  const may = config.may_decide && one.state === "asked" && ![one.asked_by, one.trader].includes(config.user);
  if (config.may_decide) {
    $("choices").hidden = !may || ruling !== null;
    if (!may) leave();
  }
}

function breach({ leg, control, outcome, text: said }) {
  return el("li", { dataset: { outcome } }, el("b", {}, `${leg ? `Leg ${leg}: ` : ""}${control} ${outcome}`), ` ${said}`);
}

function happened({ what, at, by, order_id: order, text: said }) {
  const who = by ?? (order ? `order ${order}` : "");
  return el("li", { dataset: { what } }, el("time", { className: "mono" }, `${at.slice(0, 10)} ${at.slice(11, 19)}`), el("b", {}, ` ${what.replaceAll("_", " ")}`), who ? ` by ${who}` : "", said ? el("p", {}, said) : "");
}

function figure(number) {
  return number == null ? "" : qty(Number(number));
}

/** Minutes and seconds until a request or a grant is void. */
function left({ state, expires_at: until }) {
  if (!["asked", "granted"].includes(state)) return "";
  const seconds = Math.max(0, Math.floor((new Date(until) - serverTime()) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

// Moving

function pick(id) {
  if (id === picked && opened?.override_id === id) return;
  if (ruling) leave();
  picked = id;
  for (const element of $("queue").children) element.setAttribute("aria-selected", String(element.id === `override-${id}`));
  $(`override-${id}`)?.scrollIntoView({ block: "nearest" });
  open(id);
}

function move(by) {
  const at = list.findIndex(({ override_id: id }) => id === picked);
  const next = list[Math.min(list.length - 1, Math.max(0, at + by))];
  if (next) pick(next.override_id);
}

// Deciding

function begin(what) {
  if (!config.may_decide || $("choices").hidden || !opened) return;
  ruling = { what, id: opened.override_id };
  key = freshKey();
  const grants = what === "grant";
  $("ruling").hidden = false;
  $("choices").hidden = true;
  $("ruling-for").hidden = !grants;
  $("ruling-answer").replaceChildren();
  $("ruling-reason").value = "";
  text("ruling-words", grants ? `Let ${opened.asked_by} send exactly these terms, once.` : "The order stays refused.");
  $("ruling-send").className = `button ${grants ? "primary" : "danger"}`;
  $("ruling-send").replaceChildren(grants ? "Grant" : "Refuse", el("kbd", {}, "⏎"));
  $("ruling-reason").focus();
}

function leave() {
  ruling = null;
  if (!config.may_decide) return;
  $("ruling").hidden = true;
  $("choices").hidden = !(opened?.state === "asked" && ![opened.asked_by, opened.trader].includes(config.user));
  $("queue").focus();
}

async function send() {
  if (!ruling) return;
  const { what, id } = ruling;
  const reason = $("ruling-reason").value.trim();
  $("ruling-reason").setAttribute("aria-invalid", String(!reason));
  if (!reason) return;
  const minutes = Number($("ruling-minutes").value);
  const body = what === "grant" ? { reason, minutes } : { reason };
  $("ruling-send").disabled = true;
  const answer = await api.send("POST", `/api/v1/risk/overrides/${id}/${what}/`, { body, key });
  $("ruling-send").disabled = false;
  if (!answer.ok) {
    if (!answer.unknown) key = freshKey();
    $("ruling-answer").replaceChildren(...answer.problems.map(problemCard));
    return;
  }
  leave();
  await read();
}

function toast(title, said) {
  const element = el("div", { className: "toast", dataset: { kind: "alert", severity: 1 } }, el("b", {}, title), el("span", {}, said));
  $("toasts").append(element);
  setTimeout(() => element.remove(), TOAST_MS);
}

// Keys, clock, line

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && ruling) leave();
  else if (event.target.closest?.(TYPING)) return;
  else if (event.key === "j" || event.key === "ArrowDown") move(1);
  else if (event.key === "k" || event.key === "ArrowUp") move(-1);
  else if (event.key === "Enter" && !event.target.closest?.("button, a")) $("detail").focus();
  else if (event.key === "g") begin("grant");
  else if (event.key === "r") begin("refuse");
  else return;
  event.preventDefault();
}

function tick() {
  text("clock", `${new Date(serverTime()).toISOString().slice(11, 19)} UTC`);
  for (const cell of $("queue").querySelectorAll("[data-until]"))
    cell.textContent = left({ state: cell.dataset.state, expires_at: cell.dataset.until });
}

function heard(rows) {
  const told = rows.map((values) => decode(values)).filter(({ kind, title }) => kind === "alert" && title === "override");
  if (!told.length) return;
  for (const one of told.slice(0, 3)) toast("Override", one.text);
  read();
}

/** Whoever may not look any more is left nothing to look at. */
function ended(why) {
  reading += 1;
  [list, picked, opened, ruling] = [[], null, null, null];
  draw();
  for (const id of ["nothing", "detail-order", "ruling", "choices"]) if ($(id)) $(id).hidden = true;
  text("detail-title", "Override");
  $("detail-body").replaceChildren();
  text("signed-out-why", `You are signed out: ${why}. Nothing is shown any more.`);
  $("signed-out").hidden = false;
}

const feed = new Feed({
  desks: config.desks,
  tables: ["events"],
  tab: config.tab,
  schema: config.schema,
  open: () => new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/blotter/`),
  load: async (url) => {
    const response = await fetch(url, { credentials: "same-origin", headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(`snapshot ${response.status}`);
    return response.json();
  },
  on: {
    snapshot: () => read(),
    rows: (_table, rows) => heard(rows),
    quotes: () => {},
    beat: ({ ts }) => latency.beat(ts, Date.now()),
    state: (name, why) => {
      $("feed-state").dataset.state = name;
      $("feed-state").title = why;
      text("feed-word", FEED[name]);
      if (feed.ended) ended(why);
    },
  },
});

document.addEventListener("keydown", pressed);
if (config.may_decide) {
  $("ruling").addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  $("ruling-leave").addEventListener("click", leave);
  $("do-grant").addEventListener("click", () => begin("grant"));
  $("do-refuse").addEventListener("click", () => begin("refuse"));
}
setInterval(tick, 1000);
read().then(() => $("queue").focus());
if (config.desks.length) feed.start();
