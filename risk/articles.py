"""Which requirement is met by which controls: what ``manage.py selfassess`` goes through, article by article.

The paragraphs are those of RTS 6 (Commission Delegated Regulation (EU) 2017/589) and of the market access rule
(17 CFR 240.15c3-5); ``requires`` says in our words what a firm has to show. No legal advice: a firm's own reading
goes before ours.
"""

from dataclasses import dataclass

RTS6, MAR = "RTS 6", "15c3-5"


@dataclass(frozen=True, slots=True)
class Article:
    """One paragraph. ``controls`` are ids of the catalogue; ``evidence`` names what else is shown with it."""

    regime: str
    paragraph: str
    requires: str
    controls: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """As it is cited."""
        return f"{self.regime} {self.paragraph}"


def _of(regime: str, paragraph: str, requires: str, controls: str = "", evidence: str = "") -> Article:
    return Article(regime, paragraph, requires, tuple(controls.split()), tuple(evidence.split()))


ARTICLES = (
    _of(RTS6, "8", "Algorithms are rolled out under caps on instruments, value, orders and venues", "PT-43"),
    _of(RTS6, "9", "Controls, their changes and their breaches are reviewed once a year", evidence="changes"),
    _of(RTS6, "12(1)", "Unexecuted orders can be cancelled at once, at any or all venues", "PT-34", "drills"),
    _of(RTS6, "12(3)", "For each order the trader, desk, account and strategy are known", evidence="attribution"),
    _of(RTS6, "13", "Orders and trades are watched for manipulation", "PT-25 PT-26 PO-12"),
    _of(RTS6, "15(1)(a)", "Price collars: orders beyond set prices are stopped", "PT-03 PT-04 PT-05"),
    _of(RTS6, "15(1)(b)", "Orders above a maximum value are stopped", "PT-02"),
    _of(RTS6, "15(1)(c)", "Orders above a maximum volume are stopped", "PT-01 PT-06"),
    _of(RTS6, "15(1)(d)", "The number of messages to a venue is limited", "PT-29"),
    _of(RTS6, "15(2)", "All orders sent count towards the limits at once", "PT-18 PT-19", "reservations"),
    _of(RTS6, "15(3)", "A strategy that executes repeatedly stops until a designated person re-arms it", "PT-30"),
    _of(RTS6, "15(4)", "Market and credit risk limits: position, exposure, loss", "PT-16 PT-17 PT-19 PT-33"),
    _of(RTS6, "15(5)", "Traders deal only in what they have permission for", "PT-13"),
    _of(RTS6, "15(6)", "A blocked order passes only for once, verified, by a designated person", "PT-36", "overrides"),
    _of(RTS6, "16(5)", "Alerts arise within five seconds of what they are about", "PO-02", "alerts"),
    _of(RTS6, "17(1)", "Positions and credit are watched after the trade, and acted on", "PO-05"),
    _of(RTS6, "17(3)", "Own records are reconciled with brokers' drop copies", "PO-01"),
    _of(RTS6, "17(4)", "Futures and options are kept within position limits after the trade", "PO-05 PT-37 PT-38"),
    _of(MAR, "(c)(1)(i)", "Orders beyond pre-set credit or capital thresholds are stopped", "PT-16 PT-17 PT-18"),
    _of(MAR, "(c)(1)(ii)", "Erroneous and duplicative orders are stopped", "PT-01 PT-02 PT-03 PT-09 PT-32"),
    _of(MAR, "(c)(2)(i)", "Rules that must hold before an order is entered are checked", "PT-10 PT-20 PT-21 PT-22"),
    _of(MAR, "(c)(2)(ii)", "Restricted securities are not traded", "PT-13 PT-14"),
    _of(MAR, "(c)(2)(iii)", "Only authorised persons and accounts reach a market", "PT-13", "attribution"),
    _of(MAR, "(c)(2)(iv)", "Executions reach surveillance at once", "PO-06"),
    _of(MAR, "(e)", "Controls are reviewed and their state is certified yearly", evidence="changes drills"),
)
