"""The decision table of rails, its groups of countries and its prices: data with dates, changed by adding lines.

A line that ends stays: a decision of last year can be made again as it was made then. Where a figure is a scheme's or a
central bank's, the remark says whose.
"""

from datetime import date

from customer_stack.payments.model.rails import Need, Price, Priority, Rail, Row

_SEPA = "AT BE BG CH CY CZ DE DK EE ES FI FR GB GG GI GR HR HU IE IM IS IT JE LI LT LU LV MC MT NL NO PL PT RO SE SI SK SM VA AD"

ZONES: tuple[tuple[str, str, date], ...] = (
    *(("SEPA", country, date(2020, 1, 1)) for country in _SEPA.split()),
    *(("SEPA", country, date(2025, 10, 5)) for country in ("AL", "MD", "ME", "MK")),  # operational readiness, EPC
    ("SEPA", "RS", date(2026, 5, 5)),  # likewise
)
"""Which country belongs to which group since when."""

_IBAN = (Need.IBAN,)
_SWIFT = (Need.BIC, Need.STRUCTURED_ADDRESS)
_INSTANT = Priority.INSTANT

TABLE: tuple[Row, ...] = (
    Row(currency="EUR", zone="SEPA", rail=Rail.SEPA, order=10, calendar="TARGET", cut_off="15:00", days=1, needs=_IBAN),
    # The scheme's cap fell, and verification of the payee came, on 9 October 2025 (Regulation (EU) 2024/886).
    Row(
        currency="EUR", zone="SEPA", rail=Rail.SEPA_INSTANT, order=5, priority=_INSTANT, until=date(2025, 10, 9),
        amount_max=100_000_00, needs=_IBAN,
    ),
    Row(
        currency="EUR", zone="SEPA", rail=Rail.SEPA_INSTANT, order=5, priority=_INSTANT, since=date(2025, 10, 9),
        needs=(Need.IBAN, Need.PAYEE_CHECK),
    ),
    Row(
        currency="GBP", zone="GB", rail=Rail.FPS, order=10, amount_max=1_000_000_00,
        needs=(Need.SORT_CODE, Need.ACCOUNT_NUMBER),
    ),
    Row(
        currency="GBP", zone="GB", rail=Rail.CHAPS, order=20, calendar="GB", cut_off="15:30",
        needs=(Need.SORT_CODE, Need.ACCOUNT_NUMBER),
    ),
    Row(
        currency="USD", zone="US", rail=Rail.ACH, order=10, amount_max=99_999_999_99, calendar="US", cut_off="16:00",
        days=1, needs=(Need.ABA, Need.ACCOUNT_NUMBER),
    ),
    Row(
        currency="USD", zone="US", rail=Rail.WIRE, order=5, priority=_INSTANT, calendar="US", cut_off="17:00",
        needs=(Need.ABA, Need.ACCOUNT_NUMBER),
    ),
    Row(
        currency="USD", zone="US", rail=Rail.WIRE, order=20, calendar="US", cut_off="17:00",
        needs=(Need.ABA, Need.ACCOUNT_NUMBER),
    ),
    Row(currency="USD", zone="*", rail=Rail.WIRE, order=80, calendar="US", cut_off="15:00", days=1, needs=_SWIFT),
    Row(currency="CAD", zone="CA", rail=Rail.INTERAC, order=10, amount_max=25_000_00, needs=(Need.INTERAC_EMAIL,)),
    Row(currency="CAD", zone="CA", rail=Rail.LYNX, order=20, calendar="CA", cut_off="16:00", needs=_SWIFT),
    # Five million a transfer: Payment and Settlement Systems Circular 02 of 2025, Central Bank of Sri Lanka.
    Row(currency="LKR", zone="LK", rail=Rail.CEFTS, order=10, amount_max=5_000_000_00, needs=(Need.LK_ACCOUNT,)),
    Row(
        currency="LKR", zone="LK", rail=Rail.SLIPS, order=20, amount_max=5_000_000_00, calendar="LK", cut_off="13:00",
        needs=(Need.LK_ACCOUNT,),
    ),
    Row(currency="LKR", zone="LK", rail=Rail.RTGS, order=30, calendar="LK", cut_off="15:00", needs=(Need.LK_ACCOUNT,)),
    Row(currency="AED", zone="AE", rail=Rail.UAEFTS, order=10, calendar="AE", cut_off="14:00", needs=_IBAN),
    Row(currency="*", zone="*", rail=Rail.SWIFT, order=90, calendar="TARGET", cut_off="14:00", days=2, needs=_SWIFT),
)  # fmt: skip

_LONG_AGO = date(2020, 1, 1)
PRICES: tuple[tuple[Rail, str, Price, date], ...] = (
    (Rail.WIRE, "USD", Price("USD", 25_00), _LONG_AGO),
    (Rail.SEPA, "EUR", Price("EUR", 5_00), _LONG_AGO),
    (Rail.SEPA_INSTANT, "EUR", Price("EUR", 5_00), _LONG_AGO),
    (Rail.FPS, "GBP", Price("GBP", 0), _LONG_AGO),
    (Rail.ACH, "USD", Price("USD", 0), _LONG_AGO),
    (Rail.INTERAC, "CAD", Price("CAD", 1_50), _LONG_AGO),
    (Rail.SWIFT, "USD", Price("USD", 25_00), _LONG_AGO),
    # Not among the reference's prices: a wire's, in the currency that is sent, so that no conversion hides in a fee.
    (Rail.SWIFT, "EUR", Price("EUR", 25_00), _LONG_AGO),
    (Rail.SWIFT, "GBP", Price("GBP", 25_00), _LONG_AGO),
    (Rail.SWIFT, "CAD", Price("CAD", 35_00), _LONG_AGO),
    (Rail.CHAPS, "GBP", Price("GBP", 25_00), _LONG_AGO),
    (Rail.LYNX, "CAD", Price("CAD", 35_00), _LONG_AGO),
    # The most that may be asked for: the same circular for CEFTS, LankaPay's list for SLIPS.
    (Rail.CEFTS, "LKR", Price("LKR", 25_00), date(2025, 2, 15)),
    (Rail.SLIPS, "LKR", Price("LKR", 50_00), _LONG_AGO),
    (Rail.RTGS, "LKR", Price("LKR", 1_000_00), _LONG_AGO),
    (Rail.UAEFTS, "AED", Price("AED", 1_00), _LONG_AGO),
)
"""What a customer pays for a rail in a currency since when. A pair without a line is not offered: nothing is free by
having been forgotten."""
