// What happened to one order, from entry to settlement: each step with its time, who did it, and how long after the last.

import { el } from "./dom.js";
import { age } from "./format.js";

const GOOD = /fill|trade|settled|accepted|acknowledged|^new$|confirmed/;
const BAD = /reject|refus|fail|bust|trade_cancel|break|expired/;
const ASK = /pending|request|soft|alert|replace|cancel|amend/;

/** Fill `place` with the events of order `id`; answers whether it could be read. */
export async function showTimeline(place, api, id) {
  const { ok, body, problems } = await api.get(`/api/v1/orders/${id}/timeline/`);
  if (place.dataset.order !== undefined && place.dataset.order !== String(id)) return false;
  if (!ok) {
    place.replaceChildren(el("p", { className: "empty" }, problems[0]?.text ?? "The timeline cannot be read now."));
    return false;
  }
  const events = Array.isArray(body) ? body : body.events ?? body.results ?? [];
  const open = new Set([...place.querySelectorAll("details[open]")].map(({ dataset }) => dataset.at));
  place.replaceChildren(events.length ? list(events, open) : el("p", { className: "empty" }, "Nothing is recorded yet."));
  return true;
}

function list(events, open) {
  return el("ol", { className: "timeline" }, ...events.map((event, at) => item(event, events[at - 1], String(at), open)));
}

function item(event, before, at, open) {
  const when = new Date(event.at);
  const shown = [event.actor, event.mic].filter(Boolean).join(" · ");
  return el("li", { dataset: { tone: tone(event.kind ?? "") } },
    el("span", { className: "what" }, event.title ?? event.kind),
    el("time", { className: "when", dateTime: event.at, title: recorded(event) }, `${clock(when)}${gap(before, when)}`),
    shown ? el("span", { className: "why" }, shown) : null,
    details(event.detail, at, open));
}

/** The facts; many of them fold away. */
function details(detail, at, open) {
  const facts = Object.entries(detail ?? {}).filter(([, value]) => value !== null && value !== "" && value !== undefined);
  if (!facts.length) return null;
  const terms = el("dl", {}, ...facts.flatMap(([name, value]) => [
    el("dt", {}, name.replaceAll("_", " ")),
    el("dd", {}, typeof value === "object" ? JSON.stringify(value) : String(value)),
  ]));
  if (facts.length <= 3) return terms;
  return el("details", { dataset: { at }, open: open.has(at) }, el("summary", {}, `${facts.length} facts`), terms);
}

const clock = (when) => when.toISOString().slice(11, 23);
const recorded = (event) => (event.recorded_at ? `recorded ${event.recorded_at}` : event.at);

/** "+12 ms" after the step before, or how much longer. */
function gap(before, when) {
  if (!before) return "";
  const passed = when - new Date(before.at);
  if (passed < 0) return "";
  return passed < 1000 ? ` +${passed} ms` : ` +${age(passed)}`;
}

function tone(kind) {
  if (BAD.test(kind)) return "bad";
  if (GOOD.test(kind)) return "good";
  return ASK.test(kind) ? "ask" : "plain";
}
