// One trade's life: its steps, what each department holds of it, and the one timeline there is of an order.

import { Api } from "../blotter/api.js";
import { $, el } from "../blotter/dom.js";
import { showTimeline } from "../blotter/timeline.js";
import { block } from "./cells.js";
import { Live } from "./live.js";
import { around, line, shell } from "./shell.js";

const config = JSON.parse($("config").textContent);
const api = new Api({ csrf: config.csrf });
const hotkeys = shell();

const step = ({ title, state, says }) =>
  el("li", { dataset: { state } }, el("b", {}, title), el("span", {}, says), el("small", {}, state));

function take(body) {
  around(body);
  $("steps").replaceChildren(...body.steps.map(step));
  $("blocks").replaceChildren(...body.blocks.map((one) => block(one, "h2")));
  showTimeline($("timeline"), api, config.order_id);
}

hotkeys.add("This trade", ["o"], "O", "The order itself", () => {
  location.href = `/orders/${config.order_id}/`;
});
hotkeys.add("This trade", ["b"], "B", "On the blotter", () => {
  location.href = config.blotter;
});
hotkeys.add("This trade", ["Escape"], "Esc", "Back", () => history.back());
new Live({ address: config.at, hidden: () => document.hidden, on: { image: take, state: line } }).now();
