"""Payment files and messages of others: good ones parse and round-trip, bad ones are refused, what we write validates.

A NACHA file of a class with a layout of its own (IAT, ADV) is refused by name, and so is the JSON that the samples'
authors use among themselves: neither is a file that a bank would send us.
"""

import gzip
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customer_stack.payments.formats import camt, iso20022, nacha, pacs008, pain001
from customer_stack.payments.model.messages import (
    FileRefused,
    Initiation,
    Instruction,
    MessageRefused,
    Party,
    XmlRefused,
)
from tests.customer.payments import drawing, xsd
from tests.vectors import conftest

ACH = Path("rails/moov-ach-testdata/test/testdata")
ISO = Path("rails/moov-iso20022-testdata/test/testdata")

GOOD_ACH = [
    "NACHA_SAMPLE_TEL_REVERSAL.ach",
    "contested_addenda.txt",
    "cor-example.ach",
    "flattenBatchesMultipleBatchHeaders.ach",
    "flattenBatchesOneBatchHeader.ach",
    "flattenBatchesTraceNumberCollision.ach",
    "gl-debit.ach",
    "loan-credit.ach",
    "long-line.ach",
    "ppd-debit-fixedLength.ach",
    "ppd-debit.ach",
    "ppd-debit.ach.fix.expected",
    "ppd-mixedDebitCredit.ach",
    "rck.ach",
    "return-WEB.ach",
    "short-line.ach",
    "two-micro-deposits.ach",
    "web-debit.ach",
]

REFUSED_ACH = """\
20110729A-invalid.ach file_header 1
20110805A.ach class_code 49
20180713-IAT.ach class_code 2
20180716-IAT-A17-A18.ach class_code 2
20180716-IAT-A17.ach class_code 2
FISERV-ZEROFILE-PIMRET825324_032720_110221.ach file_header 1
Iat-invalidAddenda13.ach characters 7
adv-invalidBatchEntries.ach service_class 2
adv-invalidFileControl.ach service_class 2
adv-noFileControl.ach service_class 2
adv.ach service_class 2
bh-ed-ad-bh-ed-ad-ed-ad.ach file_header 1
crashers/0.ach file_header 1
crashers/1.ach file_header 1
crashers/2.ach file_header 1
crashers/3.ach file_header 1
crashers/4.ach characters 1
crashers/5.ach characters 1
crashers/d8f3557bf70ce706c9efbfcfd8143f131a2eef20 characters 1
extended-ascii.ach characters 15
file_parsing_missing_file_control.txt service_class 2
flattenADVBatchesMultipleBatchHeaders.ach service_class 2
flattenADVBatchesOneBatchHeader.ach service_class 2
flattenIATBatchesMultipleBatchHeaders.ach class_code 2
flattenIATBatchesOneBatchHeader.ach class_code 2
iat-addenda98.ach addenda_type 4
iat-addenda99.ach class_code 2
iat-batchHeaderErr.ach class_code 2
iat-debit.ach class_code 2
iat-invalidAddenda10.ach class_code 2
iat-invalidAddenda11.ach characters 5
iat-invalidAddenda12.ach characters 6
iat-invalidAddenda14.ach characters 8
iat-invalidAddenda15.ach characters 9
iat-invalidAddenda16.ach characters 10
iat-invalidAddenda17.ach characters 11
iat-invalidAddenda18.ach characters 12
iat-invalidAddenda98.ach addenda_type 4
iat-invalidAddenda99.ach class_code 2
iat-invalidAddendaRecordIndicator.ach class_code 2
iat-invalidBatchControl.ach class_code 2
iat-invalidBatchHeader.ach service_class 2
iat-invalidEntryDetail.ach class_code 2
iat-mixedDebitCredit.ach class_code 2
invalid-two-micro-deposits.ach field 15
moov-ids.ach trace_origin 5
nonascii-utf8.ach characters 3
nonascii.ach characters 3
pos-invalidEntryDetail.ach characters 3
pos-invalidReturnFile.ach return_code 4
ppd-debit-customTraceNumber.ach trace_origin 4
ppd-debit-fixedLengthInvalid.ach record_type 2
ppd-debit-invalid-entryDetail-checkDigit.ach check_digit 3
ppd-mixedDebitCredit-invalid.ach file_header 1
return-PPD-custom-reason-code.ach return_code 4
return-no-batch-controls.ach file_header 1
return-no-batch-header.ach file_header 1
return-no-file-header-control.ach file_header 1
shr-credit.ach file_batches 32
skip-validation.ach file_header 1
txp-credit.ach batch_header 2
txp-debit.ach file_blocks 6
web-invalidNOCFile.ach change_code 4
""".splitlines()
"""Each sample that is refused, the reason, and the line where it stands."""

REFUSED_ISO = {
    "invalid_file2": "malformed",
    "invalid_pain_v11.xml": "namespace_missing",
}
"""Beside JSON, which is refused as malformed."""
MISCOUNTED = "musterfile_pain.001_Nov2020.xml"
"""A sample that states seven transfers and holds eight: its tree round-trips, its payments are not taken."""


