"""British account numbers against the test cases that Pay.UK publishes, and files of weights that are none."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from customer_stack import cli
from customer_stack.payments.formats import uk_modulus as format_
from customer_stack.payments.model import beneficiaries as payees
from customer_stack.payments.model.accounts import Fault, Kind
from customer_stack.payments.rules import accounts, beneficiaries, uk_modulus

PAYLOADS = Path(__file__).with_name("payloads")
WEIGHTS, SUBSTITUTES = PAYLOADS / "uk_valacdos_excerpt.txt", PAYLOADS / "uk_scsubtab_excerpt.txt"
TABLE = format_.table(WEIGHTS.read_bytes(), SUBSTITUTES.read_bytes())
GOOD = [
    "089999/66374958",
    "107999/88837491",
    "202959/63748472",
    "871427/46238510",
    "872427/46238510",
    "871427/09123496",
    "871427/99123496",
    "820000/73688637",
    "827999/73988638",
    "827101/28748352",
    "134020/63849203",
    "118765/64371389",
    "200915/41011166",
    "938611/07806039",
    "938600/42368003",
    "938063/55065200",
    "772798/99345694",
    "086090/06774744",
    "309070/02355688",
    "309070/12345668",
    "309070/12345677",
    "309070/99345694",
    "180002/00000190",
    "070116/34012583",
    "074456/11104102",
    "074456/12345112",
]
BAD = [
    "089999/66374959",
    "107999/88837493",
    "203099/66831036",
    "203099/58716970",
    "118765/64371388",
    "938063/15764273",
    "938063/15764264",
    "938063/15763217",
]


@pytest.mark.parametrize("text, good", [*((each, True) for each in GOOD), *((each, False) for each in BAD)])
def test_the_published_cases_are_judged_as_published(text: str, *, good: bool) -> None:
    verdict = accounts.validate(Kind.SORT_CODE, f"{text[:2]}-{text[2:4]}-{text[4:6]} {text[7:]}", TABLE)
    assert (verdict.fault, verdict.compact) == ((None, text) if good else (Fault.MODULUS, ""))
    assert accounts.validate(Kind.SORT_CODE, text).good


@given(st.from_regex(r"[0-9]{6}", fullmatch=True), st.from_regex(r"[0-9]{8}", fullmatch=True))
def test_every_sort_code_and_account_has_an_answer(sort_code: str, account: str) -> None:
    known = any(row.first <= sort_code <= row.last for row in TABLE.rows)
    assert uk_modulus.possible(TABLE, sort_code, account) or known


@pytest.mark.parametrize("text", GOOD)
def test_a_beneficiary_with_a_mistyped_account_is_refused(text: str) -> None:
    """In fields of their own or in one: a digit that differs is nearly always noticed."""
    details = payees.Details(sort_code=text[:6], account_number=text[7:])
    assert beneficiaries.checked(details, "GB", TABLE).account_number == text[7:]
    noticed = 0
    for place in range(7, len(text)):
        changed = f"{text[:place]}{(int(text[place]) + 1) % 10}{text[place + 1 :]}"
        try:
            beneficiaries.checked(payees.Details(sort_code=changed[:6], account_number=changed[7:]), "GB", TABLE)
        except payees.DetailsWrong:
            noticed += 1
    assert noticed >= 3 or text.startswith("2009")  # of foreign currencies fewer digits count


@pytest.mark.parametrize("number", ["1234567", "123456789", "1234567A"])
def test_a_british_account_has_eight_digits(number: str) -> None:
    with pytest.raises(payees.DetailsWrong):
        beneficiaries.checked(payees.Details(sort_code="201112", account_number=number), "GB")


@pytest.mark.parametrize(
    "weights, line",
    [
        (b"", 0),
        (b"\n\n", 0),
        (b"010004 016715 MOD11 0 0 0 0 0 0 8 7 6 5 4 3 2\n", 1),
        (b"010004 016715 MOD12 0 0 0 0 0 0 8 7 6 5 4 3 2 1\n", 1),
        (b"010004 016715 MOD11 0 0 0 0 0 0 8 7 6 5 4 3 2 1 15\n", 1),
        (b"016715 010004 MOD11 0 0 0 0 0 0 8 7 6 5 4 3 2 1\n", 1),
        (b"010004 016715 MOD11 0 0 0 0 0 0 8 7 6 5 4 3 2 1\n010005 016715 MOD11 0 0 0 0 0 0 8 7 6 5 4 3 2 1\n", 2),
        (b"\xff\xfe010004", 1),
        (b"<html>Not found</html>", 1),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_its_line(weights: bytes, line: int) -> None:
    with pytest.raises(format_.TableRefused) as refused:
        format_.table(weights)
    assert refused.value.facts["line"] == line


def test_a_file_that_holds_no_pairs_is_refused() -> None:
    with pytest.raises(format_.TableRefused):
        format_.table(WEIGHTS.read_bytes(), b"938600 938611\nnothing\n")


def test_the_command_checks_accounts_with_the_files(tmp_path: Path) -> None:
    lines = tmp_path / "lines"
    lines.write_text("\n".join([GOOD[0], BAD[0], "20-11-12", "rubbish"]) + "\n")
    arguments = ["payments", "validate", "--kind", "sort-code", "--uk-weights", str(WEIGHTS), str(lines)]
    said = CliRunner().invoke(cli.main, [*arguments, "--uk-substitutes", str(SUBSTITUTES)])
    assert said.output.split("\n")[:4] == [
        f"good {GOOD[0]} GB", "bad modulus", "good 201112 GB", "bad characters",
    ]  # fmt: skip
    said = CliRunner().invoke(cli.main, [*arguments[:4], "--uk-weights", str(lines), str(lines)])
    assert said.exit_code == 2
    assert "no row of weights" in said.output
