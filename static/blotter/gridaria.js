// Row and column numbers for assistive technology: the page holds only the rows in view.

// What was said last of each row on the page: to say it again costs as much as to paint it.
const said = new WeakMap();

export function describe({ grid, container, store, name, picked, cursor }) {
  const columns = grid.getColumns();
  tell(container, "aria-colcount", String(columns.length));
  for (const [number, { rowNode }] of Object.entries(grid.rowsCache)) {
    const node = rowNode[0];
    const row = store.get(Number(number));
    if (!row) continue;
    const selected = String(picked.has(row.id));
    const now = `${row.id} ${selected} ${number} ${node.childElementCount}`;
    if (said.get(node) === now) continue;
    said.set(node, now);
    node.id = `${name}-${row.id}`;
    tell(node, "role", "row");
    tell(node, "aria-rowindex", String(Number(number) + 2));
    tell(node, "aria-selected", selected);
    [...node.children].forEach((cell, index) => tell(cell, "aria-colindex", String(index + 1)));
  }
  if (cursor === null) container.removeAttribute("aria-activedescendant");
  else tell(container, "aria-activedescendant", `${name}-${cursor}`);
}

function tell(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

/** By which columns the rows are sorted: [{field, down}]. */
export function tellSort(container, order) {
  for (const header of container.querySelectorAll(".slick-header-column")) {
    const sorted = order.find(({ field }) => header.id.endsWith(field));
    header.setAttribute("aria-sort", sorted ? (sorted.down ? "descending" : "ascending") : "none");
  }
}
