// The orders of a desk in AG Grid Community, which keeps, filters and sorts them by itself: its own row model, fed by our
// feed with the same frames, the same columns, filter and sort, and rows taken in once a frame, as the blotter does.

import { orderColumns } from "/static/blotter/columns.js";
import { Feed } from "/static/blotter/feed.js";
import { Latency } from "/static/blotter/latency.js";
import { completeOrder, decoder } from "/static/blotter/rows.js";
import { Store } from "/static/blotter/store.js";

const desk = new URLSearchParams(location.search).get("desk");
const latency = new Latency();
let decode = null;
let waiting = [];
let asked = false;

// The blotter's columns; what is derived there by a formatter stands here as its field alone, which costs less.
const columns = orderColumns(new Store(), Date.now).map(({ id, name, width }) => ({ field: id, headerName: name, width }));
const { agGrid } = globalThis;
const grid = agGrid.createGrid(document.getElementById("grid"), {
  columnDefs: [...columns],
  defaultColDef: { sortable: true, filter: "agTextColumnFilter", resizable: true },
  getRowId: ({ data }) => String(data.id),
  rowHeight: 20,
  headerHeight: 24,
  deltaSort: true,
  animateRows: false,
  rowData: [],
});
grid.setFilterModel({ side: { filterType: "text", type: "equals", filter: "buy" } });
grid.applyColumnState({ state: [{ colId: "avg_px", sort: "asc" }] });

async function load(url) {
  const response = await fetch(url, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`snapshot ${response.status}`);
  const snapshot = await response.json();
  decode = decoder(snapshot.cols);
  return snapshot;
}

function take(rows) {
  waiting.push(...rows.map((values) => completeOrder(decode(values))));
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    grid.applyTransaction({ update: waiting });
    waiting = [];
    requestAnimationFrame(() => latency.painted(Date.now()));
  });
}

const feed = new Feed({
  desk,
  tables: ["orders"],
  open: () => new WebSocket(`ws://${location.host}/ws/blotter/`),
  load,
  on: {
    snapshot: (_table, rows) => grid.setGridOption("rowData", rows.map((values) => completeOrder(decode(values)))),
    rows: (_table, rows, _gone, frame) => {
      latency.arrived(frame);
      take(rows);
    },
    quotes: () => null,
    state: (name) => (document.body.dataset.state = name),
    beat: ({ ts }) => latency.beat(ts, Date.now()),
    latency: () => latency.percentiles(),
  },
});
feed.start();
globalThis.onTheWay = () => latency.onTheWay();
