"""The same orders in the row model of AG Grid Community: a page of this folder, served beside the system's own."""

import os
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, Route

from oms.management.bench.wall.window import SOON_MS
from oms.stack.running import Running

HERE = Path(__file__).parent
# bin/vendor.py brings it, by lock file.
LIBRARY = Path(os.environ.get("OMS_HOME", ".oms-bench")) / "peers" / "ag-grid-community" / "ag-grid-community.min.js"


def opened(context: BrowserContext, system: Running, desk: str) -> Page:
    """A page with the orders of a desk in it, filtered and sorted like the blotter, following the same stream."""
    # Chromium cannot tell where a page that the test hands it came from, and asks before it may speak to this machine.
    context.grant_permissions(["local-network-access"], origin=system.url)
    page = context.new_page()
    page.set_default_timeout(SOON_MS)
    page.route("**/peer/*", _serve)
    page.goto(f"{system.url}/peer/peer.html?desk={desk}", wait_until="commit")
    page.wait_for_selector("body[data-state=live]", state="attached")
    page.wait_for_selector(".ag-row")
    return page


def on_the_way(page: Page) -> dict[str, float]:
    """Median and 99th percentile from the server's sending to paint, in ms; nothing when no change was painted."""
    found = page.evaluate("onTheWay()")
    return {"their_p50_ms": float(found[0]), "their_p99_ms": float(found[1])} if found else {}


def _serve(route: Route) -> None:
    name = route.request.url.partition("?")[0].rpartition("/")[2]
    route.fulfill(path=LIBRARY if name == LIBRARY.name else HERE / name)
