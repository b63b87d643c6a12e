// Panels in windows of their own. Each such window is the blotter's page under an address that names the panel
// (?desk=EQ&panel=executions); what is selected in one window is told to the others of this desk in this browser.

export const PANELS = {
  orders: [1100, 600],
  executions: [760, 460],
  positions: [760, 420],
  alerts: [420, 620],
  market: [640, 460],
  ladder: [420, 720],
  history: [460, 720],
};

/** The address of a panel's window, and of which instrument it shows at first. */
export function addressOf(panel, desk, instrument) {
  const shown = instrument ? `&instrument=${instrument.id}&symbol=${encodeURIComponent(instrument.symbol)}` : "";
  return `/blotter/?desk=${encodeURIComponent(desk)}&panel=${panel}${shown}`;
}

/** What the address asks for: {id, symbol}, or null. */
export function instrumentOfAddress(search) {
  const given = new URLSearchParams(search);
  const id = given.get("instrument") ?? "";
  return /^\d{1,9}$/.test(id) ? { id: Number(id), symbol: given.get("symbol") ?? "" } : null;
}

export class Popouts {
  /** shown(): the instrument that is looked at; told({order, instrument}): what was selected in another window. */
  constructor({ desk, shown, told }) {
    Object.assign(this, { desk, shown });
    this.channel = new BroadcastChannel(`oms.desk.${desk}`);
    this.channel.onmessage = ({ data }) => told(data);
    for (const button of document.querySelectorAll("[data-popout]"))
      button.addEventListener("click", () => this.open(button.dataset.popout));
  }

  open(panel) {
    const [width, height] = PANELS[panel];
    window.open(addressOf(panel, this.desk, this.shown()), `oms-${panel}-${this.desk}`, `popup,width=${width},height=${height}`);
  }

  /** An order in a window of its own. */
  order(id) {
    window.open(`/orders/${id}/`, `oms-order-${id}`, "popup,width=980,height=760");
  }

  selected(order, instrument) {
    this.channel.postMessage({ order, instrument });
  }
}

/** Whether this window shows one panel alone. */
export const alone = () => document.body.dataset.panel ?? "";
