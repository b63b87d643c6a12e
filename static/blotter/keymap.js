// Which key does what: as delivered, or as the trader would have it. Names of keys are the browser's. No page needed.

// What the grid, the ticket and the browser need for themselves.
const TAKEN = new Set(["Enter", "Escape", "Tab", " ", "Shift", "Control", "Alt", "Meta", "?"]);

/** Letters mean the same with and without Shift. */
export const keyOf = ({ key }) => (key.length === 1 ? key.toLowerCase() : key);

export class KeyMap {
  #delivered = new Map();

  /** remembered: {get(key, otherwise), set(key, value)}; what was changed is kept there by the words of the action. */
  constructor(remembered) {
    this.remembered = remembered;
    this.changed = remembered.get("keys", {});
  }

  deliver(action, keys) {
    this.#delivered.set(action, keys);
  }

  keysOf(action) {
    return action in this.changed ? [this.changed[action]] : (this.#delivered.get(action) ?? []);
  }

  actionOf(key) {
    return [...this.#delivered.keys()].find((action) => this.keysOf(action).includes(key)) ?? null;
  }

  /** Give the action this key alone. Answers why not, or "". */
  change(action, key) {
    if (TAKEN.has(key) || key.startsWith("Arrow") || key.startsWith("Page")) return `${key} is needed as it is`;
    const other = this.actionOf(key);
    if (other !== null && other !== action) return `${key} is for: ${other}`;
    this.changed = { ...this.changed, [action]: key };
    this.remembered.set("keys", this.changed);
    return "";
  }

  reset() {
    this.changed = {};
    this.remembered.set("keys", {});
  }
}
