// What risk would say of the order on the ticket, before it is sent: the answer, then what is nearest to its limit.

import { Asking } from "./asking.js";
import { $, el, text as setText } from "./dom.js";
import { qty } from "./format.js";

const RANK = { hard: 0, soft: 1, alert: 2, pass: 3 };
const WORD = { hard: "REFUSES", soft: "WARNS", alert: "TELLS", pass: "PASSES" };
// Of what passes, how many limits are named beside what objects.
const NEAREST = 3;
const SHAPE = { hard: "✕", soft: "!", alert: "i", pass: "✓" };

/** What the page says of an answer of `risk/check`: a headline, what was measured, and the names of what was not. */
export function whatIf({ accepted, soft, outcome, errors, checks }) {
  const shown = checks.filter((check) => check.outcome !== "pass" || compared(check)).toSorted(graver);
  const rest = checks.filter((check) => !shown.includes(check));
  // What is said by no rule: an account or a name that is not known.
  const problems = errors.filter(({ code }) => !checks.some((check) => check.code === code));
  const objections = problems.length + checks.filter((check) => check.outcome !== "pass" && !check.dry_run).length;
  return {
    tone: accepted ? (outcome === "pass" ? "good" : "soft") : soft ? "soft" : "bad",
    title: accepted ? "Would be accepted" : soft ? "Would need to be acknowledged" : "Would be refused",
    words: `${checks.length} ${checks.length === 1 ? "check" : "checks"}${objections ? `, ${objections} ${objections === 1 ? "objects" : "object"}` : ""}`,
    problems,
    lines: shown.map(line),
    rest: [...new Set(rest.map(({ control, name }) => `${control} ${name}`))],
  };
}

/** A rule or a limit with a level, and a number that can be set beside it. What always holds has no room to tell of. */
function compared({ rule, limit_id: row, measured, limit }) {
  return (rule || row) && numeric(measured) && numeric(limit);
}

function numeric(text) {
  return text !== null && text !== "" && Number.isFinite(Number(text));
}

/** The gravest first, then what leaves the least room. */
function graver(one, other) {
  return RANK[one.outcome] - RANK[other.outcome] || used(other) - used(one);
}

function used({ measured, limit }) {
  return Number(limit) > 0 && numeric(measured) ? Number(measured) / Number(limit) : -1;
}

function line(check) {
  const { control, leg, name, outcome, before, measured, limit, room, text, remedy, dry_run: dry } = check;
  const was = before && numeric(before.measured) && before.measured !== measured ? before.measured : null;
  return {
    outcome,
    word: dry ? `${WORD[outcome]} (DRY RUN)` : WORD[outcome],
    shape: SHAPE[outcome],
    title: `${leg ? `Leg ${leg}: ` : ""}${control} ${name}`,
    text: outcome === "pass" ? "" : text,
    remedy: outcome === "pass" ? "" : remedy,
    numbers: compared(check)
      ? [
          ["Now", was === null ? "" : qty(Number(was))],
          ["After", qty(Number(measured))],
          ["Limit", qty(Number(limit))],
          ["Room", room === null ? "" : qty(Number(room))],
        ].filter(([, value]) => value !== "")
      : [],
    share: Math.min(1, Math.max(0, used(check))),
  };
}

/** The lines a row of a table has room for: what objects, or else what is nearest to its limit. */
export function inShort(answer) {
  const { lines, problems } = whatIf(answer);
  const against = lines.filter(({ outcome }) => outcome !== "pass");
  const near = lines.filter(({ numbers }) => numbers.length);
  return { problems, lines: against.length ? against : near.slice(0, 1) };
}

/** The lines of ``inShort`` as elements. */
export function drawnShort(answer) {
  const { problems, lines } = inShort(answer);
  return [
    ...problems.map(({ text, code }) => el("p", { className: "bad" }, `${text} (${code})`)),
    ...lines.map(({ outcome, word, title, text, remedy, numbers }) =>
      el(
        "p",
        { dataset: { outcome } },
        el("b", {}, outcome === "pass" ? title : `${word} ${title}`),
        text ? ` ${text}.` : "",
        numbers.length ? el("small", {}, numbers.map(([name, value]) => `${name} ${value}`).join(" · ")) : null,
        remedy ? el("small", {}, remedy) : null,
      ),
    ),
  ];
}

