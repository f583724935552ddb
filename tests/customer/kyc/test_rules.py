"""What is decided without asking anybody: states from events, numbers of documents, ages, files."""

import hashlib
import itertools
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundary.kernel import states
from customer_stack.branding import service as branding
from customer_stack.branding.adapters import files as branding_files
from customer_stack.kyc import model
from customer_stack.kyc.rules import deriving, eligibility, numbers, policies, sniffing
from tests.customer.kyc import house

E, S = model.Event, model.State
NIC = model.DocumentKind.NATIONAL_IDENTITY_CARD
PERMIT = model.DocumentKind.RESIDENCE_PERMIT
PASSPORT = model.DocumentKind.PASSPORT
F, M = model.Sex.FEMALE, model.Sex.MALE


def event(kind: model.Event, sequence: int, *, version: int = 20250101, reasons: tuple[str, ...] = ()) -> model.Logged:
    return model.Logged(
        application=UUID(int=1),
        event=kind,
        source=model.Source.VENDOR,
        sequence=sequence,
        digest=hashlib.sha256(f"{kind}{sequence}".encode()).digest(),
        level=1,
        policy_version=version,
        reasons=reasons,
    )


def derived(*kinds: model.Event) -> model.State:
    return deriving.derive(event(kind, number) for number, kind in enumerate(kinds)).state


# ---- the state


