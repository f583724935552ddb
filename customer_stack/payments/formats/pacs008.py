"""pacs.008, credit transfer between banks: written for a direct participant, read from one. Versions .08, .12, .13."""

from datetime import date, datetime
from typing import NamedTuple

from customer_stack.payments.formats import credit_transfers as parts
from customer_stack.payments.formats import decimals, iso20022, pain001, xml_stream, xml_write
from customer_stack.payments.formats.xml_write import leaf, node, text
from customer_stack.payments.model.messages import Instruction, MessageRefused, Party

VERSIONS = ("001.08", "001.12", "001.13")


class Transfer(NamedTuple):
    """One payment and who pays it."""

    instruction: Instruction
    debtor: Party


class Message(NamedTuple):
    """Settled through a clearing system on one day."""

    id: str
    created_at: datetime
    settle_on: date
    transfers: tuple[Transfer, ...]
    charges: str = "SLEV"


def write(message: Message, version: str = "001.08") -> bytes:
    if version not in VERSIONS:
        raise MessageRefused("this version is not written here", reason="version")
    if not 0 < len(message.transfers) <= pain001.TRANSFERS_MAX:
        raise MessageRefused("a message holds some transfers and not too many", reason="transfer_count")
    header = node(
        "GrpHdr",
        leaf("MsgId", text(message.id, length_max=parts.ID_MAX)),
        leaf("CreDtTm", pain001.moment(message.created_at)),
        leaf("NbOfTxs", str(len(message.transfers))),
        leaf("CtrlSum", pain001.control_sum(tuple(each.instruction for each in message.transfers))),
        node("SttlmInf", leaf("SttlmMtd", "CLRG")),
    )
    transfers = (_transfer(each, message) for each in message.transfers)
    return xml_write.document(f"{iso20022.ISO}pacs.008.{version}", (node("FIToFICstmrCdtTrf", header, *transfers),))


def _transfer(each: Transfer, message: Message) -> str:
    what = each.instruction
    if what.minor <= 0:
        raise MessageRefused("a transfer moves more than nothing", reason="amount")
    return node(
        "CdtTrfTxInf",
        node(
            "PmtId",
            leaf("InstrId", text(what.instruction, length_max=parts.ID_MAX)),
            leaf("EndToEndId", text(what.id, length_max=parts.ID_MAX)),
            leaf("TxId", text(what.id, length_max=parts.ID_MAX)),
            leaf("UETR", what.uetr),
        ),
        leaf("IntrBkSttlmAmt", decimals.shown(what.minor, what.currency), Ccy=what.currency),
        leaf("IntrBkSttlmDt", message.settle_on.isoformat()),
        leaf("ChrgBr", message.charges),
        parts.party("Dbtr", each.debtor),
        parts.account("DbtrAcct", each.debtor),
        parts.agent("DbtrAgt", each.debtor.agent, "BICFI", needed=True),
        parts.agent("CdtrAgt", what.creditor.agent, "BICFI", needed=True),
        parts.party("Cdtr", what.creditor),
        parts.account("CdtrAcct", what.creditor),
        node("RmtInf", leaf("Ustrd", text(what.remittance, length_max=parts.REMITTANCE_MAX))),
    )


def read(data: bytes) -> Message:
    document = iso20022.read(data)
    if document.name.message != "pacs.008":
        raise MessageRefused("this is another message", reason="message")
    header = document.message.one("GrpHdr")
    if header is None:
        raise MessageRefused("an element is missing", reason="element_missing", element="GrpHdr")
    found = document.message.all("CdtTrfTxInf")
    if not found or parts.required(header, "NbOfTxs") != str(len(found)):
        raise MessageRefused("the number of transfers is not what the message states", reason="transfer_count")
    day = header.word("IntrBkSttlmDt") or parts.required(found[0], "IntrBkSttlmDt")
    return Message(
        parts.identifier(header, "MsgId"),
        pain001.read_moment(parts.required(header, "CreDtTm")),
        pain001.read_day(day),
        tuple(map(_read, found)),
        parts.required(found[0], "ChrgBr"),
    )


def _read(each: xml_stream.Element) -> Transfer:
    amount = each.one("IntrBkSttlmAmt")
    if amount is None:
        raise MessageRefused("an element is missing", reason="element_missing", element="IntrBkSttlmAmt")
    currency = amount.attributes.get("Ccy", "")
    instruction = Instruction(
        id=parts.identifier(each, "PmtId", "EndToEndId"),
        currency=currency,
        minor=decimals.read(amount.text, currency),
        creditor=parts.read_party(each.one("Cdtr"), each.one("CdtrAcct"), each.one("CdtrAgt")),
        remittance=each.word("RmtInf", "Ustrd"),
        instruction=each.word("PmtId", "InstrId"),
        uetr=each.word("PmtId", "UETR"),
    )
    return Transfer(instruction, parts.read_party(each.one("Dbtr"), each.one("DbtrAcct"), each.one("DbtrAgt")))
