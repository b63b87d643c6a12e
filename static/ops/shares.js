// Shares of an allocation as operations types them, as the server takes them. No DOM.

/**
 * "EQ-CORE 600, EQ-ALPHA 400", "EQ-CORE 60%; EQ-ALPHA 40%", with priorities "EQ-CORE 600 1, EQ-ALPHA 400 2"; null when it
 * is none of these. Numbers go on as they were typed: the server reads them, strictly.
 */
export function typedShares(text, method = "") {
  const shares = [];
  for (const part of text.split(/[;\n]+|,(?=\s*[a-z])/i).filter((one) => one.trim())) {
    const [account, amount, priority, ...more] = part.trim().replace(/,$/, "").split(/\s+/);
    const number = /^(\d[\d,]*(?:\.\d+)?)(%?)$/.exec(amount ?? "");
    if (!number || more.length || (priority !== undefined && !/^\d{1,4}$/.test(priority))) return null;
    const value = number[1].replaceAll(",", "");
    const share = { account: account.toUpperCase() };
    if (number[2] || method.startsWith("percent")) share.percent = value;
    else share.qty = value;
    if (priority !== undefined) share.priority = Number(priority);
    shares.push(share);
  }
  return shares.length ? shares : null;
}
