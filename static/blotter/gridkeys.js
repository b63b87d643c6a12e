// The keys of a table: walk over its rows, pick one, many, or some here and there, open and close what is under a row.

// Rows that stay in sight when a page is turned, and the header.
const KEPT_IN_SIGHT = 3;

/** table: a BlotterGrid. */
export function takeKeys(table) {
  table.container.addEventListener("keydown", (event) => {
    if (event.metaKey || event.altKey || !keyed(table, event)) return;
    event.preventDefault();
  });
}

/** Whether the key was one of the table's. */
function keyed(table, { key, ctrlKey, shiftKey }) {
  const steps = stepsOf(table, key);
  const row = current(table);
  if (steps !== undefined) move(table, steps, { extend: shiftKey, walk: ctrlKey });
  else if (key === " " && row) row.heading ? table.open(row) : pickToo(table, row);
  else if (ctrlKey) return false;
  else if (key === "ArrowRight" && row && (row.heading || table.store.childrenOf(row.id).length)) table.open(row, true);
  else if (key === "ArrowLeft" && row) close(table, row);
  else if (key === "Enter" && row) row.heading ? table.open(row) : table.on.enter?.(row);
  else return false;
  return true;
}

function stepsOf({ container, rowHeight }, key) {
  const page = Math.max(1, Math.floor(container.clientHeight / rowHeight) - KEPT_IN_SIGHT);
  return { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity }[key];
}

/** The row, or the heading, that the keys are on. */
function current({ store, cursor }) {
  return cursor === null ? null : (store.row(cursor) ?? store.get(store.indexOf(cursor)));
}

function pickToo(table, row) {
  table.pickAlso(row.id);
  table.tellPick();
}

/** On a child: go to its parent. On a parent: close it. */
function close(table, row) {
  const parent = table.store.parent ? row[table.store.parent] : null;
  if (parent == null) table.open(row, false);
  else table.pickOnly(parent);
}

/** extend: all from where we were to there are picked as well; walk: what is picked stays as it is. */
function move(table, steps, { extend, walk }) {
  const last = table.store.len() - 1;
  if (last < 0) return;
  const from = table.cursor === null ? -1 : table.store.indexOf(table.cursor);
  const number = Math.min(last, Math.max(0, from + steps));
  const row = table.store.get(number);
  if (!extend && !walk) table.picked.clear();
  if (extend && from >= 0) table.pickRange(number);
  else if (!walk) table.also(row);
  table.cursor = row.id;
  table.grid.scrollRowIntoView(number);
  if (walk) table.repaint();
  else table.tellPick();
}