@given(st.lists(st.tuples(st.sampled_from(E), st.integers(0, 12)), max_size=9), st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(happened: list[tuple[model.Event, int]], chance: Any) -> None:
    events = [event(kind, sequence) for kind, sequence in happened]
    shuffled = events.copy()
    chance.shuffle(shuffled)
    assert deriving.derive(shuffled) == deriving.derive(events)


@given(st.lists(st.sampled_from([E.GREEN, E.RED_RETRY, E.ON_HOLD, E.NOTED, E.RED_FINAL]), max_size=6), st.data())
def test_no_message_of_a_vendor_undoes_a_no(happened: list[model.Event], data: Any) -> None:
    no = data.draw(st.sampled_from([E.REJECT, E.ABANDON]))
    at = data.draw(st.integers(0, len(happened)))
    events = [event(E.SUBMITTED, 0), *(event(kind, number + 1) for number, kind in enumerate(happened))]
    events.append(msgspec.structs.replace(event(no, at + 1), digest=bytes(32)))
    assert deriving.derive(events).state in {S.REJECTED, S.ABANDONED}


@given(st.lists(st.sampled_from([E.GREEN, E.RED_RETRY, E.ON_HOLD, E.NOTED]), max_size=6))
def test_nobody_is_approved_by_a_vendors_word_alone(happened: list[model.Event]) -> None:
    assert derived(E.SUBMITTED, *happened) is not S.APPROVED


@pytest.mark.parametrize(
    "kinds, state",
    [
        ((), S.DRAFT),
        ((E.GREEN,), S.DRAFT),
        ((E.SUBMITTED,), S.PENDING),
        ((E.SUBMITTED, E.GREEN), S.VERIFIED),
        ((E.SUBMITTED, E.RED_RETRY, E.GREEN), S.VERIFIED),
        ((E.SUBMITTED, E.RED_FINAL, E.GREEN), S.REJECTED),
        ((E.SUBMITTED, E.GREEN, E.APPROVE, E.RED_RETRY), S.RETURNED),
        ((E.SUBMITTED, E.GREEN, E.APPROVE, E.RED_FINAL, E.GREEN, E.APPROVE), S.REJECTED),
        ((E.SUBMITTED, E.RED_FINAL, E.OVERRIDE_APPROVE), S.APPROVED),
        ((E.SUBMITTED, E.GREEN, E.APPROVE, E.EXPIRE, E.GREEN), S.EXPIRED),
        ((E.SUBMITTED, E.GREEN, E.APPROVE, E.EXPIRE, E.RED_FINAL), S.REJECTED),
        ((E.SUBMITTED, E.RED_RETRY, E.SUBMITTED), S.PENDING),
        ((E.SUBMITTED, E.GREEN, E.APPROVE, E.REOPENED), S.PENDING),
        ((E.SUBMITTED, E.RED_RETRY, E.SUBMITTED, E.GREEN, E.APPROVE), S.APPROVED),
        ((E.SUBMITTED, E.GREEN, E.APPROVE, E.REOPENED, E.RED_FINAL), S.REJECTED),
    ],
)
def test_what_follows_from_what_happened(kinds: tuple[model.Event, ...], state: model.State) -> None:
    assert derived(*kinds) is state


def test_a_final_no_of_an_earlier_session_stands_until_two_people_lift_it() -> None:
    """It happened before the second submission, and is heard of after it."""
    events = [event(E.SUBMITTED, 0), event(E.RED_RETRY, 10), event(E.SUBMITTED, 20), event(E.GREEN, 30)]
    assert deriving.derive(events).state is S.VERIFIED
    final = event(E.RED_FINAL, 15)
    assert deriving.derive([*events, final]).state is S.REJECTED
    lifted = [*events, final, event(E.OVERRIDE_APPROVE, 40)]
    assert deriving.derive(lifted).state is S.APPROVED


def test_a_decision_is_bound_to_the_policy_under_which_it_was_made() -> None:
    events = [event(E.SUBMITTED, 0, version=1), event(E.GREEN, 1, version=1), event(E.APPROVE, 2, version=2)]
    assert deriving.derive(events).policy_version == 2
    assert deriving.derive([*events, event(E.CONFIRMED, 3, version=3)]).policy_version == 3
    assert deriving.derive([*events, event(E.REOPENED, 3, version=4)]).policy_version == 4


def test_every_pair_that_the_table_does_not_hold_is_illegal() -> None:
    machine = deriving.APPLICATION
    for state, kind in itertools.product(S, E):
        if (state, kind) not in machine.transitions:
            with pytest.raises(states.IllegalTransition):
                machine.advance(state, kind)


# ---- numbers


@pytest.mark.parametrize(
    "kind, country, number, births, sex",
    [
        (NIC, "LK", "911042754V", {date(1991, 4, 13), date(1991, 4, 14)}, M),
        (NIC, "LK", "91 104 2754 v", {date(1991, 4, 13), date(1991, 4, 14)}, M),
        (NIC, "LK", "911042754X", {date(1991, 4, 13), date(1991, 4, 14)}, M),
        (NIC, "LK", "199110402754", {date(1991, 4, 13), date(1991, 4, 14)}, M),
        (NIC, "LK", house.nic(12, 2001, 559), {date(2001, 2, 28)}, F),
        (NIC, "LK", house.nic(12, 2004, 60), {date(2004, 2, 29)}, M),
        (NIC, "LK", house.nic(12, 2001, 60), {date(2001, 3, 1)}, M),
        (NIC, "LK", house.nic(12, 2001, 61), {date(2001, 3, 1), date(2001, 3, 2)}, M),
        (NIC, "LK", house.nic(12, 2001, 866), {date(2001, 12, 31)}, F),
        (NIC, "SA", "1058529940", set(), None),
        (NIC, "SA", "1001244019", set(), None),
        (PERMIT, "SA", "2058529949", None, None),
        (NIC, "ZA", "7503305044089", {date(1975, 3, 30)}, M),
        (NIC, "ZA", "0002294800087", {date(2000, 2, 29)}, F),
        (NIC, "PL", "44051401359", {date(1944, 5, 14)}, M),
        (PASSPORT, "LK", "N1234567", set(), None),
        (NIC, "FR", "12AB34567", set(), None),
    ],
)
def test_numbers_say_what_they_say(
    kind: model.DocumentKind, country: str, number: str, births: set[date] | None, sex: model.Sex | None
) -> None:
    read = numbers.read(kind, country, number)
    if births is None:
        assert read is None
        return
    assert read is not None
    assert (set(read.births), read.sex) == (births, sex)


@pytest.mark.parametrize(
    "kind, country, number",
    [
        (NIC, "LK", "911042755V"),
        (NIC, "LK", "911042754"),
        (NIC, "LK", "911042754Z"),
        (NIC, "LK", "199110402755"),
        (NIC, "LK", house.nic(1, 1991, 0)),
        (NIC, "LK", house.nic(1, 1991, 367)),
        (NIC, "LK", house.nic(1, 1991, 500)),
        (NIC, "LK", house.nic(1, 1991, 867)),
        (NIC, "LK", house.nic(1, 1791, 104)),
        (NIC, "LK", "១៩៩១១០៤០២៧៥៤"),
        (NIC, "SA", "1058529941"),
        (NIC, "SA", "2058529940"),
        (NIC, "SA", "105852994"),
        (PERMIT, "SA", "1058529940"),
        (NIC, "AE", "784197900000001"),
        (NIC, "ZA", "7503305044080"),
        (NIC, "CN", "328720470408258569"),
        (NIC, "PL", "44051401358"),
        (NIC, "PK", "0000000000000"),
        (PASSPORT, "LK", "ABCDEFGH"),
        (PASSPORT, "LK", "N1"),
        (NIC, "FR", "12-' OR 1"),
    ],
)
def test_numbers_that_cannot_be_are_refused(kind: model.DocumentKind, country: str, number: str) -> None:
    assert numbers.read(kind, country, number) is None


@given(
    st.integers(1, 9999),
    st.integers(1900, 2012),
    st.integers(1, 366),
    st.booleans(),
    st.integers(0, 11),
    st.integers(1, 9),
)
def test_one_wrong_digit_of_a_nic_is_noticed(serial: int, year: int, day: int, woman: bool, at: int, by: int) -> None:
    number = house.nic(serial, year, day + 500 * woman)
    if numbers.sri_lankan(number) is None:
        assert day == 366 or (day == 60 and not numbers.sri_lankan(number))
        return
    wrong = number[:at] + str((int(number[at]) + by) % 10) + number[at + 1 :]
    read = numbers.sri_lankan(wrong)
    # Ten is written 0, as is eleven: of two sums one digit apart both may be written alike.
    assert read is None or number[-1] == wrong[-1] == "0"


def test_old_and_new_number_of_a_person_say_the_same() -> None:
    for serial in range(0, 1000, 37):
        new = house.nic(serial)
        old = f"{new[2:7]}{new[8:]}V"
        one, other = numbers.sri_lankan(new), numbers.sri_lankan(old)
        assert one is not None
        assert other is not None
        assert (one.births, one.sex) == (other.births, other.sex)


# ---- age and policy


@pytest.mark.parametrize(
    "birth, day, age",
    [
        (date(2000, 5, 4), date(2021, 5, 3), 20),
        (date(2000, 5, 4), date(2021, 5, 4), 21),
        (date(2004, 2, 29), date(2025, 2, 28), 20),
        (date(2004, 2, 29), date(2025, 3, 1), 21),
    ],
)
def test_ages_are_full_years(birth: date, day: date, age: int) -> None:
    assert eligibility.age(birth, day) == age


@pytest.fixture
def lanka(tmp_path: Any) -> Any:
    (tmp_path / "config.json").write_bytes(branding.example("LK"))
    return branding_files.load(tmp_path / "config.json", datetime(2026, 5, 4, tzinfo=UTC))


def test_age_is_counted_in_the_day_of_the_place(lanka: Any) -> None:
    """Colombo is five and a half hours ahead: its birthday begins on the evening before in UTC."""
    form = msgspec.convert(house.FORM, model.Form)
    form = msgspec.structs.replace(
        form, birth=date(2005, 5, 4), document=model.Identity(kind=PASSPORT, number="N1234567", country="LK")
    )
    for at, wrong in (
        (datetime(2026, 5, 3, 18, 29, tzinfo=UTC), True),
        (datetime(2026, 5, 3, 18, 30, tzinfo=UTC), False),
    ):
        found = eligibility.faults(form, policies.at(lanka, at))
        assert (model.Reason.UNDER_AGE in found) is wrong


def test_a_later_pack_is_a_later_policy_from_local_midnight_on(lanka: Any) -> None:
    [pack] = [each for each in lanka.packs if each.code == "LK"]
    later = msgspec.structs.replace(pack, effective_from=date(2026, 6, 1), minimum_age=30)
    made = msgspec.structs.replace(lanka, packs=(*lanka.packs, later))
    before, after = datetime(2026, 5, 31, 18, 29, tzinfo=UTC), datetime(2026, 5, 31, 18, 30, tzinfo=UTC)
    assert [policies.at(made, each).version for each in (before, after)] == [20250101, 20260601]
    assert [policies.at(made, each).minimum_age for each in (before, after)] == [21, 30]


# ---- files

JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"
    + bytes(9)
    + b"\xff\xda\x00\x02"
    + b"\x11" * 80
    + b"\xff\x00\xff\xd0"
    + b"\xff\xd9"
)
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n" + b" " * 40 + b"trailer\n%%EOF\n"


