// What is the desk's own on the chart: its fills, and its working orders.

import { isOpen, isSpread } from "./format.js";

const MOST_FILLS = 60;

export function drawOwn(chart, stores) {
  const id = chart.instrument?.id;
  if (!id) return;
  const mine = (row) => row.instrument_id === id;
  const fills = [...stores.executions.rows()]
    .filter((row) => mine(row) && row.exec_type === "trade")
    .sort((a, b) => a.transact_time - b.transact_time);
  chart.draw(
    fills.slice(-MOST_FILLS),
    [...stores.orders.rows()].filter((row) => mine(row) && row.parent_id == null && isOpen(row) && !isSpread(row)),
  );
}
