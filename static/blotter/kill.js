// Kill switches: look, confirm by the name, engage; what is on with its counts by venue, until nothing is open; release.
// Read from the books once a second while something is open, every three seconds else: it works while the stream does not.

import { Api } from "./api.js";
import { $, closable, el, text } from "./dom.js";
import { dress } from "./theme.js";

const BUSY_MS = 1_000;
const QUIET_MS = 3_000;
const PATH = "/api/v1/risk/kill-switches/";
const config = JSON.parse($("config").textContent);
const api = new Api({ csrf: config.csrf });
const WORDS = { firm: "the whole firm" };
let scope = "desk";
let seen = null;
let releasing = null;
let timer = 0;

dress();

const named = ({ scope: kind, target }) => WORDS[kind] ?? `${kind} ${target}`;
const stamp = (at) => `${at.slice(0, 10)} ${at.slice(11, 19)}`;
const place = (venue) => venue || "at no venue";

// Engaging, in two steps

function drawScopes() {
  $("scopes").replaceChildren(
    ...config.scopes.map(({ value }) =>
      el(
        "label",
        {},
        el("input", { type: "radio", name: "scope", value, checked: value === scope }),
        el("span", {}, value),
      ),
    ),
  );
}

function choose(value) {
  scope = value;
  const { words } = config.scopes.find((one) => one.value === value);
  $("target-field").hidden = value === "firm";
  text("target-words", `Target: ${words}`);
  $("target").value = "";
  $("names").replaceChildren(...(config.names[value] ?? []).map((name) => el("option", { value: name })));
}

function complain(box, problems) {
  $(box).replaceChildren(
    ...problems.map((one) => el("p", {}, one.text, el("span", { className: "remedy" }, one.remedy ? ` ${one.remedy}` : ""))),
  );
}

async function look() {
  complain("engage-answer", []);
  const reason = $("reason").value.trim();
  if (!reason) {
    complain("engage-answer", [{ text: "A kill switch is engaged for a reason: state it.", remedy: "" }]);
    $("reason").focus();
    return;
  }
  const target = scope === "firm" ? "" : $("target").value.trim();
  const { ok, body, problems } = await api.get(`${PATH}foresee/?${new URLSearchParams({ scope, target })}`);
  if (!ok) {
    complain("engage-answer", problems);
    $("target").focus();
    return;
  }
  seen = { ...body, target, reason };
  text("foresee-head", `Stop trading for ${named(body)}`);
  $("foresee").replaceChildren(
    el("thead", {}, el("tr", {}, el("th", {}, "venue"), el("th", {}, "orders that would be canceled"))),
    el(
      "tbody",
      {},
      ...Object.entries(body.venues).map(([venue, count]) => el("tr", {}, el("td", {}, place(venue)), el("td", {}, count))),
    ),
    el("tfoot", {}, el("tr", {}, el("td", {}, "in all"), el("td", {}, body.total))),
  );
  text("foresee-staged", body.staged ? `${body.staged} staged orders stay, and cannot be released.` : "");
  text("confirm-words", `Type ${body.confirm} to confirm`);
  step(2);
}

function step(number) {
  $("step-1").hidden = number === 2;
  $("step-2").hidden = number === 1;
  $("confirm").value = "";
  $("throw").disabled = true;
  (number === 2 ? $("confirm") : $("reason")).focus();
}

async function engage() {
  $("throw").disabled = true;
  const { target, reason } = seen;
  const answer = await api.send("POST", PATH, {
    body: { scope: seen.scope, target, reason, confirm: $("confirm").value.trim() },
    patience: 40_000,
  });
  if (!answer.ok) {
    complain("engage-answer", answer.problems);
    $("throw").disabled = false;
    return;
  }
  $("reason").value = $("target").value = "";
  step(1);
  $("engaged").focus();
  refresh();
}

// What is on

function drawEngaged(switches) {
  $("engaged-count").hidden = switches.length === 0;
  text("engaged-count", String(switches.length));
  const shown = switches.map(card);
  const focused = document.activeElement?.dataset?.release;
  $("engaged").replaceChildren(
    ...(shown.length ? shown : [el("p", { className: "empty" }, "No kill switch is engaged. Trading goes on.")]),
  );
  if (focused) $("engaged").querySelector(`[data-release="${Number(focused)}"]`)?.focus();
}

function standing({ still_open: open, done_at: done, venues }) {
  if (open) return `${open} still open`;
  if (done) return "all taken back";
  return venues.length ? "making sure" : "looking for open orders";
}

function card(one) {
  const mine = one.engaged_by === config.user;
  const release = el(
    "button",
    {
      type: "button",
      className: "button small",
      disabled: !config.may || mine,
      title: mine ? "Another person releases what you engaged" : "",
      dataset: { release: one.id },
    },
    "Release…",
  );
  release.addEventListener("click", () => askRelease(one));
  return el(
    "article",
    { className: "switch", dataset: { id: one.id, open: one.still_open } },
    el(
      "header",
      {},
      el("h3", {}, el("small", {}, `${one.scope} stopped`), one.scope === "firm" ? "" : one.target),
      el("span", { className: "spacer" }),
      el(
        "span",
        { className: `open ${one.done_at ? "up" : "warn"}` },
        standing(one),
      ),
      release,
    ),
    el("p", { className: "why" }, `${one.reason} · `, el("span", { className: "quiet" }, `by ${one.engaged_by} at ${stamp(one.engaged_at)} UTC`)),
    one.venues.length ? table(one.venues) : null,
  );
}

