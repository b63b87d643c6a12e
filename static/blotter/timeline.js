// What happened to one order, from entry to settlement: each step with its time, who did it, and how long after the last.

import { el } from "./dom.js";
import { age } from "./format.js";

const GOOD = /fill|trade|settled|accepted|acknowledged|^new$|(?<!un)confirmed|posted|(?<!un)matched|affirmed|booked/;
const BAD = /reject|refus|fail|bust|trade_cancel|break|expired|unmatched|disputed|late$/;
const ASK = /pending|request|soft|alert|replace|cancel|amend/;

/** Fill `place` with the events of order `id`; answers whether it could be read. */
export async function showTimeline(place, api, id) {
  const { ok, body, problems } = await api.get(`/api/v1/orders/${id}/timeline/`);
  if (place.dataset.order !== undefined && place.dataset.order !== String(id)) return false;
  if (!ok) {
    place.replaceChildren(el("p", { className: "empty" }, problems[0]?.text ?? "The timeline cannot be read now."));
    return false;
  }
  const events = body.results;
  const open = new Set([...place.querySelectorAll("details[open]")].map(({ dataset }) => dataset.at));
  const held = place.contains(document.activeElement) ? document.activeElement.closest("details")?.dataset.at : undefined;
  place.replaceChildren(
    events.length ? list(events, open) : el("p", { className: "empty" }, "Nothing is recorded yet."),
  );
  if (held !== undefined) place.querySelector(`details[data-at="${held}"] summary`)?.focus();
  return true;
}

function list(events, open) {
  const steps = grouped(events);
  return el(
    "ol",
    { className: "timeline" },
    ...steps.map((step, at) =>
      Array.isArray(step) ? checks(step, String(at), open) : item(step, last(steps[at - 1]), String(at), open),
    ),
  );
}

/** Checks that passed stand together: a trader wants to know how many there were, an auditor which. */
function grouped(events) {
  const steps = [];
  for (const event of events) {
    const before = steps.at(-1);
    if (event.kind !== "risk_pass") steps.push(event);
    else if (Array.isArray(before)) before.push(event);
    else steps.push([event]);
  }
  return steps;
}

const last = (step) => (Array.isArray(step) ? step.at(-1) : step);

function checks(events, at, open) {
  const lines = events.map(({ title }) => el("li", {}, title));
  return el(
    "li",
    { dataset: { tone: "good" } },
    el("span", { className: "what" }, `${events.length} ${events.length === 1 ? "check" : "checks"} passed`),
    el("time", { className: "when", dateTime: events[0].at }, clock(new Date(events[0].at))),
    el(
      "details",
      { dataset: { at }, open: open.has(at) },
      el("summary", {}, "Which"),
      el("ul", { className: "why" }, ...lines),
    ),
  );
}

function item(event, before, at, open) {
  const when = new Date(event.at);
  return el(
    "li",
    { dataset: { tone: tone(`${event.kind ?? ""} ${event.detail?.state ?? ""}`.trim()) } },
    el("span", { className: "what" }, capital(event.title ?? event.kind)),
    el("time", { className: "when", dateTime: event.at, title: recorded(event) }, `${clock(when)}${gap(before, when)}`),
    event.actor ? el("span", { className: "why" }, event.actor) : null,
    details(event.detail, at, open),
  );
}

/** The facts. A few short ones stand open, more of them or anything nested folds away. */
function details(detail, at, open) {
  const facts = Object.entries(detail ?? {}).filter(
    ([name, value]) => name !== "state" && value !== null && value !== "" && value !== undefined,
  );
  if (!facts.length) return null;
  const nested = facts.some(([, value]) => typeof value === "object" || String(value).length > 60);
  const terms = el(
    "dl",
    {},
    ...facts.flatMap(([name, value]) => [el("dt", {}, name.replaceAll("_", " ")), fact(value)]),
  );
  if (facts.length <= 3 && !nested) return terms;
  return el(
    "details",
    { dataset: { at }, open: open.has(at) },
    el("summary", {}, facts.length === 1 ? facts[0][0] : `${facts.length} facts`),
    terms,
  );
}

/** Lists and objects as lines, not as JSON. */
function fact(value) {
  if (value === null || typeof value !== "object") return el("dd", {}, String(value));
  const lines = Array.isArray(value)
    ? value.map(flat)
    : Object.entries(value).map(([name, one]) => `${name.replaceAll("_", " ")}: ${flat(one)}`);
  return el("dd", {}, ...lines.map((line) => el("div", {}, line)));
}

function flat(value) {
  if (value === null || typeof value !== "object") return String(value);
  if (Array.isArray(value)) return value.map(flat).join(", ");
  return Object.entries(value)
    .map(([name, one]) => `${name.replaceAll("_", " ")} ${flat(one)}`)
    .join(", ");
}

const capital = (words) => words.charAt(0).toUpperCase() + words.slice(1);
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
