// The editor of a rule: reads the rule back while it is written, marks what is wrong, and adds rows on demand.

const form = document.querySelector("form.editor");
const reading = form.querySelector("[data-reading]");
const faults = form.querySelector("[data-faults]");
const said = form.querySelector("[data-said]");
const WAIT_MS = 250;
let waiting = 0;
let asked = 0;

/** The field of the form that a fault is about: filter[1].values is filter-1-values, cases[0].order.price the order. */
function fieldOf(name) {
  const [, list, row, rest] = name.match(/^(scope|filter|cases)\[(\d+)\]\.?(.*)$/) ?? [];
  if (!list) return name;
  const parts = { scope: ["field", "is", "values"], filter: ["field", "is", "values"], cases: ["name", "expect", "order"] };
  const part = parts[list].find((one) => rest === one || rest.startsWith(`${one}.`) || rest.startsWith(`${one}[`));
  const filled = [...form.querySelectorAll(`[data-row="${list}"]`)].filter((one) => isFilled(one, list));
  const index = filled[Number(row)]?.dataset.index;
  return index === undefined ? "" : `${list === "cases" ? "case" : list}-${index}-${part ?? (list === "cases" ? "surroundings" : "values")}`;
}

function isFilled(row, list) {
  return row.querySelector(list === "cases" ? "input[name$='-name']" : "select[name$='-field']").value !== "";
}

function show(answer) {
  reading.textContent = answer.plain || "It cannot be read yet.";
  faults.replaceChildren(
    ...answer.faults.map(({ field, text }) => {
      const line = document.createElement("li");
      const name = document.createElement("b");
      name.textContent = field ? `${field}: ` : "";
      line.append(name, text);
      return line;
    }),
  );
  const lacking = answer.lacking ?? [];
  said.textContent = answer.faults.length ? `${answer.faults.length} to mend` : lacking.join("; ");
  for (const input of form.elements) input.removeAttribute("aria-invalid");
  for (const { field } of answer.faults) {
    const input = form.elements[fieldOf(field)];
    if (input instanceof HTMLElement) input.setAttribute("aria-invalid", "true");
  }
  const results = new Map(answer.cases.map((one) => [one.name, one]));
  for (const row of form.querySelectorAll('[data-row="cases"]')) {
    const result = results.get(row.querySelector("input[name$='-name']").value.trim());
    const mark = row.querySelector("[data-result]");
    mark.textContent = result ? `${result.green ? "✓" : "✗"} ${result.level}` : "";
    mark.className = result ? `state state-${result.green ? "green" : "red"}` : "";
    mark.title = result ? result.text : "";
  }
}

async function read() {
  const mine = ++asked;
  try {
    const answer = await fetch(form.dataset.url, { method: "POST", body: new FormData(form), credentials: "same-origin" });
    if (mine !== asked) return;
    if (answer.ok) show(await answer.json());
    else said.textContent = "The reading is not to be had: reload the page.";
  } catch {
    if (mine === asked) said.textContent = "The server does not answer.";
  }
}

function soon() {
  clearTimeout(waiting);
  waiting = setTimeout(read, WAIT_MS);
}

/** One more row like the last one, empty. */
function add(list) {
  const rows = form.querySelectorAll(`[data-row="${list}"]`);
  const last = rows[rows.length - 1];
  const fresh = last.cloneNode(true);
  const index = Number(last.dataset.index) + 1;
  fresh.dataset.index = String(index);
  for (const input of fresh.querySelectorAll("input, select, textarea")) {
    input.name = input.name.replace(/-\d+-/, `-${index}-`);
    input.setAttribute("aria-label", (input.getAttribute("aria-label") ?? "").replace(/\d+$/, String(index + 1)));
    if (input.tagName === "SELECT") input.selectedIndex = 0;
    else input.value = "";
  }
  last.after(fresh);
  fresh.querySelector("input, select").focus();
}

form.addEventListener("input", soon);
form.addEventListener("click", (event) => {
  const list = event.target.dataset?.add;
  if (list) add(list);
});
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});
read();