const COLUMNS = ["found", "unsent", "ended_before", "asked", "confirmed", "still_open"];

function table(venues) {
  const row = (label, counts) =>
    el(
      "tr",
      {},
      el("td", {}, label),
      ...COLUMNS.map((name) =>
        el("td", { className: name === "still_open" ? (counts[name] ? "some" : "none") : "", dataset: { count: name } }, String(counts[name])),
      ),
    );
  const sum = Object.fromEntries(COLUMNS.map((name) => [name, venues.reduce((total, one) => total + one[name], 0)]));
  return el(
    "table",
    { className: "figures" },
    el("thead", {}, el("tr", {}, ...["venue", "found open", "never left", "ended before", "asked", "confirmed", "still open"].map((word) => el("th", {}, word)))),
    el("tbody", {}, ...venues.map((one) => row(place(one.venue), one))),
    venues.length > 1 ? el("tfoot", {}, row("in all", sum)) : null,
  );
}

function drawPast(switches) {
  const head = ["what", "why", "engaged", "by", "released", "by", "why it went on", "orders"];
  $("past").replaceChildren(
    el("thead", {}, el("tr", {}, ...head.map((word) => el("th", {}, word)))),
    el(
      "tbody",
      {},
      switches.length ? "" : el("tr", {}, el("td", { className: "empty", colSpan: head.length }, "None was released so far.")),
      ...switches.map((one) =>
        el(
          "tr",
          {},
          el("td", {}, named(one)),
          el("td", { className: "why" }, one.reason),
          el("td", {}, stamp(one.engaged_at)),
          el("td", {}, one.engaged_by),
          el("td", {}, stamp(one.released_at)),
          el("td", {}, one.released_by),
          el("td", { className: "why" }, one.release_reason),
          el("td", {}, String(one.venues.reduce((total, each) => total + each.found, 0))),
        ),
      ),
    ),
  );
}

async function refresh() {
  clearTimeout(timer);
  const [on, off] = await Promise.all([api.get(`${PATH}?engaged=1`), api.get(`${PATH}?engaged=0&limit=20`)]);
  const well = on.ok && off.ok;
  $("state").dataset.state = well ? "live" : "offline";
  const gone = [401, 403].includes(on.status);
  text("state-word", well ? "LIVE" : gone ? "SIGNED OUT" : "NO ANSWER");
  // Whoever may not look any more is left nothing to look at.
  if (gone) {
    $("engaged").replaceChildren(el("p", { className: "empty" }, "You are signed out. Nothing is shown any more."));
    drawPast([]);
  }
  if (well) {
    drawEngaged(on.body.results);
    drawPast(off.body.results);
    text("as-of", `as of ${new Date().toISOString().slice(11, 19)} UTC`);
  }
  const busy = well && on.body.results.some(({ done_at: done }) => !done);
  timer = setTimeout(refresh, busy ? BUSY_MS : QUIET_MS);
}

// Release

function askRelease(one) {
  releasing = one;
  complain("release-answer", []);
  $("release-reason").value = "";
  const left = one.still_open ? ` ${one.still_open} orders are still open: what was not asked for yet stays.` : "";
  text("release-words", `Trading for ${named(one)} goes on at once.${left}`);
  $("release").showModal();
  $("release-reason").focus();
}

async function release() {
  const body = { reason: $("release-reason").value.trim() };
  const answer = await api.send("POST", `${PATH}${releasing.id}/release/`, { body });
  if (!answer.ok) {
    complain("release-answer", answer.problems);
    return;
  }
  $("release").close();
  refresh();
}

drawScopes();
choose(scope);
closable($("release"));
$("scopes").addEventListener("change", ({ target }) => choose(target.value));
$("engage").addEventListener("submit", (event) => {
  event.preventDefault();
  if ($("step-2").hidden) look();
  else if (!$("throw").disabled) engage();
});
$("reason").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey) return;
  event.preventDefault();
  look();
});
$("confirm").addEventListener("input", ({ target }) => {
  $("throw").disabled = target.value.trim() !== seen.confirm;
});
$("back").addEventListener("click", () => step(1));
$("release-form").addEventListener("submit", (event) => {
  event.preventDefault();
  release();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !$("step-2").hidden && !$("release").open) step(1);
  const typing = event.target.closest?.("input:not([type=radio]), textarea, dialog");
  if (event.key !== "e" || typing || event.ctrlKey || event.metaKey || event.altKey || !config.may) return;
  event.preventDefault();
  $("scopes").querySelector("input:checked").focus();
});
refresh();
