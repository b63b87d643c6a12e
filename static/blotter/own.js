// What is the desk's own on the chart: its fills, and its working orders.

import { isOpen, isSpread } from "./format.js";

const MOST_FILLS = 60;

export function drawOwn(chart, stores) {
  const id = chart.instrument?.id;
  if (!id) return;
  const fills = stores.executions
    .linked(id)
    .filter((row) => row.exec_type === "trade")
    .sort((a, b) => a.transact_time - b.transact_time);
  chart.draw(
    fills.slice(-MOST_FILLS),
    stores.orders.linked(id).filter((row) => row.parent_id == null && isOpen(row) && !isSpread(row)),
  );
}
