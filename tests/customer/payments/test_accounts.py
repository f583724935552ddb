"""Account numbers: tables of good and bad, laws, and python-stdnum as an oracle."""

import pathlib

import pytest
import stdnum.bic
import stdnum.iban
import stdnum.us.rtn
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from customer_stack import cli
from customer_stack.payments.model.accounts import Fault, Kind
from customer_stack.payments.rules import account_data, accounts

GOOD = [
    (Kind.IBAN, "GB82 WEST 1234 5698 7654 32", "GB82WEST12345698765432"),
    (Kind.IBAN, "gb82west12345698765432", "GB82WEST12345698765432"),
    (Kind.IBAN, "DE89370400440532013000", "DE89370400440532013000"),
    (Kind.IBAN, "FR14 2004 1010 0505 0001 3M02 606", "FR1420041010050500013M02606"),
    (Kind.IBAN, "SA0380000000608010167519", "SA0380000000608010167519"),
    (Kind.IBAN, "NO93-8601-1117-947", "NO9386011117947"),
    (Kind.IBAN, "AE070331234567890123456", "AE070331234567890123456"),
    (Kind.IBAN, "MT84MALT011000012345MTLCAST001S", "MT84MALT011000012345MTLCAST001S"),
    (Kind.BIC, "BCEYLKLX", "BCEYLKLX"),
    (Kind.BIC, "deutdeff500", "DEUTDEFF500"),
    (Kind.BIC, "E097AEXX", "E097AEXX"),
    (Kind.ABA, "021000021", "021000021"),
    (Kind.ABA, "0110 0001 5", "011000015"),
    (Kind.ABA, "322271627", "322271627"),
    (Kind.SORT_CODE, "20-00-00", "200000"),
    (Kind.SORT_CODE, "200000", "200000"),
    (Kind.SORT_CODE, "20 00 00 55779911", "200000/55779911"),
    (Kind.LK_ACCOUNT, "7010-001-1234567890", "7010-001-1234567890"),
    (Kind.LK_ACCOUNT, "7010001 1234567890", "7010-001-1234567890"),
    (Kind.LK_ACCOUNT, "7135/204/204200100091326", "7135-204-204200100091326"),
    (Kind.LK_ACCOUNT, "7454-001-123456", "7454-001-123456"),
]
BAD = [
    (Kind.IBAN, "", Fault.EMPTY),
    (Kind.IBAN, "   ", Fault.EMPTY),
    (Kind.IBAN, "GB82" + "W" * 100, Fault.TOO_LONG),
    (Kind.IBAN, "GB82WEST1234569876543", Fault.LENGTH),
    (Kind.IBAN, "GB82WEST12345698765433", Fault.CHECKSUM),
    (Kind.IBAN, "GB28WEST12345698765432", Fault.CHECKSUM),
    (Kind.IBAN, "GB821EST12345698765432", Fault.STRUCTURE),
    (Kind.IBAN, "DE8937040044053201300O", Fault.STRUCTURE),
    (Kind.IBAN, "LK89370400440532013000", Fault.COUNTRY_HAS_NO_IBAN),
    (Kind.IBAN, "US89370400440532013000", Fault.COUNTRY_HAS_NO_IBAN),
    (Kind.IBAN, "ZZ89370400440532013000", Fault.COUNTRY_UNKNOWN),
    (Kind.IBAN, "DE89٣70400440532013000", Fault.CHARACTERS),
    (Kind.IBAN, "DE89370400440532013000;DROP", Fault.CHARACTERS),
    (Kind.IBAN, "89DE370400440532013000", Fault.CHARACTERS),
    (Kind.BIC, "BCEYLK", Fault.LENGTH),
    (Kind.BIC, "BCEYLKLX0", Fault.LENGTH),
    (Kind.BIC, "BCEYZZLX", Fault.COUNTRY_UNKNOWN),
    (Kind.BIC, "BCEY11LX", Fault.STRUCTURE),
    (Kind.BIC, "BCEY-KLX", Fault.CHARACTERS),
    (Kind.ABA, "021000022", Fault.CHECKSUM),
    (Kind.ABA, "120000021", Fault.CHECKSUM),
    (Kind.ABA, "02100002", Fault.LENGTH),
    (Kind.ABA, "0210000210", Fault.LENGTH),
    (Kind.ABA, "500000005", Fault.PREFIX),
    (Kind.ABA, "000000000", Fault.PREFIX),
    (Kind.ABA, "02100002X", Fault.CHARACTERS),
    (Kind.SORT_CODE, "20-00", Fault.LENGTH),
    (Kind.SORT_CODE, "20-0000", Fault.STRUCTURE),
    (Kind.SORT_CODE, "20-00-00-1234", Fault.LENGTH),
    (Kind.SORT_CODE, "2O-00-00", Fault.CHARACTERS),
    (Kind.LK_ACCOUNT, "7010-001-123456789", Fault.ACCOUNT_LENGTH),
    (Kind.LK_ACCOUNT, "7010-001-0000000000", Fault.ACCOUNT_LENGTH),
    (Kind.LK_ACCOUNT, "7011-001-1234567890", Fault.BANK_UNKNOWN),
    (Kind.LK_ACCOUNT, "7010-01-1234567890", Fault.STRUCTURE),
    (Kind.LK_ACCOUNT, "7010-001-12345E7890", Fault.CHARACTERS),
]


