// The filter line of a table: `symbol:SAP* side:buy qty>=1000 -status:filled msft` becomes a predicate over rows.
//
// The grammar is the server's (orders/filter.py), and so are the columns it is given; tests/filter_cases.json holds both to
// it. Every term must hold, `-` turns a term round, `a,b` means either. A bare word looks in the columns of `anywhere`.

const TERM = /(-?)(?:([A-Za-z_]+)(<=|>=|:|<|>|=))?("[^"]*"|[^ ]+)/g;
const UNFINISHED = /^[A-Za-z_]+(?:<=|>=|:|<|>|=)$/;
const NUMBER = /^-?(?:[0-9]{1,20}|[0-9]{1,3}(?:,[0-9]{3}){1,6})(?:\.[0-9]{1,8})?$/;
const KEY = /^[0-9]{1,18}$/;
const COMPARE = {
  "<": (number, wanted) => number < wanted,
  ">": (number, wanted) => number > wanted,
  "<=": (number, wanted) => number <= wanted,
  ">=": (number, wanted) => number >= wanted,
  "=": (number, wanted) => number === wanted,
  ":": (number, wanted) => number === wanted,
};
const ordered = (operator) => "<>".includes(operator[0]);

/**
 * Answers {passes, problems}: passes is null when nothing is asked, problems are {field, code, text}. A term that is not
 * understood holds nobody back. shape: {columns: {name: {kind, words, synonyms, family}}, aliases, anywhere};
 * childrenOf(row): rows in which a column of the family is looked up as well.
 */
export function parseFilter(line, shape, childrenOf = () => []) {
  const problems = [];
  const terms = [];
  for (const [, minus, name, operator, raw] of line.replace(/\s/g, " ").matchAll(TERM)) {
    const term = name === undefined ? bare(raw, shape) : build(name, operator, raw, shape);
    if (typeof term !== "function") problems.push(term);
    else terms.push(minus ? (row) => !term(row, childrenOf) : (row) => term(row, childrenOf));
  }
  return { passes: terms.length ? (row) => terms.every((term) => term(row)) : null, problems };
}

/** Join predicates; those that are null hold always. */
export function both(...predicates) {
  const all = predicates.filter(Boolean);
  if (all.length < 2) return all[0] ?? null;
  return (row) => all.every((passes) => passes(row));
}

function bare(raw, shape) {
  const wanted = pieces(raw.replaceAll('"', ""));
  if (!wanted.length || UNFINISHED.test(raw)) return fault("", "MISSING", `“${shown(raw)}” says no value`);
  const tests = shape.anywhere.map((name) => inFamily(shape.columns[name], name, anyText(wanted)));
  return (row, childrenOf) => tests.some((test) => test(row, childrenOf));
}

function build(typed, operator, raw, { columns, aliases }) {
  const value = raw.replaceAll('"', "");
  const name = own(aliases, typed.toLowerCase()) ?? typed.toLowerCase();
  const column = own(columns, name);
  if (!column) {
    const text = `no column “${shown(name)}”; the columns are ${Object.keys(columns).join(", ")}`;
    return fault(shown(name), "UNKNOWN_COLUMN", text);
  }
  if (!value.replaceAll(",", ""))
    return fault(name, "MISSING", `“${shown(typed + operator + raw)}” says no value`);
  const test = READERS[column.kind](name, column, operator, value);
  return typeof test === "function" ? inFamily(column, name, test) : test;
}

/** A test of a value, as a test of a row; where the family counts, also of its children. */
function inFamily({ family }, name, test) {
  if (!family) return (row) => test(row[name]);
  return (row, childrenOf) => test(row[name]) || childrenOf(row).some((child) => test(child[name]));
}

const READERS = {
  text(name, _column, operator, value) {
    if (ordered(operator)) return unordered(name);
    const wanted = pieces(value);
    if (operator === ":") return anyText(wanted);
    const whole = new Set(wanted.map((piece) => piece.toLowerCase()));
    return (found) => whole.has(text(found));
  },

  word(name, column, operator, value) {
    if (ordered(operator)) return unordered(name);
    const meant = new Set();
    for (const piece of pieces(value)) {
      const words = meantBy(piece, column, operator === "=");
      if (!words.length)
        return fault(name, "BAD_VALUE", `${name} must be one of ${column.words.join(", ")}, not “${shown(piece)}”`);
      for (const word of words) meant.add(word);
    }
    return (found) => meant.has(text(found));
  },

  /** One number; commas set thousands apart and nothing else, so a list is not mistaken for one. */
  amount(name, _column, operator, value) {
    if (!NUMBER.test(value)) return fault(name, "BAD_NUMBER", `“${shown(value)}” is not a number`);
    const wanted = Number(value.replaceAll(",", ""));
    return (found) => found != null && found !== "" && COMPARE[operator](Number(found), wanted);
  },

  key(name, _column, operator, value) {
    const wanted = pieces(value);
    const wrong = wanted.find((piece) => !KEY.test(piece)) ?? (ordered(operator) && wanted.length > 1 ? value : null);
    if (wrong !== null) return fault(name, "BAD_NUMBER", `“${shown(wrong)}” is not an order's number`);
    return (found) => found != null && wanted.some((key) => COMPARE[operator](Number(found), Number(key)));
  },
};

/** A word of the list means itself alone, part of one every word it is in. */
function meantBy(piece, { words, synonyms }, exact) {
  const plain = own(synonyms, piece.toLowerCase()) ?? piece.toLowerCase();
  if (words.includes(plain)) return [plain];
  return exact ? [] : words.filter(matcher(plain));
}

function anyText(wanted) {
  const tests = wanted.map(matcher);
  return (found) => tests.some((test) => test(found));
}

/** Without a star the text may stand anywhere in the value; with one the whole value must fit. */
function matcher(pattern) {
  const plain = pattern.toLowerCase();
  if (!plain.includes("*")) return (value) => text(value).includes(plain);
  const parts = plain.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  const shape = new RegExp(`^${parts.join(".*")}$`);
  return (value) => shape.test(text(value));
}

const fault = (field, code, words) => ({ field, code, text: words });
const unordered = (name) => fault(name, "BAD_VALUE", `${name} has no order; write ${name}:value or ${name}=value`);
const own = (table, name) => (Object.hasOwn(table, name) ? table[name] : undefined);
const pieces = (value) => value.split(",").filter(Boolean);
const shown = (value) => value.slice(0, 40);
const text = (value) => (value == null ? "" : String(value).toLowerCase());