@pytest.mark.parametrize("data, media", [(house.png(), "image/png"), (JPEG, "image/jpeg"), (PDF, "application/pdf")])
def test_files_are_what_their_bytes_say(data: bytes, media: str) -> None:
    assert sniffing.sniff(data) == sniffing.Sniffed(model.Media(media), "")


NO_FILES = [
    ("empty", b"", "too_small"),
    ("text", b"I am a passport. " * 20, "unknown_type"),
    ("a program", b"MZ\x90\x00" + bytes(200), "unknown_type"),
    ("a script", b"<html><script>alert(1)</script>" + bytes(100), "unknown_type"),
    ("an archive", b"PK\x03\x04" + bytes(200), "unknown_type"),
    ("a GIF", b"GIF89a" + bytes(200), "unknown_type"),
    ("an SVG", b'<svg xmlns="http://www.w3.org/2000/svg">' + b" " * 100, "unknown_type"),
    ("a name alone", b"\x89PNG\r\n\x1a\n" + bytes(200), "malformed"),
    ("a picture cut short", house.png(noise=bytes(100))[:-6], "malformed"),
    ("an archive behind a picture", house.png() + b"PK\x03\x04" + bytes(40), "trailing_data"),
    ("a page behind a photograph", JPEG + b"<script>alert(1)</script>", "trailing_data"),
    ("a page within a picture", house.png(noise=b"<SCRIPT src=x>"), "polyglot"),
    ("PHP within a picture", house.png(noise=b"<?php system($_GET[0]);"), "polyglot"),
    ("a PDF within a picture", house.png(noise=b"%PDF-1.4 "), "polyglot"),
    ("a photograph without an end", JPEG[:-2], "malformed"),
    ("a PDF without an end", PDF.replace(b"%%EOF", b"     "), "malformed"),
    ("an archive behind a PDF", PDF + b"PK\x05\x06" + bytes(20), "trailing_data"),
    ("an archive within a PDF", PDF.replace(b" " * 20, b"PK\x03\x04" + b" " * 16, 1), "polyglot"),
    ("a PDF that runs", PDF.replace(b"/Catalog", b"/Catalog /OpenAction 2 0 R"), "active_content"),
    ("a PDF with a script", PDF.replace(b"/Catalog", b"/Catalog /JavaScript 2 0 R"), "active_content"),
    ("a PDF with a hidden name", PDF.replace(b"/Catalog", b"/Catalog /J#61vaScript 2 0 R"), "active_content"),
    ("a PDF with a file", PDF.replace(b"/Catalog", b"/Catalog /EmbeddedFiles 2 0 R"), "active_content"),
]


@pytest.mark.parametrize("name, data, reason", NO_FILES, ids=[each[0] for each in NO_FILES])
def test_what_is_not_one_file_of_a_kind_is_refused(name: str, data: bytes, reason: str) -> None:
    assert sniffing.sniff(data) == sniffing.Sniffed(None, reason), name


@given(st.binary(max_size=400), st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"%PDF-"]))
def test_sniffing_noise_always_ends(data: bytes, start: bytes) -> None:
    assert sniffing.sniff(start + data).media in {None, *model.Media}
