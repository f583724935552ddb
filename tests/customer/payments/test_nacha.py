"""NACHA files: laws of writing and reading, and one changed digit anywhere that matters."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customer_stack.payments.formats import nacha, nacha_records
from customer_stack.payments.model.messages import FileRefused
from customer_stack.payments.model.nacha import Batch, Code, Entry, File

LETTERS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789", min_size=1, max_size=15).map(str.strip).filter(bool)
EIGHT = st.integers(1_000_000, 99_999_999).map(lambda n: f"{n:08}")


@st.composite
def files(draw: st.DrawFn) -> File:
    origin = draw(EIGHT)
    batches = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        count = draw(st.integers(1, 4))
        service = draw(st.sampled_from([200, 220, 225]))
        codes = {200: [22, 27, 32, 37], 220: [22, 32], 225: [27, 37]}[service]
        entries = []
        for at in range(count):
            routing = draw(EIGHT)
            addenda = draw(st.booleans())
            entries.append(
                Entry(
                    transaction_code=draw(st.sampled_from(codes)),
                    routing=f"{routing}{nacha_records.check_digit(routing)}",
                    account=draw(st.text("0123456789", min_size=4, max_size=17)),
                    amount=draw(st.integers(1, 9_999_999_999)),
                    identification=draw(LETTERS),
                    name=draw(LETTERS),
                    trace=f"{origin}{at + 1:07}",
                    addenda=(f"705{draw(LETTERS):80}0001{at + 1:07}",) if addenda else (),
                )
            )
        batches.append(
            Batch(
                service_class=service,
                company=draw(LETTERS),
                company_id=draw(st.text("0123456789", min_size=9, max_size=10)),
                class_code=draw(st.sampled_from(["PPD", "CCD"])),
                description=draw(LETTERS)[:10].strip(),
                effective="260302",
                origin=origin,
                number=number,
                entries=tuple(entries),
            )
        )
    return File(
        destination="231380104", origin="121042882", created="260301", time="1200", destination_name="FEDERAL RESERVE",
        origin_name="HOUSE", batches=tuple(batches),
    )  # fmt: skip


@given(files())
@settings(max_examples=60, deadline=None)
def test_a_file_reads_back_as_it_was_written(file: File) -> None:
    data = nacha.write(file)
    assert nacha.read(data) == file
    assert len(data.splitlines()) % 10 == 0
    assert {len(line) for line in data.splitlines()} == {94}
    assert nacha.read(data.replace(b"\n", b"")) == file
    assert nacha.read(data.replace(b"\n", b"\r\n")) == file


@given(files(), st.data())
@settings(max_examples=80, deadline=None)
def test_a_changed_amount_bank_or_total_is_always_noticed(file: File, data: st.DataObject) -> None:
    lines = nacha.write(file).decode().splitlines()
    columns = {"6": range(29, 39), "8": range(4, 44), "9": range(1, 55)}
    rows = [n for n, line in enumerate(lines) if line[0] in columns and line.strip("9")]
    row = data.draw(st.sampled_from(rows))
    column = data.draw(st.sampled_from(list(columns[lines[row][0]])))
    digit = data.draw(st.sampled_from("0123456789").filter(lambda each: each != lines[row][column]))
    lines[row] = lines[row][:column] + digit + lines[row][column + 1 :]
    with pytest.raises(FileRefused):
        nacha.read("\n".join(lines).encode())


GOOD = File(
    destination="231380104",
    origin="121042882",
    created="260301",
    batches=(
        Batch(
            service_class=220,
            company="HOUSE",
            company_id="121042882",
            class_code="PPD",
            description="PAYOUT",
            origin="12104288",
            number=1,
            entries=(
                Entry(
                    transaction_code=22, routing="231380104", account="1", amount=1, name="A", trace="121042880000001"
                ),
            ),
        ),
    ),
)


@pytest.mark.parametrize(
    "batch, entry, code",
    [
        ({"class_code": "IAT"}, {}, Code.CLASS_CODE),
        ({"class_code": "WEB"}, {}, Code.CLASS_CODE),
        ({"service_class": 225}, {}, Code.DIRECTION),
        ({"service_class": 280}, {}, Code.SERVICE_CLASS),
        ({"company": "X" * 17}, {}, Code.FIELD),
        ({}, {"routing": "231380105"}, Code.CHECK_DIGIT),
        ({}, {"amount": 0}, Code.AMOUNT),
        ({}, {"amount": 10**10}, Code.NUMBER),
        ({}, {"amount": -1}, Code.NUMBER),
        ({}, {"transaction_code": 11}, Code.TRANSACTION_CODE),
        ({}, {"name": "Ä"}, Code.FIELD),
        ({}, {"name": "A\nB"}, Code.FIELD),
        ({}, {"trace": "999999990000001"}, Code.TRACE_ORIGIN),
        ({}, {"addenda": ("705" + " " * 91,) * 2}, Code.ADDENDA_COUNT),
        ({}, {"addenda": ("799R99" + " " * 88,)}, Code.RETURN_CODE),
    ],
)
def test_what_breaks_a_rule_is_not_written(batch: dict[str, object], entry: dict[str, object], code: Code) -> None:
    changed = msgspec.structs.replace(GOOD.batches[0].entries[0], **entry)
    batch_ = msgspec.structs.replace(GOOD.batches[0], entries=(changed,), **batch)
    with pytest.raises(FileRefused) as refused:
        nacha.write(msgspec.structs.replace(GOOD, batches=(batch_,)))
    assert refused.value.facts["reason"] == code.value


@settings(deadline=None)
@given(st.binary(max_size=600))
def test_any_bytes_are_a_file_or_a_refusal(data: bytes) -> None:
    with pytest.raises(FileRefused):
        nacha.read(data)