/** The same as elements: in whole, or what objects and the few limits that are nearest. */
export function drawn(answer, whole = true) {
  const { tone, title, words, problems, lines, rest } = whatIf(answer);
  const against = lines.filter(({ outcome }) => outcome !== "pass");
  const near = lines.filter(({ outcome, share }) => outcome === "pass" && share >= 0).slice(0, NEAREST);
  const more = whole ? rest : [...lines.filter((one) => ![...against, ...near].includes(one)).map(({ title: name }) => name), ...rest];
  return [
    el("header", { className: tone }, el("b", {}, title), el("small", {}, words)),
    ...problems.map(({ text, remedy, code }) =>
      el("p", { className: "bad" }, el("b", {}, text), el("small", {}, [remedy, code].filter(Boolean).join(" · "))),
    ),
    el("ol", {}, ...(whole ? lines.map(item) : [...against.map(item), ...near.map(brief)])),
    more.length
      ? el("details", {}, el("summary", {}, `${more.length} more pass`), el("p", {}, more.join(" · ")))
      : null,
  ].filter(Boolean);
}

function item({ outcome, word, shape, title, text, remedy, numbers, share }) {
  return el(
    "li",
    { dataset: { outcome } },
    el("b", {}, el("span", { className: "shape", aria: { hidden: "true" } }, shape), title),
    el("em", {}, word),
    text ? el("p", {}, text) : null,
    remedy ? el("p", { className: "remedy" }, remedy) : null,
    numbers.length ? el("dl", {}, ...numbers.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))) : null,
    numbers.length && share >= 0 ? meter(share) : null,
  );
}

/** What passes, in one line: how much of its limit would be used, and the numbers for who points at it. */
function brief({ outcome, shape, title, numbers, share }) {
  return el(
    "li",
    { className: "brief", dataset: { outcome }, title: numbers.map(([name, value]) => `${name} ${value}`).join(" · ") },
    el("b", {}, el("span", { className: "shape", aria: { hidden: "true" } }, shape), el("span", {}, title)),
    meter(share),
    el("em", {}, `${Math.round(share * 100)} %`),
  );
}

function meter(share) {
  const label = `${Math.round(share * 100)} % of the limit`;
  return el("meter", { min: 0, max: 1, high: 0.8, low: 0.8, optimum: 0, value: share, title: label, aria: { label } });
}

/** Asks about the terms of a form as they are typed, and shows the answer under it. */
export class WhatIf {
  #whole = false;

  /** prefix: of the elements -whatif (the answer) and -verdict (its headline, read out when it turns). pace: of what else
   * the page paints, which lets the answer go first. */
  constructor(api, prefix, pace) {
    Object.assign(this, { place: $(`${prefix}-whatif`), headline: $(`${prefix}-verdict`), pace });
    this.asking = new Asking({
      ask: (terms, signal) => api.send("POST", "/api/v1/risk/check/", { body: terms, signal }),
      on: { asked: () => this.#asked(), answered: (answer, ms) => this.#show(answer, ms) },
    });
  }

  clear() {
    this.asking.put(null);
    this.#whole = false;
    this.place.hidden = true;
    this.place.dataset.tone = "";
    setText(this.headline.id, "");
  }

  /** The terms as they are typed; null while something is missing. */
  follow(terms) {
    if (terms) this.asking.put(terms);
    else this.clear();
  }

  /** At once, and in whole. */
  ask(terms) {
    this.#whole = true;
    this.asking.put(terms, 0);
  }

  #asked() {
    this.pace.hold();
    this.place.setAttribute("aria-busy", "true");
  }

  #show({ ok, body, problems }, ms) {
    this.pace.release();
    const answer = ok ? body : { accepted: false, soft: false, outcome: null, errors: problems, checks: [] };
    const open = this.place.querySelector("details")?.open;
    this.place.replaceChildren(...drawn(answer, this.#whole));
    if (open && this.place.querySelector("details")) this.place.querySelector("details").open = true;
    const { tone, title } = whatIf(answer);
    Object.assign(this.place.dataset, { tone, ms: String(Math.round(ms)) });
    this.place.setAttribute("aria-busy", "false");
    this.place.hidden = false;
    setText(this.headline.id, title);
  }
}
