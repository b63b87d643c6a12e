// The rows of one live table: by id and revision, filtered, sorted, flattened as a tree.
// Knows no page, no network and no clock, so that it runs in Node, in a page and in a worker alike.
//
// A row is a plain object with `id` and `rev` (higher is newer; an older image is ignored, which makes replays
// harmless). The store adds `v`, which grows with each visible change so that the grid repaints by it, and
// keeps `key` and `gone` for itself.
// Writes only mark rows; settle() merges the marked ones into the order (sorted.js).

import { SortedRows } from "./sorted.js";

export class Store {
  #rows = new Map();
  #children = new Map();
  #links = new Map();
  #dirty = new Set();
  #sorted = new SortedRows();
  #tallies = [];
  #view = [];
  #open = new Set();
  #passes = null;
  #liveFields = new Set();
  #sortIsLive = false;
  #groups = null;
  #stale = false;
  #clock = 0;

  /** parent: field with the id of a row's parent. link: field by which touch() finds rows (say, the instrument). */
  constructor({ parent = null, link = null, live = [] } = {}) {
    this.parent = parent;
    this.link = link;
    this.#liveFields = new Set(live);
  }

  get size() {
    return this.#rows.size;
  }
  get version() {
    return this.#clock;
  }
  len() {
    return this.#view.length;
  }
  get(position) {
    return this.#view[position];
  }
  row(id) {
    return this.#rows.get(id);
  }
  rows() {
    return this.#rows.values();
  }
  /** Rows of one link value. */
  linked(value) {
    return this.#links.get(value) ?? [];
  }
  /** Keep this count (tally.js) up from now on. */
  tally(tally) {
    this.#tallies.push(tally);
    for (const row of this.rows()) tally.moved(null, tally.kindOf(row));
    return tally;
  }
  childrenOf(id) {
    return this.#children.get(id) ?? [];
  }
  isOpen(id) {
    return this.#open.has(id);
  }
  indexOf(id) {
    return this.#view.findIndex((row) => row.id === id);
  }

  /** Take row images; answers how many were taken. */
  put(images) {
    let taken = 0;
    for (const image of images) taken += this.#take(image) ? 1 : 0;
    return taken;
  }

  /** A snapshot is the truth: rows it does not name are gone. Open branches stay open. */
  replace(images) {
    this.#rows.clear();
    this.#children.clear();
    this.#links.clear();
    this.#dirty.clear();
    for (const tally of this.#tallies) tally.clear();
    this.put(images);
    this.#stale = true;
  }

  remove(ids) {
    for (const id of ids) {
      const row = this.#rows.get(id);
      if (!row) continue;
      this.#rows.delete(id);
      this.#unlink(row);
      for (const tally of this.#tallies) tally.moved(tally.kindOf(row), null);
      row.gone = true;
      this.#mark(row);
    }
  }

  /** Change what is derived from outside (a quote, say) on every row of one link value. */
  touch(value, change) {
    const rows = this.#links.get(value);
    if (!rows) return;
    for (const row of rows) {
      if (change(row) === false) continue;
      row.v = ++this.#clock;
      if (this.#sortIsLive) this.#mark(row);
    }
  }

  /** order: [{field, down}], the first is the strongest; the id makes it total. */
  setSort(order) {
    this.#sorted.order(order);
    this.#sortIsLive = order.some(({ field }) => this.#liveFields.has(field));
    this.#stale = true;
    this.#clock += 1;
  }

  /** A row stays when it passes; of a branch the parent alone is asked, who may look at its children. */
  setFilter(passes) {
    this.#passes = passes;
    this.#stale = true;
    this.#clock += 1;
  }

  /** Headings by a column with sums of others (groups.js), or none. */
  setGroups(groups) {
    this.#groups = groups;
    this.#stale = true;
    this.#clock += 1;
  }

  toggle(id, open = undefined) {
    if (this.#groups && typeof id === "string") this.#groups.toggle(id, open);
    else this.#branch(id, open ?? !this.#open.has(id));
    this.#view = this.#flatten();
  }

  #branch(id, open) {
    if (open) this.#open.add(id);
    else this.#open.delete(id);
    const row = this.#rows.get(id);
    if (row) row.v = ++this.#clock;
  }

  /** Bring index and view up to date; answers whether rows came, went or moved. */
  settle() {
    if (this.#stale) this.#rebuild();
    else if (this.#dirty.size) this.#merge();
    else return false;
    this.#view = this.#flatten();
    return true;
  }

  #take(image) {
    const known = this.#rows.get(image.id);
    if (known && image.rev < known.rev) return false;
    const moved = !known || this.#moves(known, image);
    if (known && moved) this.#unlink(known);
    const kinds = this.#tallies.map((tally) => (known ? tally.kindOf(known) : null));
    const row = known ? Object.assign(known, image) : { ...image, key: null };
    this.#tallies.forEach((tally, at) => tally.moved(kinds[at], tally.kindOf(row)));
    row.v = ++this.#clock;
    this.#rows.set(row.id, row);
    if (moved) this.#enlink(row);
    this.#mark(row);
    return true;
  }

  #mark(row) {
    const parent = this.#parentOf(row);
    if (parent) {
      parent.v = ++this.#clock;
      this.#mark(parent);
    }
    this.#dirty.add(row);
  }

  #parentOf(row) {
    const id = this.parent ? row[this.parent] : null;
    return id == null ? null : (this.#rows.get(id) ?? null);
  }

  #isChild(row) {
    return this.parent !== null && row[this.parent] != null;
  }

  #enlink(row) {
    if (this.#isChild(row)) insertById(bucket(this.#children, row[this.parent]), row);
    if (this.link) bucket(this.#links, row[this.link]).push(row);
  }

  #unlink(row) {
    if (this.#isChild(row)) drop(this.#children, row[this.parent], row);
    if (this.link) drop(this.#links, row[this.link], row);
  }

  #moves(row, image) {
    return [this.parent, this.link].some((field) => field && field in image && image[field] !== row[field]);
  }

  #listed(row) {
    if (row.gone || this.#isChild(row)) return false;
    return !this.#passes || this.#passes(row);
  }

  #rebuild() {
    this.#dirty.clear();
    const listed = [];
    for (const row of this.#rows.values()) {
      row.key = null;
      if (this.#listed(row)) listed.push(row);
    }
    this.#sorted.fill(listed);
    this.#stale = false;
  }

  #merge() {
    const changed = [...this.#dirty];
    this.#dirty.clear();
    this.#sorted.merge(changed, changed.filter((row) => this.#listed(row)));
  }

  #flatten() {
    const below = (row) => (this.#open.has(row.id) ? this.childrenOf(row.id) : []);
    if (this.#groups) return this.#groups.flatten(this.#sorted.list, below, ++this.#clock);
    if (!this.#open.size) return this.#sorted.list;
    const view = [];
    for (const row of this.#sorted.list) view.push(row, ...below(row));
    return view;
  }
}

function bucket(map, key) {
  let rows = map.get(key);
  if (!rows) map.set(key, (rows = []));
  return rows;
}

function insertById(rows, row) {
  let place = rows.length;
  while (place > 0 && rows[place - 1].id > row.id) place -= 1;
  rows.splice(place, 0, row);
}

function drop(map, key, row) {
  const rows = map.get(key);
  const place = rows ? rows.indexOf(row) : -1;
  if (place >= 0) rows.splice(place, 1);
}
