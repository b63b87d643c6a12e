"""Check digits of the identifiers of the trade, from their public rules. Pure: no look-up that a code exists.

Every function takes the compact upper-case form and answers whether structure and check digit are right.
ISIN: ISO 6166. CUSIP: ANSI X9.6. SEDOL: London Stock Exchange. LEI: ISO 17442. FIGI: ANSI X9.145.
BIC: ISO 9362. IBAN: ISO 13616. MIC: ISO 10383 (which has no check digit).
"""

import re
from collections.abc import Callable, Iterable

_ISIN = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]")
_CUSIP = re.compile(r"[0-9A-Z*@#]{8}[0-9]")
# Before 2004 all digits; since then a consonant leads. Vowels are never used.
_SEDOL = re.compile(r"[0-9]{7}|[B-DF-HJ-NP-TV-Z][0-9B-DF-HJ-NP-TV-Z]{5}[0-9]")
_LEI = re.compile(r"[A-Z0-9]{18}[0-9]{2}")
_FIGI = re.compile(r"(?!BS|BM|GG|GB|GH|KY|VG)[B-DF-HJ-NP-TV-Z]{2}G[0-9B-DF-HJ-NP-TV-Z]{8}[0-9]")
_BIC = re.compile(r"[A-Z]{4}([A-Z]{2})[A-Z0-9]{2}([A-Z0-9]{3})?")
_IBAN = re.compile(r"([A-Z]{2})[0-9]{2}[A-Z0-9]{11,30}")
_MIC = re.compile(r"[A-Z0-9]{4}")

# ISO 3166-1 alpha-2, and XK, which SWIFT and the IBAN registry use for Kosovo.
_ALPHA_2 = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW
    BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI
    FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN
    IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME
    MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF
    PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV
    SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK
    YE YT ZA ZM ZW
"""
COUNTRIES = frozenset(_ALPHA_2.split())


def isin_digit(body: str) -> str:
    """The check digit of the 11 characters before it: Luhn over the digits, letters read as 10 to 35."""
    digits = "".join(str(int(c, 36)) for c in body)
    return _complement(_digit_sum(int(d) * (2 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits))))


def cusip_digit(body: str) -> str:
    """The check digit of the 8 characters before it: every second value doubled, the digits of each added."""
    values = ("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*@#".index(c) for c in body)
    return _complement(_digit_sum(value * (1 + i % 2) for i, value in enumerate(values)))


def sedol_digit(body: str) -> str:
    """The check digit of the 6 characters before it: a weighted sum."""
    return _complement(sum(int(c, 36) * w for c, w in zip(body, (1, 3, 1, 7, 3, 9), strict=True)))


def figi_digit(body: str) -> str:
    """The check digit of the 11 characters before it: as CUSIP, over a longer body."""
    return _complement(_digit_sum(int(c, 36) * (1 + i % 2) for i, c in enumerate(body)))


def isin(value: str) -> bool:
    """A swap of two digits two places apart passes: the checksum cannot tell it."""
    return bool(_ISIN.fullmatch(value)) and isin_digit(value[:-1]) == value[-1]


def cusip(value: str) -> bool:
    """US and Canadian securities."""
    return bool(_CUSIP.fullmatch(value)) and cusip_digit(value[:-1]) == value[-1]


def sedol(value: str) -> bool:
    """UK and Irish securities."""
    return bool(_SEDOL.fullmatch(value)) and sedol_digit(value[:-1]) == value[-1]


def figi(value: str) -> bool:
    """The prefixes that would look like an ISIN's country are not issued."""
    return bool(_FIGI.fullmatch(value)) and figi_digit(value[:-1]) == value[-1]


def lei(value: str) -> bool:
    """Legal entities: ISO 7064 MOD 97-10 over all 20 characters."""
    return bool(_LEI.fullmatch(value)) and _mod_97(value) == 1


def iban(value: str) -> bool:
    """Bank accounts: MOD 97-10, the first four characters last. National lengths are not checked."""
    match = _IBAN.fullmatch(value)
    return match is not None and match[1] in COUNTRIES and _mod_97(value[4:] + value[:4]) == 1


def bic(value: str) -> bool:
    """Banks: four letters, an ISO 3166 country, a location, and three more for a branch. No check digit."""
    match = _BIC.fullmatch(value)
    return match is not None and match[1] in COUNTRIES


def mic(value: str) -> bool:
    """Markets: four letters or digits."""
    return bool(_MIC.fullmatch(value))


SCHEMES: dict[str, Callable[[str], bool]] = {
    "ISIN": isin,
    "CUSIP": cusip,
    "SEDOL": sedol,
    "FIGI": figi,
    "LEI": lei,
    "BIC": bic,
    "IBAN": iban,
    "MIC": mic,
}


def _digit_sum(values: Iterable[int]) -> int:
    return sum(value // 10 + value % 10 for value in values)


def _complement(total: int) -> str:
    return str(-total % 10)


def _mod_97(value: str) -> int:
    return int("".join(str(int(c, 36)) for c in value)) % 97
