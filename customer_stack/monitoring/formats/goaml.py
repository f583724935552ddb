"""A report as goAML 5.x wants it: header, who reports, movements or an activity, indicators.

The same content makes the same bytes: nothing here asks for the time, and elements stand in the order of the schema.
Text is taken as it is, except for characters that XML cannot hold, which are left out. Which codes an authority uses
(`transmode_code`, `funds_code`) is its own choice; those below are the plain ones of electronic transfers.
"""

import re
from collections.abc import Iterator
from datetime import datetime, time
from importlib import resources
from xml.etree import ElementTree as ET

from boundary.kernel import clock, money
from customer_stack.monitoring.formats import xsd
from customer_stack.monitoring.model import reports

TRANSFER = "E"
FUNDS = "K"
PERSONAL = "P"
HOLDER = "AH"
ACTIVE = "A"
BUSINESS = "B"
PRIVATE = "P"

_UNSPEAKABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SCHEMA = xsd.read(resources.files("customer_stack.monitoring.formats").joinpath("goaml.xsd").read_bytes())


def write(
    report: reports.Report, content: reports.Content, reporter: reports.Reporter, currency: str, at: datetime
) -> bytes:
    """The file, or `NotValid` with the element that is not as the schema wants it."""
    root = ET.Element("report")
    _add(root, "rentity_id", str(reporter.rentity_id))
    _add(root, "rentity_branch", reporter.rentity_branch)
    _add(root, "submission_code", "E")
    _add(root, "report_code", report.code)
    _add(root, "entity_reference", str(report.id))
    _add(root, "submission_date", _moment(at))
    _add(root, "currency_code_local", currency)
    _person(root, "reporting_person", reporter.person)
    _address(root, "location", reporter.location, BUSINESS)
    _add(root, "reason", content.reason)
    _add(root, "action", content.action)
    for each in content.transactions:
        _transaction(root, each, content.person, reporter, currency)
    if not content.transactions:
        party = _in(_in(_in(root, "activity"), "report_parties"), "report_party")
        _person(party, "person", content.person)
        _add(party, "reason", content.reason)
    if content.indicators:
        indicators = _in(root, "report_indicators")
        for code in content.indicators:
            _add(indicators, "indicator", code)
    ET.indent(root)
    data: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    data += b"\n"
    _SCHEMA.check(data)
    return data


def check(data: bytes) -> None:
    _SCHEMA.check(data)


def _transaction(
    root: ET.Element,
    each: reports.Transaction,
    person: reports.Person,
    reporter: reports.Reporter,
    currency: str,
) -> None:
    node = _in(root, "transaction")
    _add(node, "transactionnumber", str(each.transfer))
    _add(node, "date_transaction", _moment(each.at))
    _add(node, "transmode_code", TRANSFER)
    local = money.from_minor(each.local or 0, money.currency(currency))
    _add(node, "amount_local", local.text())
    for side in ("from", "to"):
        mine = (side == "to") == each.incoming
        part = _in(node, f"t_{side}_my_client" if mine else f"t_{side}")
        _add(part, f"{side}_funds_code", FUNDS)
        if each.asset != currency:
            _foreign(part, side, each, local)
        if mine:
            _own_account(part, side, each, person, reporter)
            _add(part, f"{side}_country", reporter.location.country)
        else:
            _other_side(part, side, each.other)
            _add(part, f"{side}_country", each.other.country or "")


def _foreign(part: ET.Element, side: str, each: reports.Transaction, local: money.Money) -> None:
    """The amount in its own currency, and at which rate it makes the local one: to six places, rounded half up."""
    node = _in(part, f"{side}_foreign_currency")
    _add(node, "foreign_currency_code", each.asset)
    _add(node, "foreign_amount", _decimal(each.amount, each.scale))
    minor = 10**local.currency.scale
    rate = (2 * (each.local or 0) * 10 ** (6 + each.scale) + each.amount * minor) // (2 * each.amount * minor)
    _add(node, "foreign_exchange_rate", _decimal(rate, 6))


def _own_account(
    part: ET.Element,
    side: str,
    each: reports.Transaction,
    person: reports.Person,
    reporter: reports.Reporter,
) -> None:
    account = _in(part, f"{side}_account")
    _add(account, "institution_name", reporter.institution_name)
    _add(account, "institution_code", reporter.institution_code)
    _add(account, "branch", reporter.rentity_branch)
    _add(account, "account", str(each.ledger_account))
    _add(account, "currency_code", each.asset)
    _add(account, "personal_account_type", PERSONAL)
    signatory = _in(account, "signatory")
    _add(signatory, "is_primary", "true")
    _person(signatory, "t_person", person)
    _add(signatory, "role", HOLDER)
    if each.opened is not None:
        _add(account, "opened", _moment(each.opened))
    _add(account, "status_code", ACTIVE)


def _other_side(part: ET.Element, side: str, other: reports.OtherSide) -> None:
    if not other.account:
        _add(_in(part, f"{side}_entity"), "name", other.name)
        return
    account = _in(part, f"{side}_account")
    _add(account, "institution_name", other.institution)
    _add(account, "account", other.account)
    _add(account, "account_name", other.name)


def _person(parent: ET.Element, tag: str, person: reports.Person) -> None:
    node = _in(parent, tag)
    _add(node, "first_name", person.first_name)
    _add(node, "last_name", person.last_name)
    if person.birthdate is not None:
        _add(node, "birthdate", datetime.combine(person.birthdate, time.min).isoformat())
    _add(node, "id_number", person.id_number)
    _add(node, "nationality1", person.nationality or "")
    _add(node, "residence", person.residence or "")
    if person.address is not None:
        _address(_in(node, "addresses"), "address", person.address, PRIVATE)
    _add(node, "occupation", person.occupation)
    if person.identification is not None:
        document = _in(node, "identification")
        for name, value in _identification(person.identification):
            _add(document, name, value)


def _identification(document: reports.Identification) -> Iterator[tuple[str, str]]:
    yield "type", document.type
    yield "number", document.number
    yield "issue_country", document.issue_country


def _address(parent: ET.Element, tag: str, address: reports.Address, kind: str) -> None:
    node = _in(parent, tag)
    _add(node, "address_type", kind)
    _add(node, "address", address.address)
    _add(node, "city", address.city)
    _add(node, "zip", address.zip)
    _add(node, "country_code", address.country)


def _in(parent: ET.Element, tag: str) -> ET.Element:
    return ET.SubElement(parent, tag)


def _add(parent: ET.Element, tag: str, text: str) -> None:
    """Nothing is written for what is empty: whether it may be is the schema's to say."""
    if text:
        ET.SubElement(parent, tag).text = _UNSPEAKABLE.sub("", text)


def _moment(at: datetime) -> str:
    return clock.as_utc(at).strftime("%Y-%m-%dT%H:%M:%SZ")


def _decimal(amount: int, scale: int) -> str:
    """An amount as text, without a float: zeros behind the point stay where they are."""
    digits = str(amount).rjust(scale + 1, "0")
    return f"{digits[:-scale]}.{digits[-scale:]}" if scale else digits
