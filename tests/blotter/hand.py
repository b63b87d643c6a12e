"""The hand of a trader who knows the keyboard only, and what the books say of what it did."""

from typing import Any

from playwright.sync_api import Locator

from tests.browsing import Desk, status, status_of

# No test before the day trades it, and none after it asks what is left.
SYMBOL, NAME, ACCOUNT = "F", "Ford Motor Company", "EQ-ALPHA"
OPEN = "status:new,partially_filled,pending_new"


class Day(Desk):
    """A desk without a mouse; SYMBOL is what is traded on it."""

    def type(self, words: str) -> None:
        self.page.keyboard.type(words)

    def until_focused(self, target: Locator, *keys: str, most: int = 80) -> None:
        """Press the keys until this has the focus, as somebody does who looks for it."""
        for _ in range(most):
            if target.evaluate("node => node === document.activeElement"):
                return
            self.press(*keys)
        raise AssertionError(f"{keys} do not lead to {target}")

    def filter(self, line: str) -> None:
        """Type a filter line over what stands there, and go on to what it found."""
        self.press("/", "Control+a")
        self.type(line)
        self.press("Enter")
        # A hand goes on when the eye has seen what was found.
        self.page.evaluate("() => new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen)))")

    def books(self, line: str) -> list[dict[str, Any]]:
        """The orders that the books have under a filter line."""
        found = self.system.call("GET", f"/api/v1/orders/?limit=200&filter={line.replace(' ', '%20')}")
        assert found.status == 200, found
        return list(found.body["results"])

    def order(self, order_id: str) -> dict[str, Any]:
        found = self.system.call("GET", f"/api/v1/orders/{order_id}/")
        assert found.status == 200, found
        return dict(found.body)

    def becomes(self, order_id: str, word: str, ord_status: str) -> None:
        """The row says so, and so do the books."""
        status(self, order_id, word)
        assert status_of(self.system, order_id) == ord_status

    def value(self, selector: str) -> str:
        return self.page.locator(selector).input_value()
