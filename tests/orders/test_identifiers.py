"""Check digits of identifiers: published codes, and the errors a checksum must find."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders import identifiers

PUBLISHED = {
    "ISIN": ["US0378331005", "US5949181045", "GB0002634946", "DE0007164600", "JP3633400001", "XS0356521160"],
    "CUSIP": ["037833100", "594918104", "17275R102", "38259P508", "38259P706", "G0052B105"],
    "SEDOL": ["0263494", "B0YBKJ7", "B15KXQ8", "0709954"],
    "FIGI": ["BBG000B9XRY4", "BBG000BLNNH6"],
    "LEI": ["5493001KJTIIGC8Y1R12", "HWUPKR0MPOU8FGXBT394", "529900T8BM49AURSDO55"],
    "BIC": ["DEUTDEFF", "DEUTDEFF500", "CHASUS33XXX", "BARCGB22"],
    "IBAN": ["GB82WEST12345698765432", "DE89370400440532013000", "NL91ABNA0417164300"],
    "MIC": ["XNAS", "XNYS", "BATS"],
}
SAME_WEIGHT_TWO_APART = "US5949184015"  # US5949181045 with two digits swapped that Luhn weighs alike


@pytest.mark.parametrize(("scheme", "value"), [(s, v) for s, values in PUBLISHED.items() for v in values])
def test_published_codes_are_valid(scheme, value):
    assert identifiers.SCHEMES[scheme](value)


@pytest.mark.parametrize("scheme", ["ISIN", "CUSIP", "SEDOL", "FIGI", "LEI", "IBAN"])
def test_any_other_check_digit_is_invalid(scheme):
    for value in PUBLISHED[scheme]:
        place = 3 if scheme == "IBAN" else len(value) - 1
        others = [value[:place] + d + value[place + 1 :] for d in string.digits if d != value[place]]
        assert [other for other in others if identifiers.SCHEMES[scheme](other)] == []


@pytest.mark.parametrize(
    ("scheme", "value"),
    [
        ("ISIN", "us0378331005"),
        ("ISIN", "US037833100"),
        ("ISIN", "US03783310051"),
        ("ISIN", "0S0378331005"),
        ("ISIN", "US0378331005\n"),
        ("CUSIP", "03783310"),
        ("SEDOL", "B0YBKJA"),
        ("SEDOL", "A0YBKJ7"),
        ("SEDOL", "1B5KXQ8"),
        ("FIGI", "GBG000B9XRY4"),
        ("LEI", "5493001KJTIIGC8Y1R1"),
        ("BIC", "DEUTZZFF"),
        ("BIC", "DEUTDEFF5"),
        ("BIC", "DEU1DEFF"),
        ("IBAN", "ZZ82WEST12345698765432"),
        ("MIC", "XNA"),
        ("ISIN", ""),
        ("ISIN", "\uff35\uff330378331005"),
    ],
)
def test_a_wrong_structure_is_invalid(scheme, value):
    assert not identifiers.SCHEMES[scheme](value)


def test_a_swap_that_the_checksum_cannot_find_is_valid():
    assert identifiers.isin(SAME_WEIGHT_TWO_APART)


@given(
    st.text(string.ascii_uppercase + string.digits, min_size=9, max_size=9),
    st.integers(0, 8),
    st.integers(1, 9),
)
def test_one_wrong_digit_is_always_found(body, place, change):
    """Luhn finds any single wrong digit."""
    value = "US" + body
    value += identifiers.isin_digit(value)
    assert identifiers.isin(value)
    place += 2
    if value[place].isdigit():
        wrong = value[:place] + str((int(value[place]) + change) % 10) + value[place + 1 :]
        assert not identifiers.isin(wrong)


def test_the_countries_are_those_of_iso_3166_and_kosovo():
    """ISO 3166-1 has 249 countries."""
    assert len(identifiers.COUNTRIES - {"XK"}) == 249
