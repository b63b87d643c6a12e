// The three tables of the desk.

import { executionColumns, orderColumns, positionColumns } from "./columns.js";
import { $ } from "./dom.js";
import { isOpen } from "./format.js";
import { BlotterGrid } from "./grid.js";

/** on: for each table what happens when rows are picked, entered or acted upon; executions: which of them are new.
 * now(): the server's time. */
export function makeGrids(stores, { nonce, now, on }) {
  return {
    orders: new BlotterGrid($("orders-grid"), stores.orders, orderColumns(stores.orders, now), {
      nonce,
      name: "orders",
      label: "Orders",
      empty: "No order fits. Press N for a new one.",
      rowClass: (row) => [row.parent_id == null ? "" : "child", isOpen(row) ? "" : "closed"].join(" "),
      on: on.orders,
    }),
    executions: new BlotterGrid($("executions-grid"), stores.executions, executionColumns(), {
      nonce,
      name: "executions",
      label: "Executions",
      empty: "No executions.",
      rowClass: ({ id }) => (on.executions.unseen(id) ? "unseen" : ""),
      on: on.executions,
    }),
    positions: new BlotterGrid($("positions-grid"), stores.positions, positionColumns(), {
      nonce,
      name: "positions",
      label: "Positions",
      empty: "No positions.",
      on: on.positions,
    }),
  };
}
