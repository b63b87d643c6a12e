// What an act sends and what its answers mean for each row. No DOM.

import { typedShares } from "./shares.js";

/** Rows the act is for now, and rows it is not. */
export function sorted(act, rows) {
  return {
    fit: rows.filter(({ acts }) => acts.includes(act.name)),
    unfit: rows.filter(({ acts }) => !acts.includes(act.name)),
  };
}

/** The fields that must be filled in and are not, and shares that are none. */
export function missing(act, values) {
  const lacks = ({ name, required, kind }) =>
    (required && !values[name]?.trim()) || (kind === "shares" && !typedShares(values[name] ?? ""));
  return act.fields.filter(lacks).map(({ name }) => name);
}

/** What was typed, as it is sent: nothing for a blank, numbers where they are whole, shares as a list. */
export function given(act, values) {
  const told = act.fields
    .map(({ name, kind }) => [name, values[name]?.trim() ?? "", kind])
    .filter(([, value]) => value !== "")
    .map(([name, value, kind]) => [name, READ[kind]?.(value, values) ?? value]);
  return { ...Object.fromEntries(told), ...act.also };
}

const READ = { whole: (value) => Number(value), shares: (value, { method }) => typedShares(value, method) };

/** The requests: one a row where the path names it, or each is asked for alone; else one for all. */
export function requests(act, rows, values) {
  const said = given(act, values);
  if (act.alone) return [{ keys: [""], path: act.path, body: said }];
  if (act.path.includes("{")) return rows.map((row) => ({ keys: [row.key], path: named(act.path, row), body: said }));
  const each = rows.map((row) => ({ ...(row.given ?? { id: row.key }), ...said }));
  if (act.each) return rows.map(({ key }, at) => ({ keys: [key], path: act.path, body: each[at] }));
  return rows.length ? [{ keys: rows.map(({ key }) => key), path: act.path, body: each }] : [];
}

/** The path with what the row is called, or gives, in the place of each name. */
function named(path, { key, given: its }) {
  return path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(name === "key" ? key : its[name]));
}

/** {key: {ok, text}} of one answer. A list of results is in the order of what was asked. */
export function outcomes({ keys }, answer) {
  const results = Array.isArray(answer.body) ? answer.body : answer.body?.results;
  if (answer.ok && Array.isArray(results) && results.length === keys.length)
    return Object.fromEntries(keys.map((key, at) => [key, outcome(results[at])]));
  const text = answer.ok ? done(answer.body) : answer.problems.map(words).join(" ");
  return Object.fromEntries(keys.map((key) => [key, { ok: answer.ok, text }]));
}

function outcome(result) {
  const faults = result?.errors ?? (result?.error ? [result.error] : result?.refusal ? [result.refusal] : []);
  if (faults.length || result?.ok === false || result?.status >= 400)
    return { ok: false, text: faults.map(words).join(" ") || "It was refused." };
  return { ok: true, text: result?.state ? `Done: ${String(result.state).replaceAll("_", " ")}` : "Done" };
}

/** What came of it, where there is more to say than that it is done. */
function done(body) {
  if (body?.closed === false) return "Asked for: it is done when another person closes it too.";
  if (!body?.left) return "Done";
  const open = body.open_steps?.length ? ` Still open on ${body.left}: ${body.open_steps.join("; ")}.` : "";
  return `Done: the business date is ${body.today}.${open}`;
}

function words({ text, code, remedy }) {
  return [text || code, remedy].filter(Boolean).join(" ");
}
