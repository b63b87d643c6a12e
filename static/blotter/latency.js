// How old a change is when it is painted: since it was committed, and since the server sent it. The server's clock is taken as ours less the smallest difference seen in
// recent heartbeats, so that a wrong clock on the desk does not show as a slow feed.

const REMEMBERED = 300;
const BEATS = 30;

export class Latency {
  #waiting = [];
  #ages = [];
  #ways = [];
  #differences = [];

  /** A heartbeat of the server, stamped `ts` there, read at `now` here (both ms since 1970). */
  beat(ts, now) {
    keep(this.#differences, now - ts, BEATS);
  }

  /** What the server's clock says when ours says `now`. */
  serverTime(now) {
    return now - this.#ahead();
  }

  /** A change committed at `ts`, sent at `at`, has arrived; it counts once it is painted. */
  arrived({ ts, at = ts }) {
    if (ts) this.#waiting.push([ts, at]);
  }

  painted(now) {
    const ahead = this.#ahead();
    for (const [ts, at] of this.#waiting) {
      keep(this.#ages, Math.max(0, now - ahead - ts), REMEMBERED);
      keep(this.#ways, Math.max(0, now - ahead - at), REMEMBERED);
    }
    this.#waiting = [];
  }

  #ahead() {
    return this.#differences.length ? Math.min(...this.#differences) : 0;
  }

  /** [median, 99th percentile] in ms since the commit, or null before the first change. */
  percentiles() {
    return middleAndMost(this.#ages);
  }

  /** The same since the server sent it: the way over the network, and the page's own work. */
  onTheWay() {
    return middleAndMost(this.#ways);
  }
}

function middleAndMost(list) {
  if (!list.length) return null;
  const sorted = [...list].sort((a, b) => a - b);
  const at = (share) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]);
  return [at(0.5), at(0.99)];
}

function keep(list, value, most) {
  list.push(value);
  if (list.length > most) list.shift();
}
