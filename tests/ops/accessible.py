"""What a page must have so that everybody can use it, asked of the page itself in the browser.

The rules are those of WCAG 2.2 AA that a program can judge: names of controls, one first heading and no level left out,
tables with heads, contrast of text (1.4.3), size or distance of targets (2.5.8), identifiers once, no scrolling that
a keyboard cannot do. Where axe-core lies beside (``AXE`` names its file), it judges as well.
"""

import os
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

ASK = """() => {
  const found = [];
  const seen = (one) => one.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && !one.closest("[hidden]");
  const say = (rule, one, more = "") => found.push(`${rule}: <${one.tagName.toLowerCase()} ${one.id || one.className}> ${one.textContent.trim().slice(0, 40)} ${more}`);
  const name = (one) => one.getAttribute("aria-label") || one.closest("label")?.textContent.trim() || one.textContent.trim() || one.title
    || [...(one.labels ?? [])].map((label) => label.textContent.trim()).join("");
  for (const one of document.querySelectorAll("button, a[href], input:not([type=hidden]), select, textarea"))
    if (seen(one) && !name(one)) say("no name", one);
  const levels = [...document.querySelectorAll("h1, h2, h3, h4")].filter(seen).map((one) => Number(one.tagName[1]));
  if (levels.filter((level) => level === 1).length !== 1) found.push(`headings: ${levels}`);
  levels.forEach((level, at) => { if (at && level > levels[at - 1] + 1) found.push(`heading left out: ${levels}`); });
  for (const table of document.querySelectorAll("table"))
    if (seen(table) && table.tHead && [...table.tHead.querySelectorAll("th")].some((one) => one.scope !== "col")) say("head without scope", table);
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  for (const id of new Set(ids.filter((one, at) => ids.indexOf(one) !== at))) found.push(`identifier twice: ${id}`);
  if (!document.querySelector("main") || !document.documentElement.lang) found.push("no main, or no language");

  const parts = (colour) => { const c = document.createElement("canvas").getContext("2d", { willReadFrequently: true }); c.fillStyle = colour; c.fillRect(0, 0, 1, 1); return [...c.getImageData(0, 0, 1, 1).data].map((v, at) => (at === 3 ? v / 255 : v)); };
  const cache = new Map();
  const rgba = (colour) => cache.get(colour) ?? cache.set(colour, parts(colour)).get(colour);
  const over = (top, under) => [0, 1, 2].map((at) => top[at] * top[3] + under[at] * (1 - top[3])).concat(1);
  const ground = (one) => { const layers = []; for (let at = one; at; at = at.parentElement) layers.unshift(rgba(getComputedStyle(at).backgroundColor)); return layers.reduce((under, top) => over(top, under), [255, 255, 255, 1]); };
  const light = (colour) => { const [r, g, b] = colour.slice(0, 3).map((v) => { const c = v / 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ratio = (one, other) => { const [a, b] = [light(one), light(other)].sort((x, y) => y - x); return (a + 0.05) / (b + 0.05); };
  const told = new Set();
  for (const one of document.querySelectorAll("body *")) {
    if (![...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()) || !seen(one)) continue;
    if (one.closest("option, script, style, :disabled, [aria-disabled=true], .visually-hidden, .skip")) continue;
    const under = ground(one);
    const style = getComputedStyle(one);
    const is = ratio(over(rgba(style.color), under), under);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
    const kind = `${one.tagName}.${one.className}.${style.color}`;
    if (is < (large ? 3 : 4.5) && !told.has(kind)) { told.add(kind); say("contrast", one, is.toFixed(2)); }
  }

  const targets = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")].filter((one) => seen(one) && !one.closest("p, .skip, .visually-hidden"));
  const boxes = targets.map((one) => ({ one, box: (one.closest("label") ?? one).getBoundingClientRect() })).filter(({ box }) => box.width && box.bottom > 0 && box.top < innerHeight);
  for (const { one, box } of boxes) {
    if (box.width >= 24 && box.height >= 23.5) continue;
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    for (const other of boxes) {
      if (other.one === one || other.one.contains(one) || one.contains(other.one) || other.one.closest("label")?.contains(one)) continue;
      const dx = Math.max(other.box.left - x, 0, x - other.box.right);
      const dy = Math.max(other.box.top - y, 0, y - other.box.bottom);
      if (Math.hypot(dx, dy) < 11.5) { say("small target", one, `${Math.round(box.width)}x${Math.round(box.height)} beside ${other.one.textContent.trim().slice(0, 20)}`); break; }
    }
  }
  return found;
}"""
AXE_RUN = """() => axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] })
  .then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ target }) => target)}`))"""


def faults(page: Page) -> list[str]:
    """What is wrong with the page as it is now."""
    found: list[str] = page.evaluate(ASK)
    return found + axe(page)


def axe(page: Page) -> list[str]:
    """What axe-core finds, where it lies on this machine."""
    where = Path(os.environ.get("AXE", "static/vendor/axe-core/axe.min.js"))
    if not where.exists():
        return []
    page.evaluate(where.read_text(encoding="utf-8"))
    found: Any = page.evaluate(AXE_RUN)
    return [f"axe {one}" for one in found]
