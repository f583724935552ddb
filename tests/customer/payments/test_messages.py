"""ISO 20022 messages that we write and read, and XML that nobody should send us."""

import tracemalloc
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customer_stack.payments.formats import camt, iso20022, pacs008, pain001, xml_stream
from customer_stack.payments.model.messages import (
    Address,
    Agent,
    Initiation,
    Instruction,
    MessageRefused,
    Party,
    Sign,
    XmlRefused,
)  # fmt: skip
from tests.customer.payments import drawing

STATEMENT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>M</MsgId>
<CreDtTm>2026-03-01T10:00:00Z</CreDtTm></GrpHdr><Stmt><Id>S-1</Id><Acct><Id><IBAN>DE89370400440532013000</IBAN></Id>
<Ccy>EUR</Ccy></Acct>{entries}</Stmt></BkToCstmrStmt></Document>"""
ENTRY = """<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-03-01</Dt>
</BookgDt><ValDt><Dt>2026-03-02</Dt></ValDt><AcctSvcrRef>{reference}</AcctSvcrRef>{details}</Ntry>"""
DETAIL = """<TxDtls><Refs><EndToEndId>{id}</EndToEndId></Refs><Amt Ccy="EUR">{amount}</Amt><RltdPties><Dbtr><Pty><Nm>Ada
</Nm></Pty></Dbtr></RltdPties><RmtInf><Strd><CdtrRefInf><Ref>{reference}</Ref></CdtrRefInf></Strd></RmtInf></TxDtls>"""


def statement(*entries: str) -> bytes:
    return STATEMENT.format(entries="".join(entries)).encode()


def entry(amount: str = "10.00", reference: str = "B-1", details: str = "") -> str:
    return ENTRY.format(amount=amount, reference=reference, details=details)


@given(drawing.INITIATIONS, st.sampled_from(pain001.VERSIONS))
@settings(max_examples=60, deadline=None)
def test_an_initiation_reads_back_as_it_was_written(initiation: Initiation, version: str) -> None:
    data = pain001.write(initiation, version)
    assert pain001.read(data) == [initiation]
    assert data == pain001.write(initiation, version)
    document = iso20022.read(data)
    assert iso20022.same(document.root, iso20022.read(iso20022.write(document)).root)


@given(st.lists(drawing.INSTRUCTIONS, min_size=1, max_size=3), drawing.PARTIES, drawing.MOMENTS)
@settings(max_examples=40, deadline=None)
def test_a_transfer_between_banks_reads_back_as_it_was_written(
    instructions: list[Instruction], debtor: Party, at: datetime
) -> None:
    transfers = tuple(pacs008.Transfer(each, debtor) for each in instructions)
    message = pacs008.Message("M-1", at, date(2026, 3, 1), transfers, "SHAR")
    for version in pacs008.VERSIONS:
        assert pacs008.read(pacs008.write(message, version)) == message


SOME = Initiation(
    id="M-1",
    created_at=datetime(2026, 3, 1, tzinfo=UTC),
    execute_on=date(2026, 3, 2),
    debtor=Party(name="House", iban="DE89370400440532013000"),
    instructions=(Instruction(id="E-1", currency="EUR", minor=100, creditor=Party(name="A", iban="NO9386011117947")),),
)


@pytest.mark.parametrize(
    "change, reason",
    [
        ({"currency": "XXX"}, "currency"),
        ({"minor": 0}, "amount"),
        ({"minor": -5}, "amount"),
        ({"remittance": "x" * 141}, "text_too_long"),
        ({"remittance": "a\x00b"}, "control_character"),
        ({"remittance": "a\x85b"}, "control_character"),
        ({"id": "E" * 36}, "text_too_long"),
        ({"creditor": Party(name="N" * 141)}, "text_too_long"),
        ({"creditor": Party(name="A", address=Address(country="DEU", town="K"))}, "text_too_long"),
        ({"creditor": Party(name="A", agent=Agent(clearing="USABAX", member="1"))}, "text_too_long"),
    ],
)
def test_what_no_message_may_hold_is_not_written(change: dict[str, object], reason: str) -> None:
    values = {name: getattr(SOME.instructions[0], name) for name in Instruction.__struct_fields__} | change
    whole = {name: getattr(SOME, name) for name in Initiation.__struct_fields__}
    with pytest.raises(MessageRefused) as refused:
        pain001.write(Initiation(**whole | {"instructions": (Instruction(**values),)}))
    assert refused.value.facts["reason"] == reason


def test_one_identification_names_one_transfer_of_a_file() -> None:
    twice = SOME.instructions * 2
    whole = {name: getattr(SOME, name) for name in Initiation.__struct_fields__} | {"instructions": twice}
    with pytest.raises(MessageRefused, match="one identification"):
        pain001.write(Initiation(**whole))


# ---- statements


def test_entries_are_lines_with_what_the_bank_says_of_them() -> None:
    details = DETAIL.format(id="E-7", amount="10.00", reference="RF18539007547034")
    (line,) = camt.read(statement(entry(details=f"<NtryDtls>{details}</NtryDtls>")))
    assert (line.sign, line.currency, line.minor, line.booked) == (Sign.CREDIT, "EUR", 1000, True)
    assert (line.statement, line.account, line.number) == ("S-1", "DE89370400440532013000", 1)
    assert (line.end_to_end, line.structured, line.other_name) == ("E-7", "RF18539007547034", "Ada")
    assert (line.reference, line.booked_on, line.value_date) == ("B-1", date(2026, 3, 1), date(2026, 3, 2))


def test_a_bundle_is_split_where_its_parts_add_up_and_left_whole_where_not() -> None:
    parts = [DETAIL.format(id=f"E-{n}", amount=f"{n}.00", reference=f"R{n}") for n in (3, 7)]
    bundle = f"<NtryDtls>{''.join(parts)}</NtryDtls>"
    first, second = camt.read(statement(entry(details=bundle)))
    assert [(each.minor, each.structured) for each in (first, second)] == [(300, "R3"), (700, "R7")]
    assert first.reference != second.reference
    (whole,) = camt.read(statement(entry(amount="10.01", details=bundle)))
    assert (whole.minor, whole.structured, whole.end_to_end) == (1001, "", "")


@given(st.integers(1, 4000))
@settings(max_examples=25, deadline=None)
def test_a_statement_says_the_same_however_it_is_cut(size: int) -> None:
    data = statement(*(entry(reference=f"B-{n}", amount=f"{n + 1}.5") for n in range(12)))
    reader = camt.Reader()
    lines = [line for at in range(0, len(data), size) for line in reader.feed(data[at : at + size])]
    lines += reader.end()
    assert lines == camt.read(data)
    assert [line.minor for line in lines] == [(n + 1) * 100 + 50 for n in range(12)]


@pytest.mark.parametrize(
    "data, reason",
    [
        (statement(entry(amount="10.001")), "amount_too_fine"),
        (statement(entry(amount="ten")), "amount"),
        (statement(entry(amount="-1.00")), "amount"),
        (statement(entry(amount="1e3")), "amount"),
        (statement(entry(amount="999999999999999999")), "amount_too_large"),
        (statement(entry().replace("CRDT", "X")), "sign"),
        (statement(entry().replace('Ccy="EUR"', 'Ccy="ZZZ"')), "currency"),
        (statement(entry().replace("2026-03-01", "2026-13-01")), "date"),
        (statement().replace(b"<Acct>", b"<Other>").replace(b"</Acct>", b"</Other>"), "statement_missing_not"),
        (statement().replace(b"camt.053", b"pain.001"), "message"),
        (statement().replace(b"urn:iso", b"urn:other"), "namespace"),
        (b'<a xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"/>', "root"),
        (b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"/>', "statement_missing"),
    ],
)
def test_a_statement_that_breaks_a_rule_is_refused_whole(data: bytes, reason: str) -> None:
    if reason == "statement_missing_not":  # a statement without entries needs no account
        assert camt.read(data) == []
        return
    with pytest.raises(MessageRefused) as refused:
        camt.read(data)
    assert refused.value.facts["reason"] == reason


def test_entries_before_their_account_belong_to_nobody() -> None:
    moved = statement(entry()).replace(b"<Acct>", b"<Old>").replace(b"</Acct>", b"</Old>")
    with pytest.raises(MessageRefused) as refused:
        camt.read(moved)
    assert refused.value.facts["reason"] == "account_missing"


def peak(count: int) -> int:
    """What reading so many entries takes at the most, the file itself left out."""
    head, tail = STATEMENT.encode().split(b"{entries}")
    some = (entry(reference="B") * 50).encode()
    reader = camt.Reader()
    tracemalloc.start()
    lines = sum(1 for _ in reader.feed(head))
    for _ in range(count // 50):
        lines += sum(1 for _ in reader.feed(some))
    lines += sum(1 for _ in [*reader.feed(tail), *reader.end()])
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert lines == count
    return found


def test_the_memory_of_a_long_statement_is_that_of_a_short_one() -> None:
    assert peak(4000) < 2 * peak(400)


# ---- hostile XML

BILLION = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">&b;</Document>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document>&x;</Document>"""
PARAMETER = b"""<?xml version="1.0"?><!DOCTYPE d SYSTEM "http://127.0.0.1/evil.dtd"><Document/>"""


