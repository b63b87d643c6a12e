// The filter line of a table: `symbol:SAP* side:buy qty>=1000 -status:filled msft` becomes a predicate over rows.
// A bare word looks in the fields given as `anywhere`. Every term must hold; `a,b` means either; `-` turns a term round.

const TERM = /(-?)(?:([a-z_]+)(:|<=|>=|<|>|=))?("[^"]*"|\S+)/gi;

/** Answers {passes, problems}: passes is null for an empty line, problems says in words what was not understood. */
export function parseFilter(line, { fields, aliases = {}, anywhere = [] }) {
  const problems = [];
  const terms = [];
  for (const [, minus, name, operator, raw] of line.matchAll(TERM)) {
    const term = build(name && (aliases[name.toLowerCase()] ?? name.toLowerCase()), operator, raw);
    if (typeof term === "string") problems.push(term);
    else terms.push(minus ? (row) => !term(row) : term);
  }
  return { passes: terms.length ? (row) => terms.every((term) => term(row)) : null, problems };

  function build(field, operator, raw) {
    const value = raw.replaceAll('"', "");
    if (!field) return anyOf(value, (test) => (row) => anywhere.some((name) => test(row[name])));
    if (!fields.includes(field)) return `There is no column “${field}”`;
    if (operator === ":") return anyOf(value, (test) => (row) => test(row[field]));
    return comparesTo(field, operator, value);
  }
}

/** Join predicates; those that are null hold always. */
export function both(...predicates) {
  const all = predicates.filter(Boolean);
  if (all.length < 2) return all[0] ?? null;
  return (row) => all.every((passes) => passes(row));
}

function anyOf(value, over) {
  const tests = value
    .split(",")
    .filter(Boolean)
    .map((pattern) => over(matcher(pattern)));
  return (row) => tests.some((test) => test(row));
}

/** Without a star the text may stand anywhere in the value; with one the whole value must fit. */
function matcher(pattern) {
  const plain = pattern.toLowerCase();
  if (!plain.includes("*")) return (value) => text(value).includes(plain);
  const parts = plain.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  const shape = new RegExp(`^${parts.join(".*")}$`);
  return (value) => shape.test(text(value));
}

function comparesTo(field, operator, value) {
  const wanted = Number(value.replaceAll(",", ""));
  if (value === "" || Number.isNaN(wanted)) return `“${value}” is not a number`;
  const holds = {
    "<": (number) => number < wanted,
    ">": (number) => number > wanted,
    "<=": (number) => number <= wanted,
    ">=": (number) => number >= wanted,
    "=": (number) => number === wanted,
  }[operator];
  return (row) => row[field] != null && row[field] !== "" && holds(Number(row[field]));
}

function text(value) {
  return value == null ? "" : String(value).toLowerCase();
}
