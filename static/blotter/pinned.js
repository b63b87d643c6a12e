// Columns that stay in place at the left while the others are scrolled. The browser's own `position: sticky` does it
// (grid.css), so that nothing trembles; SlickGrid must only be kept from leaving such cells out, and told of nothing else.

/** The column, marked when it is pinned. */
export function pinned(column) {
  if (!column.pinned) return column;
  const classes = (given) => [given, "pinned"].filter(Boolean).join(" ");
  return { ...column, alwaysRenderColumn: true, cssClass: classes(column.cssClass), headerCssClass: classes(column.headerCssClass) };
}

/** Cells take their width from here, and headers, which are scrolled by script, are moved by script. */
export function keepPinned({ grid, container }) {
  const widths = () => {
    let last = -1;
    grid.getColumns().forEach(({ width, pinned: stays }, at) => {
      if (!stays) return;
      last = at;
      const [name, value] = [`--pin-${at}`, `${width}px`];
      if (container.style.getPropertyValue(name) !== value) container.style.setProperty(name, value);
    });
    const count = String(last + 1);
    if (container.dataset.pinned !== count) container.dataset.pinned = count;
  };
  grid.onRendered.subscribe(widths);
  grid.onScroll.subscribe((_event, { scrollLeft }) => {
    container.style.setProperty("--scrolled", `${scrollLeft}px`);
    container.toggleAttribute("data-scrolled", scrollLeft > 0);
  });
  widths();
}