@pytest.mark.parametrize(
    "data, reason",
    [
        (BILLION, "entities"),
        (OUTSIDE, "entities"),
        (PARAMETER, "entities"),
        (b"<Document>&unknown;</Document>", "malformed"),
        (b"<?xml-stylesheet href='x'?><Document/>", "processing_instruction"),
        (b"<a>" * 50 + b"</a>" * 50, "too_deep"),
        (b"<Document " + b" ".join(b'a%d="1"' % n for n in range(40)) + b"/>", "too_many_attributes"),
        (b"<Document><Stmt>", "truncated"),
        (b"", "truncated"),
        (b"\xff\xfe\x00", "truncated"),
        (b'<?xml version="1.0" encoding="nonsense"?><Document/>', "encoding"),
        (b"{}", "malformed"),
        (b"<Document/><Document/>", "malformed"),
    ],
)
def test_hostile_xml_is_refused_by_name(data: bytes, reason: str) -> None:
    for read in (camt.read, iso20022.read, pain001.read):
        with pytest.raises(XmlRefused) as refused:
            read(data)
        assert refused.value.facts["reason"] == reason


def test_a_record_may_be_neither_endless_nor_endlessly_divided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_stream, "TEXT_MAX", 1000)
    monkeypatch.setattr(xml_stream, "ELEMENTS_MAX", 100)
    monkeypatch.setattr(xml_stream, "SIZE_MAX", 100_000)
    for inside, reason in (("x" * 2000, "too_much_text"), ("<a/>" * 200, "too_many_elements")):
        with pytest.raises(XmlRefused) as refused:
            camt.read(statement(f"<Ntry>{inside}</Ntry>"))
        assert refused.value.facts["reason"] == reason
    with pytest.raises(XmlRefused) as refused:
        camt.read(statement() + b" " * 200_000)
    assert refused.value.facts["reason"] == "too_large"


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_or_a_refusal(data: bytes) -> None:
    with pytest.raises((XmlRefused, MessageRefused)):
        iso20022.read(data)
