// The workbench of breaches by keyboard. The list renews itself: the server is asked for its rows every second, and what
// has not changed is left alone, so that neither the choice nor what is being typed is lost.

const table = document.getElementById("breaches");
const body = table.tBodies[0];
const panel = document.getElementById("breach-panel");
const filters = document.getElementById("breach-filters");
const feed = document.getElementById("breach-feed");
const EVERY_MS = 1000;
let chosen = table.dataset.selected;
let shown = ""; // number and version of the case in the panel

const rows = () => [...body.querySelectorAll("tr[data-pk]")];
const row = () => document.getElementById(`b${chosen}`);
const query = () => new URLSearchParams(new FormData(filters)).toString();

async function show() {
  const found = row();
  const name = found ? `${found.dataset.pk}.${found.dataset.version}` : "";
  if (!found || name === shown) return;
  shown = name;
  const answer = await fetch(`${filters.action}${found.dataset.pk}/panel/?${query()}`, { credentials: "same-origin" });
  if (answer.ok && shown === name) panel.innerHTML = await answer.text();
}

function choose(pk) {
  chosen = pk;
  for (const one of rows()) one.setAttribute("aria-selected", String(one.dataset.pk === chosen));
  row()?.scrollIntoView({ block: "nearest" });
  if (!panel.contains(document.activeElement)) show();
}

function move(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((one) => one.dataset.pk === chosen);
  choose(all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + by))].dataset.pk);
}

async function renew() {
  try {
    const answer = await fetch(`${filters.action}?${query()}&rows=1`, { credentials: "same-origin" });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    const text = await answer.text();
    if (text !== renew.last) {
      renew.last = text;
      body.innerHTML = text;
      choose(chosen);
    }
    feed.textContent = "live";
    feed.classList.remove("stale");
  } catch {
    feed.textContent = "not live";
    feed.classList.add("stale");
  }
  setTimeout(renew, EVERY_MS);
}

const TEXT = new Set(["note", "cure", "ask_waiver", "grant_waiver", "refuse_waiver"]);

function press(key) {
  const button = panel.querySelector(`button[data-key="${key}"]`);
  if (!button) return;
  const text = panel.querySelector("textarea");
  // What needs a text is sent from there, so that nothing is done by a slip of one key.
  if (TEXT.has(button.value) && !text.value.trim()) {
    text.focus();
    text.dataset.verb = key;
  } else if (button.value === "assign" && document.activeElement?.name !== "owner") {
    panel.querySelector("select[name=owner]").focus();
  } else {
    button.click();
  }
}

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.metaKey) return;
  const typing = event.target.closest("input, textarea, select");
  if (event.key === "Escape" && typing) {
    typing.blur();
  } else if (event.key === "Enter" && event.ctrlKey && event.target.matches("textarea[data-verb]")) {
    press(event.target.dataset.verb);
    event.preventDefault();
  } else if (!typing && !event.ctrlKey) {
    if (event.key === "j" || event.key === "ArrowDown") move(1);
    else if (event.key === "k" || event.key === "ArrowUp") move(-1);
    else if (event.key === "Enter" && !event.target.closest("a, button")) (panel.querySelector("textarea") ?? panel.querySelector("a"))?.focus();
    else if (event.key === "f") filters.querySelector("select").focus();
    else if (/^[asncwgr]$/.test(event.key)) press(event.key);
    else return;
    event.preventDefault();
  }
});
body.addEventListener("click", (event) => {
  const found = event.target.closest("tr[data-pk]");
  if (found) choose(found.dataset.pk);
});
filters.addEventListener("change", () => filters.submit());

if (!row() && rows().length) chosen = rows()[0].dataset.pk;
choose(chosen);
setTimeout(renew, EVERY_MS);
