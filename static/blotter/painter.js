// Paints rows that are on the page already where they stand, cell by cell, and only what reads differently: to take a row out
// and build it anew, as SlickGrid does, costs several times as much in building and in laying out.

const KEPT = new Set(["ui-widget-content", "slick-row", "odd", "even", "frozen", "loading", "active"]);

/** Put rows that stand on the page where their order has gone; moves: [[from, to]…], a permutation. */
export function moveRows(grid, moves) {
  if (!moves.length) return;
  const { rowsCache } = grid;
  const entries = moves.map(([from]) => rowsCache[from]);
  moves.forEach(([, to], at) => {
    if (entries[at]) rowsCache[to] = entries[at];
    else delete rowsCache[to];
    entries[at]?.rowNode.forEach((node) => striped(node, to));
  });
  grid.updateRowPositions();
}

function striped(node, number) {
  node.classList.toggle("odd", number % 2 === 1);
  node.classList.toggle("even", number % 2 === 0);
}

/** Paint one row; false when it is not on the page and has to be built. */
export function paintRow(grid, columns, number) {
  const entry = grid.rowsCache[number];
  const row = grid.getDataItem(number);
  if (!entry?.rowNode?.length || !row) return false;
  paintClasses(entry.rowNode[0], grid.getData().getItemMetadata(number)?.cssClasses ?? "");
  columns.forEach((column, cell) => {
    const node = grid.getCellNode(number, cell);
    if (node) paintCell(node, cell, column, column.formatter(number, cell, row[column.field], column, row, grid));
  });
  return true;
}

function paintClasses(node, more) {
  const own = node.className.split(" ").filter((name) => KEPT.has(name));
  const wanted = more ? `${own.join(" ")} ${more}` : own.join(" ");
  if (node.className !== wanted) node.className = wanted;
}

/** `drawn` is what a formatter answers: text, an element, or {text or html, addClasses, toolTip}. */
function paintCell(node, cell, column, drawn) {
  const plain = drawn === null || typeof drawn !== "object" || drawn instanceof Node;
  const { addClasses = "", toolTip = "" } = plain ? {} : drawn;
  const classes = [`slick-cell l${cell} r${cell}`, column.cssClass, addClasses].filter(Boolean).join(" ");
  if (node.className !== classes) node.className = classes;
  if (node.title !== toolTip) {
    if (toolTip) node.title = toolTip;
    else node.removeAttribute("title");
  }
  paintContent(node, plain ? drawn : (drawn.html || drawn.text));
}

function paintContent(node, content) {
  const first = node.firstChild;
  if (content instanceof Node) {
    if (node.childNodes.length !== 1 || !first.isEqualNode(content)) node.replaceChildren(content);
    return;
  }
  const text = String(content ?? "");
  if (first?.nodeType === Node.TEXT_NODE && !first.nextSibling) {
    if (first.data !== text) first.data = text;
  } else node.textContent = text;
}

const TICKED = ["ticked-up", "ticked-down"];

/** Prices that have moved stop standing out; called twice in the time for which they do. */
export function calm(container) {
  for (const node of container.querySelectorAll(".ticked-up, .ticked-down")) {
    if (node.dataset.calm) node.classList.remove(...TICKED);
    node.dataset.calm = node.dataset.calm ? "" : "soon";
  }
}