@pytest.mark.parametrize("kind, text, compact", GOOD)
def test_an_account_number_is_known_and_written_in_one_way(kind: Kind, text: str, compact: str) -> None:
    verdict = accounts.validate(kind, text)
    assert (verdict.fault, verdict.compact) == (None, compact)
    assert accounts.validate(kind, compact) == verdict


@pytest.mark.parametrize("kind, text, fault", BAD)
def test_what_is_no_account_number_is_refused_with_its_first_fault(kind: Kind, text: str, fault: Fault) -> None:
    verdict = accounts.validate(kind, text)
    assert (verdict.fault, verdict.compact) == (fault, "")


@st.composite
def bans(draw: st.DrawFn) -> str:
    country = draw(st.sampled_from(sorted(account_data.IBAN)))
    letters = {"n": "0123456789", "a": "ABCXYZ", "c": "0123456789ABCXYZ"}
    parts = accounts._PART.findall(account_data.IBAN[country])
    body = "".join(draw(st.text(letters[kind], min_size=int(n), max_size=int(n))) for n, kind in parts)
    return country + accounts.check_digits(body + country) + body


@settings(deadline=None)
@given(bans())
def test_every_well_made_iban_is_good_and_stdnum_agrees(iban: str) -> None:
    assert accounts.iban(iban).good
    assert stdnum.iban.is_valid(iban, check_country=False)


@settings(deadline=None)
@given(bans(), st.data())
def test_one_changed_digit_is_always_noticed(iban: str, data: st.DataObject) -> None:
    places = [place for place in range(2, len(iban)) if iban[place].isdigit()]
    place = data.draw(st.sampled_from(places))
    other = data.draw(st.sampled_from("0123456789").filter(lambda digit: digit != iban[place]))
    assert not accounts.iban(iban[:place] + other + iban[place + 1 :]).good


@settings(deadline=None)
@given(st.text("0123456789", min_size=9, max_size=9))
def test_an_aba_number_has_the_checksum_that_stdnum_computes(text: str) -> None:
    verdict = accounts.aba(text)
    if verdict.fault is not Fault.PREFIX:
        assert verdict.good == stdnum.us.rtn.is_valid(text)


@settings(deadline=None)
@given(st.from_regex(r"\A[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?\Z"))
def test_what_we_take_for_a_bic_stdnum_takes_too(text: str) -> None:
    if accounts.bic(text).good and text[:4].isalpha():
        assert stdnum.bic.is_valid(text)


@settings(deadline=None)
@given(st.sampled_from(Kind), st.text(max_size=80))
def test_any_text_has_a_verdict(kind: Kind, text: str) -> None:
    verdict = accounts.validate(kind, text)
    assert verdict.good == bool(verdict.compact)


def test_the_command_prints_one_verdict_a_line_without_any_setting() -> None:
    lines = b"GB82WEST12345698765432\n\xff\xfe\n" + b"9" * 10_000 + b"\nDE89370400440532013000"
    found = CliRunner(env={}).invoke(cli.main, ["payments", "validate", "--kind", "iban"], input=lines)
    assert found.stdout.splitlines() == [
        "good GB82WEST12345698765432 GB", "bad characters", "bad too_long", "good DE89370400440532013000 DE",
    ]  # fmt: skip
    assert found.exit_code == 1


def test_the_command_reads_a_file(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "numbers"
    file.write_text("021000021\n")
    found = CliRunner().invoke(cli.main, ["payments", "validate", "--kind", "aba", str(file)])
    assert (found.stdout, found.exit_code) == ("good 021000021 US\n", 0)
