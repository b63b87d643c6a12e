// Row and column numbers for assistive technology: the page holds only the rows in view.

export function describe({ grid, container, store, name, picked, cursor }) {
  container.setAttribute("aria-colcount", String(grid.getColumns().length));
  for (const [number, { rowNode }] of Object.entries(grid.rowsCache)) {
    const node = rowNode[0];
    const row = store.get(Number(number));
    if (!row) continue;
    node.id = `${name}-${row.id}`;
    node.setAttribute("role", "row");
    node.setAttribute("aria-rowindex", String(Number(number) + 2));
    node.setAttribute("aria-selected", String(picked.has(row.id)));
    [...node.children].forEach((cell, index) => cell.setAttribute("aria-colindex", String(index + 1)));
  }
  if (cursor === null) container.removeAttribute("aria-activedescendant");
  else container.setAttribute("aria-activedescendant", `${name}-${cursor}`);
}

/** By which columns the rows are sorted: [{field, down}]. */
export function tellSort(container, order) {
  for (const header of container.querySelectorAll(".slick-header-column")) {
    const sorted = order.find(({ field }) => header.id.endsWith(field));
    header.setAttribute("aria-sort", sorted ? (sorted.down ? "descending" : "ascending") : "none");
  }
}
