"""camt.052, camt.053 and camt.054 line by line: what a bank says happened on our account.

A statement of any length is read in the memory of its longest entry. An entry that bundles transactions becomes one
line for each of them if their amounts add up to it, and stays one line without their references if they do not: then
nobody is credited by a guess.
"""

from collections.abc import Iterator

import msgspec

from customer_stack.payments.formats import decimals, iso20022, pain001, xml_stream
from customer_stack.payments.formats.xml_stream import Element
from customer_stack.payments.model.messages import Line, MessageRefused, Sign

MESSAGES = frozenset({"camt.052", "camt.053", "camt.054"})
_AROUND = frozenset({"Stmt", "Ntfctn", "Rpt"})
_DEPTH = 3
_TEXT_MAX = 512


class Reader:
    """Fed with bytes in the order of the file; `lines` counts what was given out."""

    def __init__(self) -> None:
        self._xml = xml_stream.Reader(_DEPTH)
        self._name: iso20022.Name | None = None
        self._statement = 0
        self._id = ""
        self._account = ""
        self._currency = ""
        self._number = 0
        self.statements = 0
        self.lines = 0

    def feed(self, data: bytes) -> Iterator[Line]:
        for record in self._xml.feed(data):
            yield from self._record(record)

    def end(self) -> Iterator[Line]:
        for record in self._xml.end():
            yield from self._record(record)
        if self._name is None:
            self._identify()
        if not self.statements:
            raise MessageRefused("the message holds no statement", reason="statement_missing")

    def _identify(self) -> None:
        namespace, local = self._xml.root or ("", "")
        name = iso20022.named(namespace, local)
        if name.message not in MESSAGES:
            raise MessageRefused("this is another message", reason="message")
        self._name = name

    def _record(self, record: xml_stream.Record) -> Iterator[Line]:
        if self._name is None:
            self._identify()
        if record.parent not in _AROUND:
            return
        if record.number != self._statement:
            self._statement, self._number = record.number, 0
            self._id = self._account = self._currency = ""
            self.statements += 1
        element = record.element
        if element.name == "Id":
            self._id = element.text[:_TEXT_MAX]
        elif element.name == "Acct":
            self._account = element.word("Id", "IBAN") or element.word("Id", "Othr", "Id")
            self._currency = element.word("Ccy")
        elif element.name == "Ntry":
            for line in self._entry(element):
                self.lines += 1
                yield line

    def _entry(self, entry: Element) -> Iterator[Line]:
        if not self._account:
            raise MessageRefused("entries stand before their account", reason="account_missing")
        amount = entry.one("Amt")
        if amount is None:
            raise MessageRefused("an element is missing", reason="element_missing", element="Amt")
        currency = amount.attributes.get("Ccy") or self._currency
        whole = self._line(entry, currency, decimals.read(amount.text, currency))
        details = entry.all("NtryDtls", "TxDtls")
        amounts = [whole.minor] if len(details) == 1 else _amounts(details, currency)
        if not details or sum(amounts) != whole.minor:
            yield _numbered(whole, self._next())
            return
        for detail, minor in zip(details, amounts, strict=True):
            part = _part(detail, whole)
            reference = part.reference or (
                f"{whole.reference}/{self._number + 1}" if len(details) > 1 else whole.reference
            )
            yield msgspec.structs.replace(part, minor=minor, reference=reference, number=self._next())

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _line(self, entry: Element, currency: str, minor: int) -> Line:
        try:
            sign = Sign(entry.word("CdtDbtInd"))
        except ValueError:
            raise MessageRefused("an entry is neither credit nor debit", reason="sign") from None
        booked, value = _day(entry, "BookgDt"), _day(entry, "ValDt")
        return Line(
            statement=self._id,
            account=self._account,
            number=0,
            sign=sign,
            currency=currency,
            minor=minor,
            booked=(entry.word("Sts", "Cd") or entry.word("Sts")) == "BOOK",
            reversal=entry.word("RvslInd").lower() in {"true", "1"},
            booked_on=pain001.read_day(booked) if booked else None,
            value_date=pain001.read_day(value) if value else None,
            reference=(entry.word("AcctSvcrRef") or entry.word("NtryRef"))[:_TEXT_MAX],
            remittance=entry.word("AddtlNtryInf")[:_TEXT_MAX],
        )


def _day(entry: Element, name: str) -> str:
    return entry.word(name, "Dt") or entry.word(name, "DtTm")


def _amounts(details: list[Element], currency: str) -> list[int]:
    """What each transaction moved in the entry's currency; nothing where it does not say so."""
    found = []
    for each in details:
        amount = each.one("Amt") or each.one("AmtDtls", "TxAmt", "Amt")
        same = amount is not None and amount.attributes.get("Ccy", currency) == currency
        found.append(decimals.read(amount.text, currency) if amount is not None and same else 0)
    return found


def _part(detail: Element, whole: Line) -> Line:
    """A transaction of an entry. Who the other is depends on which way the money went."""
    other = "Dbtr" if whole.sign is Sign.CREDIT else "Cdtr"
    parties, account = detail.one("RltdPties"), ""
    name = ""
    if parties is not None:
        name = parties.word(other, "Pty", "Nm") or parties.word(other, "Nm")
        account = parties.word(f"{other}Acct", "Id", "IBAN") or parties.word(f"{other}Acct", "Id", "Othr", "Id")
    unstructured = " ".join(element.text for element in detail.all("RmtInf", "Ustrd"))
    return Line(
        statement=whole.statement,
        account=whole.account,
        number=0,
        sign=whole.sign,
        currency=whole.currency,
        minor=whole.minor,
        booked=whole.booked,
        reversal=whole.reversal,
        booked_on=whole.booked_on,
        value_date=whole.value_date,
        reference=(detail.word("Refs", "AcctSvcrRef"))[:_TEXT_MAX],
        end_to_end=detail.word("Refs", "EndToEndId")[:_TEXT_MAX],
        structured=detail.word("RmtInf", "Strd", "CdtrRefInf", "Ref")[:_TEXT_MAX],
        remittance=unstructured[:_TEXT_MAX],
        other_name=name[:_TEXT_MAX],
        other_account=account[:_TEXT_MAX],
        return_reason=(detail.word("RtrInf", "Rsn", "Cd") or detail.word("RtrInf", "Rsn", "Prtry"))[:_TEXT_MAX],
    )


def _numbered(line: Line, number: int) -> Line:
    return msgspec.structs.replace(line, number=number)


def read(data: bytes) -> list[Line]:
    """A whole statement that is small."""
    reader = Reader()
    return [*reader.feed(data), *reader.end()]
