// The page of one order: status badges, and the timeline as it grows.

import { Api } from "./api.js";
import { statusBadge } from "./columns.js";
import { $ } from "./dom.js";
import { showTimeline } from "./timeline.js";
import { dress } from "./theme.js";

const config = JSON.parse($("config").textContent);
const api = new Api({ csrf: config.csrf });

for (const place of document.querySelectorAll("[data-status]"))
  place.replaceChildren(statusBadge(place.dataset.status));
dress();

const refresh = () => (document.hidden ? null : showTimeline($("timeline"), api, config.order_id));
refresh();
setInterval(refresh, 5000);
