"""Every published format says the same about the same nobody, and what is broken is refused with its reason."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_stack.screening import model
from customer_stack.screening.formats import ofac_csv, values
from customer_stack.screening.lists import inventing, reading
from tests.customer.screening import samples

OFAC = (
    model.ListFile("sdn.csv", samples.SDN),
    model.ListFile("alt.csv", samples.ALT),
    model.ListFile("add.csv", samples.ADD),
)
ALONE = {
    "un": samples.UN,
    "ofac_xml": samples.OFAC_XML,
    "ofac_advanced": samples.OFAC_ADVANCED,
    "eu": samples.EU,
    "uk_xml": samples.UK_XML,
    "uk_csv": samples.UK_CSV,
    "ofsi_csv": samples.OFSI_CSV,
    "ftm": samples.FTM,
}
PARTS = ("sdn", "alt", "add")
ALT_OF_ONE = samples.ALT.partition(b"102,")[0]
BOMB = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><CONSOLIDATED_LIST>&b;</CONSOLIDATED_LIST>'


def one(data: bytes) -> model.List:
    (found,) = reading.read([model.ListFile("list", data)])
    return found


def refused(*files: model.ListFile) -> model.Reason:
    with pytest.raises(model.ListRefused) as refusal:
        reading.read(files)
    return refusal.value.reason


@pytest.mark.parametrize("name", ALONE)
def test_a_person_is_the_same_in_every_format(name: str) -> None:
    person = one(ALONE[name]).entities[0]
    names = {each.name.lower().replace("al-", "").replace(",", "") for each in person.names}
    assert {"harun misbahi", "misbahi harun"} & names
    assert person.kind == model.Kind.PERSON
    assert any(each.name.lower() in {"lantern", "abu lantern"} for each in person.names if each.quality == "weak")
    assert person.names[0].quality == model.Quality.PRIMARY
    assert "sy" in person.countries
    assert person.identifiers[0].value == "S0001234"
    assert any(each.first <= 1970 <= each.last for each in person.born)


@pytest.mark.parametrize("name", ALONE)
def test_a_version_is_named_by_its_bytes_and_knows_its_day(name: str) -> None:
    version = one(ALONE[name]).version
    assert version.sha256 == hashlib.sha256(ALONE[name]).hexdigest()
    assert version.published is not None
    assert version.published.date().isoformat() == "2026-02-27"


def test_three_files_of_ofac_are_one_list() -> None:
    (found,) = reading.read(OFAC)
    person, vessel, firm = found.entities
    assert [each.name for each in person.names] == ["MISBAHI, Harun", "AL-MISBAHI, Haroun", "LANTERN"]
    assert [each.quality for each in person.names] == ["primary", "good", "weak"]
    assert person.born == (model.Born(1970, 1970, 5, 4), model.Born(1971, 1971, about=True))
    assert person.programmes == ("SDGT", "SYRIA")
    assert person.countries == ("lb", "sy")
    assert (vessel.kind, vessel.countries) == (model.Kind.VESSEL, ("pa",))
    assert (firm.kind, firm.countries) == (model.Kind.ORGANISATION, ("ir",))
    other = reading.read((*OFAC[:2], model.ListFile("add.csv", samples.ADD + b"\r\n")))
    assert other[0].version.sha256 != found.version.sha256


def test_a_pep_keeps_the_end_of_the_last_position_and_a_relative_its_topic() -> None:
    holder, relative = one(samples.FTM).entities
    assert holder.roles == (model.Role("role.pep", "2021-06-30", ("Minister of Lanterns",)),)
    assert relative.roles == (model.Role("role.rca", "2021-06-30"),)
    assert holder.relatives == (model.Relative("Q-2", "sister"),)
    assert relative.relatives == (model.Relative("Q-1", "sister"),)


def test_a_pep_who_holds_one_more_position_has_no_end() -> None:
    more = b'{"id":"o-2","schema":"Occupancy","last_seen":"2026-02-27T06:00:00","properties":{"holder":["Q-1"]}}\n'
    holder, relative = one(samples.FTM + more).entities
    assert [each.roles[0].until for each in (holder, relative)] == ["", ""]


@pytest.mark.parametrize("name", ["un", "ofac_xml", "ofac_advanced", "eu", "uk_xml"])
def test_a_cut_document_is_refused_wherever_it_was_cut(name: str) -> None:
    data = ALONE[name].rstrip()
    for size in range(len(data) // 2, len(data), 41):
        assert refused(model.ListFile("list", data[:size])) == model.Reason.TRUNCATED


def test_a_cut_line_of_followthemoney_is_refused() -> None:
    for size in (len(samples.FTM) - 1, len(samples.FTM) // 2):
        assert refused(model.ListFile("list", samples.FTM[:size])) == model.Reason.TRUNCATED


@pytest.mark.parametrize(
    "data, reason",
    [
        (BOMB, model.Reason.ENTITIES),
        (b'<!DOCTYPE x SYSTEM "file:///etc/hostname"><export/>', model.Reason.ENTITIES),
        (samples.UN.replace(b"<INDIVIDUALS>", b"<INDIVIDUALS><", 1), model.Reason.MALFORMED),
        (samples.UN.replace(b"<DATAID>9000002", b"<DATAID>9000001"), model.Reason.MALFORMED),
        (
            samples.UN.replace(b"HARUN", b"").replace(b"AL-MISBAHI", b"").replace(b"9000001", b""),
            model.Reason.MALFORMED,
        ),
        (samples.UN.replace(b"HARUN", b"HARUN " * 400), model.Reason.MALFORMED),
        (b"<CONSOLIDATED_LIST></CONSOLIDATED_LIST>", model.Reason.EMPTY),
        (b"<html><body>Service unavailable</body></html>", model.Reason.UNKNOWN_FORMAT),
        (b"<CONSOLIDATED_LIST>" + b"<INDIVIDUAL>" * 80, model.Reason.MALFORMED),
        (samples.OFAC_XML.replace(b"<Record_Count>1<", b"<Record_Count>2<"), model.Reason.TRUNCATED),
        (samples.UK_CSV[:-30], model.Reason.TRUNCATED),
        (samples.UK_CSV.replace(b",Ship", b""), model.Reason.TRUNCATED),
        (samples.UK_CSV.replace(b"04/05/1970,Syria", b"Syria", 1), model.Reason.MALFORMED),
        (samples.FTM.replace(b'"schema"', b"schema", 1), model.Reason.MALFORMED),
        (b"", model.Reason.EMPTY),
        (b"name,score\n", model.Reason.UNKNOWN_FORMAT),
        (b"\x00\x01\x02", model.Reason.UNKNOWN_FORMAT),
        (b'<?xml version="1.0" encoding="utf-7"?><CONSOLIDATED_LIST/>', model.Reason.UNKNOWN_FORMAT),
        (b'<?xml version="1.0" encoding="klingon"?><CONSOLIDATED_LIST/>', model.Reason.UNKNOWN_FORMAT),
    ],
)
def test_what_is_broken_is_refused_with_its_reason(data: bytes, reason: model.Reason) -> None:
    assert refused(model.ListFile("list", data)) == reason


@pytest.mark.parametrize(
    "sdn, alt, add, reason",
    [
        (samples.SDN[:-40], samples.ALT, samples.ADD, model.Reason.TRUNCATED),
        (samples.SDN.rpartition(b"103,")[0], samples.ALT, samples.ADD, model.Reason.TRUNCATED),
        (samples.SDN, samples.ALT[:-12], samples.ADD, model.Reason.TRUNCATED),
        (samples.SDN.replace(b"102,", b"x,", 1), samples.ALT, samples.ADD, model.Reason.MALFORMED),
        (samples.SDN.replace(b"102,", b"101,", 1), ALT_OF_ONE, samples.ADD, model.Reason.MALFORMED),
    ],
)
def test_a_broken_file_of_three_refuses_the_list(sdn: bytes, alt: bytes, add: bytes, reason: model.Reason) -> None:
    assert (
        refused(*(model.ListFile(f"{name}.csv", data) for name, data in zip(PARTS, (sdn, alt, add), strict=True)))
        == reason
    )


def test_ofac_without_one_of_its_files_is_refused() -> None:
    assert refused(*OFAC[:2]) == model.Reason.INCOMPLETE


@given(st.binary(max_size=300))
def test_no_bytes_do_anything_but_parse_or_be_refused(data: bytes) -> None:
    for prefix in (b"", b"<export>", b"{", b"Name 6,Group ID\n"):
        try:
            reading.read([model.ListFile("list", prefix + data)])
        except model.ListRefused:
            continue


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading_of_a_date(text: str) -> None:
    found = values.born(text)
    assert found is None or found.first <= found.last


def test_invented_lists_are_the_same_in_every_run() -> None:
    one, other = inventing.files(400, 50), inventing.files(400, 50)
    assert [file.data for file in one] == [file.data for file in other]
    assert len(ofac_csv.parse(*(file.data for file in one[:3])).entities) == 400
    assert len(one[3].data.split(b"</INDIVIDUAL>")) == 51
