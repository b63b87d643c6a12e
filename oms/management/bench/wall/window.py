"""Chromium with one blotter page, and what is asked of it."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from oms.stack.running import Running

PROGRAM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
SIZE: Any = {"width": 1920, "height": 1080}
SOON_MS = 60_000

# When the first row of orders was drawn, in the page's own time.
NOTE_FIRST_ROW = """
(() => {
  const look = () => {
    if (document.querySelector("#orders-grid .slick-row")) window.__first_row = performance.now();
    else requestAnimationFrame(look);
  };
  addEventListener("DOMContentLoaded", look);
})()
"""
FIRST_ROW = """
() => {
  const read = performance.getEntriesByType("resource").find(({ name }) => name.includes("/blotter/orders/snapshot"));
  return [window.__first_row - read.responseEnd, read.responseEnd - read.requestStart, read.decodedBodySize];
}
"""
# Frames drawn, and tasks that held the page up, in so many seconds.
FRAMES = """
(seconds) => new Promise((done) => {
  const long = [];
  const observer = new PerformanceObserver((list) => long.push(...list.getEntries().map(({ duration }) => duration)));
  observer.observe({ type: "longtask" });
  const begun = performance.now();
  let frames = 0;
  const next = (now) => {
    frames += 1;
    if (now - begun < seconds * 1000) requestAnimationFrame(next);
    else { observer.disconnect(); done({ fps: frames / (now - begun) * 1000, long }); }
  };
  requestAnimationFrame(next);
})
"""


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A browser."""
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=PROGRAM, args=FLAGS)
        yield browser
        browser.close()


def signed_in(browser: Browser, system: Running, username: str) -> BrowserContext:
    """A window in which somebody has signed in."""
    context = browser.new_context(viewport=SIZE)
    page = context.new_page()
    page.set_default_timeout(SOON_MS)
    page.goto(f"{system.url}/login/")
    page.fill("[name=username]", username)
    page.fill("[name=password]", system.user(username)["password"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/blotter/**")
    page.close()
    return context


def opened(context: BrowserContext, system: Running, desk: str) -> Page:
    """The blotter of a desk, live and with rows."""
    page = context.new_page()
    page.set_default_timeout(SOON_MS)
    page.add_init_script(NOTE_FIRST_ROW)
    page.goto(f"{system.url}/blotter/?desk={desk}", wait_until="commit")
    page.wait_for_selector("#orders-grid .slick-row")
    page.wait_for_selector("#feed-state[data-state=live]")
    return page


def frames(page: Page, seconds: float) -> tuple[float, list[float]]:
    """Frames a second, and the lengths of tasks over 50 ms, in ms."""
    found = page.evaluate(FRAMES, seconds)
    return found["fps"], found["long"]


def heap_mib(page: Page) -> float:
    """What the page's script holds, after a collection."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"]) / 2**20


def images(page: Page, system: Running, desk: str) -> tuple[list[str], list[list[Any]]]:
    """Columns and row images of the desk's orders, as the page gets them."""
    answer = page.context.request.get(f"{system.url}/api/v1/blotter/orders/snapshot?desk={desk}", timeout=SOON_MS)
    assert answer.ok, answer.status
    snapshot = answer.json()
    return snapshot["cols"], snapshot["rows"]