def names(folder: Path) -> set[str]:
    root = conftest.FOLDER / folder
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


def test_every_sample_is_accounted_for() -> None:
    refused = {line.rpartition(" ")[0].rpartition(" ")[0] for line in REFUSED_ACH}
    assert {name for name in names(ACH) if not name.endswith(".json")} == refused | set(GOOD_ACH)


@pytest.mark.parametrize("name", GOOD_ACH)
def test_a_good_file_parses_and_round_trips(vectors: Path, name: str) -> None:
    found = nacha.read((vectors / ACH / name).read_bytes())
    assert found.batches
    assert nacha.read(nacha.same(found)) == found


@pytest.mark.parametrize("line", REFUSED_ACH)
def test_a_bad_file_is_refused_with_its_reason(vectors: Path, line: str) -> None:
    name, reason, number = line.rsplit(" ", 2)
    with pytest.raises(FileRefused) as refused:
        nacha.read((vectors / ACH / name).read_bytes())
    assert (refused.value.facts["reason"], str(refused.value.facts["line"])) == (reason, number)


def test_json_is_no_file_of_nacha(vectors: Path) -> None:
    for name in sorted(names(ACH)):
        if name.endswith(".json"):
            with pytest.raises(FileRefused):
                nacha.read((vectors / ACH / name).read_bytes())


@pytest.mark.parametrize("name", sorted(names(ISO)))
def test_a_message_parses_and_round_trips_or_is_refused(vectors: Path, name: str) -> None:
    data = (vectors / ISO / name).read_bytes()
    reason = "malformed" if name.endswith(".json") or name == "invalid_file1" else REFUSED_ISO.get(name)
    if reason is not None:
        with pytest.raises((XmlRefused, MessageRefused)) as refused:
            iso20022.read(data)
        assert refused.value.facts["reason"] == reason
        return
    document = iso20022.read(data)
    assert iso20022.same(document.root, iso20022.read(iso20022.write(document)).root)
    if document.name.message in camt.MESSAGES:
        lines = camt.read(data)
        assert lines
        assert all(line.account and line.minor >= 0 for line in lines)
    if document.name.message == "pain.001" and name != MISCOUNTED:
        assert all(each.instructions for each in pain001.read(data))


def test_a_file_that_miscounts_itself_is_not_taken(vectors: Path) -> None:
    with pytest.raises(MessageRefused) as refused:
        pain001.read((vectors / ISO / MISCOUNTED).read_bytes())
    assert refused.value.facts["reason"] == "transfer_count"


def schema(path: str) -> xsd.Schema:
    return xsd.Schema(gzip.decompress((conftest.FOLDER / path).read_bytes()))


PAIN = {version: schema(f"rails/pain.001.{version}.xsd.gz") for version in pain001.VERSIONS}
PACS = {version: schema(f"exports/pacs.008.{version}.xsd.gz") for version in pacs008.VERSIONS}


@given(drawing.INITIATIONS, st.sampled_from(pain001.VERSIONS))
@settings(max_examples=150, deadline=None)
def test_every_initiation_that_we_write_is_valid(initiation: Initiation, version: str) -> None:
    assert PAIN[version].faults(pain001.write(initiation, version)) == []


@given(st.lists(drawing.INSTRUCTIONS, min_size=1, max_size=3), drawing.PARTIES, st.sampled_from(pacs008.VERSIONS))
@settings(max_examples=100, deadline=None)
def test_every_interbank_transfer_that_we_write_is_valid(
    instructions: list[Instruction], debtor: Party, version: str
) -> None:
    transfers = tuple(pacs008.Transfer(each, debtor) for each in instructions)
    message = pacs008.Message("M", datetime(2026, 3, 1, tzinfo=UTC), date(2026, 3, 1), transfers)
    assert PACS[version].faults(pacs008.write(message, version)) == []


def test_the_judge_sees_what_is_wrong() -> None:
    some = Instruction(id="E", currency="EUR", minor=1, creditor=Party(name="A", iban="NO9386011117947"))
    debtor = Party(name="B", iban="DE89370400440532013000")
    at = datetime(2026, 3, 1, tzinfo=UTC)
    data = pain001.write(
        Initiation(id="M", created_at=at, execute_on=at.date(), debtor=debtor, instructions=(some,)), "001.09"
    )
    judge = PAIN["001.09"]
    for old, new in (
        (b"<PmtMtd>TRF</PmtMtd>", b""),
        (b"TRF", b"XYZ"),
        (b'Ccy="EUR"', b""),
        (b"0.01</InstdAmt>", b"0.000001</InstdAmt>"),
        (b"NO9386011117947", b"no9386011117947"),
        (b"<ReqdExctnDt><Dt>2026-03-01</Dt></ReqdExctnDt>", b"<ReqdExctnDt>2026-03-01</ReqdExctnDt>"),
        (b"</PmtInf>", b"<Extra/></PmtInf>"),
        (b"pain.001.001.09", b"pain.001.001.11"),
    ):
        assert old in data
        assert judge.faults(data.replace(old, new)), old
