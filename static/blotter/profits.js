// What the positions have made, by currency, in words and colours.

import { el } from "./dom.js";
import { money, signed } from "./format.js";
import { profits } from "./rows.js";

export function showProfits(place, positions) {
  const made = (value) => el("b", { className: value < 0 ? "down" : "up" }, signed(value, money));
  place.replaceChildren(
    ...[...profits(positions)].flatMap(([currency, { realised, unrealised }]) => [
      el("span", { className: "quiet" }, ` ${currency} real. `),
      made(realised),
      el("span", { className: "quiet" }, " unreal. "),
      made(unrealised),
    ]),
  );
}
