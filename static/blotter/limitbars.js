// What the page of limits makes of the rows of `GET limits/`: groups, words and numbers. It touches no page.

import { qty } from "./format.js";

const TIGHT_PCT = 80;
const KINDS = ["account", "desk", "trader", "client", "portfolio", "strategy", "issuer", "instrument", "venue", "asset_class"];

/** The group of a limit: what it names first of account, desk and so on; the firm's name nothing. */
export function groupOf({ scope }) {
  const kind = KINDS.find((name) => scope[name]);
  return kind ? `${kind.replaceAll("_", " ")} ${scope[kind]}` : "Firm";
}

/** The rest of the scope, beside what the group says. */
export function words(limit) {
  const kind = KINDS.find((name) => limit.scope[name]);
  const rest = Object.entries(limit.scope).filter(([name]) => name !== kind);
  return rest.length ? rest.map(([name, value]) => `${name.replaceAll("_", " ")} ${value}`).join(", ") : "everything";
}

export function levelOf({ used, soft, hard }) {
  if (used === null) return "hard";
  if (Number(used) >= Number(hard)) return "hard";
  return soft !== null && Number(used) > Number(soft) ? "soft" : "pass";
}

/** Used, warning level, limit and room; money in whole units of the limit's currency. */
export function bars({ used, soft, hard, room, currency }) {
  const said = (number) => (currency ? `${qty(Math.round(Number(number)))} ${currency}` : qty(Number(number)));
  const shown = (number) => (number === null ? "—" : said(number));
  return [used, soft, hard, room].map(shown);
}

/** Groups of those that are looked for, the firm first, then desks and accounts by name; within, the tightest first. */
export function grouped(rows, { find = "", tight = false } = {}) {
  const sought = find.trim().toLowerCase();
  const groups = new Map();
  for (const limit of rows) {
    const name = groupOf(limit);
    const said = `${name} ${words(limit)} ${limit.measure.replaceAll("_", " ")}`.toLowerCase();
    if (sought && !said.includes(sought)) continue;
    if (tight && limit.percent !== null && Number(limit.percent) < TIGHT_PCT) continue;
    groups.set(name, [...(groups.get(name) ?? []), limit]);
  }
  return [...groups]
    .map(([name, limits]) => ({ name, limits: limits.toSorted((one, other) => share(other) - share(one)) }))
    .toSorted((one, other) => place(one) - place(other) || one.name.localeCompare(other.name));
}

/** What nobody can tell comes first. */
function share({ percent }) {
  return percent === null ? Infinity : Number(percent);
}

function place({ name }) {
  if (name === "Firm") return 0;
  return name.startsWith("desk ") ? 1 : name.startsWith("account ") ? 2 : 3;
}
