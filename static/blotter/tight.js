// Which cells may not hold what they say. Only those are clipped, with an ellipsis: a browser pays for every clip at every
// frame, and three tables full of them cost it more than all that is drawn in them.

// At 11.5 px: a figure, the widest of usual words in capitals, what stands before an element's text, a cell's padding.
const FIGURE_PX = 7.1;
const LETTER_PX = 8.6;
const SIGN_PX = 14;
const PADDING_PX = 13;
const FIGURES = /^[\d.,:%+−-]*$/;

/** The formatter of a column so wide; what it draws is marked where it may be too long. */
export function fitting(formatter, width) {
  return (...given) => {
    const drawn = formatter(...given);
    return widthOf(drawn) <= width - PADDING_PX ? drawn : marked(drawn);
  };
}

function widthOf(drawn) {
  if (drawn === null || drawn === undefined) return 0;
  if (drawn.nodeType) return SIGN_PX + widthOf(drawn.textContent);
  if (typeof drawn === "object") return widthOf(drawn.html ?? drawn.text);
  const text = String(drawn);
  return text.length * (FIGURES.test(text) ? FIGURE_PX : LETTER_PX);
}

function marked(drawn) {
  if (drawn.nodeType) return { html: drawn, addClasses: "tight" };
  if (typeof drawn === "object") return { ...drawn, addClasses: `${drawn.addClasses ?? ""} tight`.trim() };
  return { text: String(drawn), addClasses: "tight" };
}
