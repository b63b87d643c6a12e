// What the ticket shows and must know of the instrument that was chosen.

import { el } from "./dom.js";

/** Name, home venue, currency and ISIN as elements. */
export function facts(found) {
  const [name, ...rest] = found ? [found.name, found.primary_mic, found.currency, found.isin].filter(Boolean) : [];
  return name ? [el("b", { textContent: name }), rest.join(" · ")] : [];
}

/** Price steps, what a price is worth, and the number under which quotes come. Without an answer what is known. */
export async function lookUp(api, found) {
  const { symbol, primary_mic: mic } = found;
  const { ok, body } = await api.get(`/api/v1/blotter/instrument?symbol=${encodeURIComponent(symbol)}&mic=${mic}`);
  return ok ? body : found;
}
