// Whether what the page shows is live and still the user's to see: says so plainly, and leaves nothing on show that is not.

import { $, text } from "./dom.js";

/** What is to be said of the user's rights when they are not what they were; "" when it concerns nobody here. */
export function rightsWords(now, before, desk) {
  const gained = now.desks.filter((one) => !before.desks.includes(one));
  if (!now.desks.includes(desk)) return "";
  if (now.may_trade !== before.may_trade || now.may_change !== before.may_change) {
    const may = now.may_trade ? "enter, amend and cancel orders" : now.may_change ? "amend and cancel orders" : "read, and neither enter nor change orders";
    return `Your rights were changed: you may ${may}.`;
  }
  return gained.length ? `Your desks were changed: ${gained.join(", ")} came to them.` : "";
}

export class Standing {
  /** Why nothing can be sent because rights have changed, or "". */
  why = "";

  /** blank(): take away what shows the market and single orders; the tables empty themselves. */
  constructor({ desk, blank }) {
    Object.assign(this, { desk, blank });
    $("rights-anew").addEventListener("click", () => location.reload());
  }

  feed(name, { why, ended, denied }) {
    document.body.dataset.feed = name;
    $("signed-out").hidden = !ended;
    text("signed-out-why", `You are signed out: ${why}. Nothing is shown any more.`);
    if (denied) this.#say(`You may not see desk ${denied} any more. Nothing of it is shown.`);
    else if (!this.why) $("rights").hidden = true;
    if (ended || denied) this.blank();
  }

  perms(now, before) {
    const words = rightsWords(now, before, this.desk);
    if (!words) return;
    if (now.may_trade !== before.may_trade || now.may_change !== before.may_change) this.why = "Your rights were changed: load the page anew";
    this.#say(words);
  }

  #say(words) {
    text("rights-words", words);
    $("rights").hidden = false;
  }
}
