// What an act sends and what its answers mean for each row. No DOM.

/** Rows the act is for now, and rows it is not. */
export function sorted(act, rows) {
  return {
    fit: rows.filter(({ acts }) => acts.includes(act.name)),
    unfit: rows.filter(({ acts }) => !acts.includes(act.name)),
  };
}

/** The fields that must be filled in and are not. */
export function missing(act, values) {
  return act.fields.filter(({ name, required }) => required && !values[name]?.trim()).map(({ name }) => name);
}

/** The requests: one a row where the path names it, else one for all. `keys` are the rows each is about. */
export function requests(act, rows, values) {
  const given = Object.fromEntries(
    act.fields.map(({ name }) => [name, values[name]?.trim() ?? ""]).filter(([, value]) => value !== ""),
  );
  const said = { ...given, ...act.also };
  if (act.alone) return [{ keys: [""], path: act.path, body: said }];
  if (act.path.includes("{key}"))
    return rows.map(({ key }) => ({ keys: [key], path: act.path.replace("{key}", encodeURIComponent(key)), body: said }));
  const keys = rows.map(({ key }) => key);
  const each = rows.map((row) => ({ ...(row.given ?? { id: row.key }), ...said }));
  const body = act.many === "" ? each : act.many === "ids" ? { ids: keys, ...said } : { [act.many]: each };
  return keys.length ? [{ keys, path: act.path, body }] : [];
}

/** {key: {ok, text}} of one answer. A list of results is in the order of what was asked. */
export function outcomes({ keys }, answer) {
  const results = Array.isArray(answer.body) ? answer.body : answer.body?.results;
  if (answer.ok && Array.isArray(results) && results.length === keys.length)
    return Object.fromEntries(keys.map((key, at) => [key, outcome(results[at])]));
  const text = answer.ok ? "Done" : answer.problems.map(words).join(" ");
  return Object.fromEntries(keys.map((key) => [key, { ok: answer.ok, text }]));
}

function outcome(result) {
  const faults = result?.errors ?? (result?.error ? [result.error] : result?.refusal ? [result.refusal] : []);
  if (faults.length || result?.ok === false || result?.status >= 400)
    return { ok: false, text: faults.map(words).join(" ") || "It was refused." };
  return { ok: true, text: result?.state ? `Done: ${String(result.state).replaceAll("_", " ")}` : "Done" };
}

function words({ text, code, remedy }) {
  return [text || code, remedy].filter(Boolean).join(" ");
}
