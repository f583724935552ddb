"""The file for the authority: whole, the same every time, and the schema's checker on files that break it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from customer_stack.monitoring.formats import goaml, xsd
from customer_stack.monitoring.model import reports
from tests.customer.monitoring.conftest import PERSON
from tests.customer.monitoring.test_reports import REPORTER

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
OTHER = reports.OtherSide(institution="Example Bank", account="000123", name="Test Payer", country="LK")


def report(**more: Any) -> reports.Report:
    said: dict[str, Any] = {
        "id": UUID(int=1), "kind": reports.Kind.SUSPICIOUS, "code": "STR", "case": UUID(int=2), "subject": UUID(int=3),
        "transfer": None, "state": reports.State.APPROVED, "version": 2, "digest": bytes(32), "due_at": AT,
        "overdue_at": None, "created_at": AT, "drafted_by": None, "approved_by": None, "reference": None,
    }  # fmt: skip
    return reports.Report(**said | more)


def movement(**more: Any) -> reports.Transaction:
    said: dict[str, Any] = {
        "transfer": UUID(int=9), "at": AT, "incoming": True, "amount": 150_000_000, "asset": "LKR", "scale": 2,
        "local": 150_000_000, "ledger_account": UUID(int=8), "other": OTHER,
    }  # fmt: skip
    return reports.Transaction(**said | more)


def content(*moves: reports.Transaction, **more: Any) -> reports.Content:
    said: dict[str, Any] = {"reason": "A < B & C", "indicators": ("MLPT",), "person": PERSON}
    return reports.Content(transactions=moves, **said | more)


def written(*moves: reports.Transaction, **more: Any) -> bytes:
    return goaml.write(report(), content(*moves, **more), REPORTER, "LKR", AT)


def test_the_same_report_has_the_same_bytes_and_says_what_it_was_given() -> None:
    data = written(movement(), movement(transfer=UUID(int=10), incoming=False))
    assert data == written(movement(), movement(transfer=UUID(int=10), incoming=False))
    text = data.decode()
    for part in (
        "<rentity_id>1234<", "<report_code>STR<", "<submission_date>2026-05-04T12:00:00Z<", "<reason>A &lt; B &amp; C<",
        "<amount_local>1500000.00<", "<from_account>", "<account>000123<", "<birthdate>1990-01-02T00:00:00<",
        "<indicator>MLPT<",
    ):  # fmt: skip
        assert part in text, part
    order = [text.index(f"<{tag}>") for tag in ("t_from", "t_to_my_client", "t_from_my_client", "t_to")]
    assert order == sorted(order)


def test_a_report_without_movements_is_an_activity() -> None:
    text = written().decode()
    assert "<activity>" in text
    assert "<transaction>" not in text


def test_a_foreign_amount_stands_beside_its_worth_with_the_rate_between_them() -> None:
    text = written(movement(asset="USD", scale=6, amount=1_000_001, local=300_01)).decode()
    assert "<foreign_amount>1.000001<" in text
    assert "<foreign_exchange_rate>300.009700<" in text  # 300.01 / 1.000001, half up
    assert "<amount_local>300.01<" in text


def test_the_other_side_without_an_account_is_a_name() -> None:
    assert "<from_entity>" in written(movement(other=reports.OtherSide(name="Somebody", country="GB"))).decode()


def test_characters_that_xml_cannot_hold_are_left_out() -> None:
    assert (
        "<reason>ab<"
        in written(reason="a\x00\x0b\ud800b".encode("utf-8", "surrogatepass").decode("utf-8", "surrogatepass")).decode()
    )


@pytest.mark.parametrize(
    "wrong, at",
    [
        ({"person": reports.Person(first_name="A")}, "last_name"),
        ({"person": msgspec.structs.replace(PERSON, id_number="9" * 26)}, "id_number"),
        ({"reason": "x" * 8001}, "reason"),
        ({"indicators": ("lower",)}, "indicator"),
    ],
)
def test_what_the_schema_does_not_take_is_not_written(wrong: dict[str, Any], at: str) -> None:
    with pytest.raises(reports.NotValid) as refused:
        written(**wrong)
    assert str(refused.value.facts["at"]).endswith(at)


GOOD = written(movement(), movement(asset="USD", scale=6, incoming=False)).decode()
MUTATIONS: dict[str, tuple[str, str]] = {
    "a part too many": ("<rentity_id>", "<extra/><rentity_id>"),
    "a part missing": ("<report_code>STR</report_code>", ""),
    "parts out of order": ("<submission_code>E</submission_code>", ""),
    "a value that there is not": ("<submission_code>E<", "<submission_code>X<"),
    "a date that is none": ("2026-05-04T12:00:00Z", "2026-02-30T12:00:00Z"),
    "a date without its time": ("<date_transaction>2026-05-04T12:00:00Z<", "<date_transaction>2026-05-04<"),
    "a number that is none": ("<rentity_id>1234<", "<rentity_id>12.5<"),
    "an amount below zero": ("<amount_local>1500000.00<", "<amount_local>-1.00<"),
    "an amount with too many places": ("<amount_local>1500000.00<", "<amount_local>1500000.001<"),
    "a country that is none": ("<from_country>LK<", "<from_country>Lanka<"),
    "a bool that is none": ("<is_primary>true<", "<is_primary>yes<"),
    "text between parts": ("<rentity_id>", "stray<rentity_id>"),
    "an attribute": ("<rentity_id>", '<rentity_id a="1">'),
    "both sides mine": ("t_from>", "t_to_my_client>"),
    "an empty name": ("<last_name>Sample</last_name>", "<last_name></last_name>"),
    "parts where text belongs": ("<rentity_id>1234<", "<rentity_id><a/>1234<"),
    "no xml": ("</report>", ""),
    "another kind": ("report>", "reports>"),
}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_the_checker_sees_each_break(mutation: str) -> None:
    old, new = MUTATIONS[mutation]
    broken = GOOD.replace(old, new)
    assert broken != GOOD
    with pytest.raises(reports.NotValid):
        goaml.check(broken.encode())
    goaml.check(GOOD.encode())


HEAD = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">'
SCHEMAS = {
    "two tops": f'{HEAD}<xs:element name="a" type="xs:int"/><xs:element name="b" type="xs:int"/></xs:schema>',
    "an unknown type": f'{HEAD}<xs:element name="a" type="elsewhere"/></xs:schema>',
    "an unknown construct": f'{HEAD}<xs:element name="a" type="xs:int"/><xs:group name="g"/></xs:schema>',
    "an unknown model": f'{HEAD}<xs:element name="a"><xs:complexType><xs:all/></xs:complexType></xs:element></xs:schema>',
    "an unknown facet": f'{HEAD}<xs:element name="a"><xs:simpleType><xs:restriction base="xs:int"><xs:whiteSpace value="x"/>'
    "</xs:restriction></xs:simpleType></xs:element></xs:schema>",
    "an unknown attribute": f'{HEAD}<xs:element name="a" type="xs:int" nillable="true"/></xs:schema>',
    "a list": f'{HEAD}<xs:element name="a"><xs:simpleType><xs:list itemType="xs:int"/></xs:simpleType></xs:element></xs:schema>',
}


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_schema_that_is_not_understood_is_refused_whole(schema: str) -> None:
    with pytest.raises(xsd.BadSchema):
        xsd.read(SCHEMAS[schema].encode())


def test_dates_move_with_their_zone() -> None:
    early = movement(at=datetime(2026, 5, 4, 1, tzinfo=UTC) - timedelta(hours=2))
    assert re.search(r"<date_transaction>2026-05-03T23:00:00Z<", written(early).decode())
