// An override was granted, and the ticket it was asked with is gone (a reload, another order): its terms come back.

import { SIDE, qty } from "./format.js";

// Types whose every term the override says in words of its own; of others the trader types the rest again.
const WHOLE = new Set(["limit", "market"]);

/** Fill the ticket with the newest order of the user's that was granted on this desk. tell(words): why not. */
export async function resume({ ticket, api, config, alerts }) {
  const { ok, body } = await api.get("/api/v1/risk/overrides/?state=granted&limit=100");
  const mine = (ok ? body.results : []).find(
    (one) => one.trader === config.user && one.desk === config.desk && one.kind === "enter" && WHOLE.has(one.ord_type) && !one.terms.also && !one.terms.legs,
  );
  if (!mine) {
    alerts.say("No override of yours waits to be used.");
    return;
  }
  const found = await api.get(`/api/v1/blotter/instrument?id=${mine.terms.instrument_id}`);
  if (found.ok) ticket.restore(found.body, mine);
  else alerts.say(`Override ${mine.override_id}: ${SIDE[mine.side]} ${qty(Number(mine.order_qty))} ${mine.symbol}`);
}
