"""pain.001, customer credit transfer initiation: what we hand to a bank as a file. Versions 001.03, .09 and .11."""

from datetime import UTC, date, datetime

from customer_stack.payments.formats import credit_transfers as parts
from customer_stack.payments.formats import decimals, iso20022, xml_stream, xml_write
from customer_stack.payments.formats.xml_write import leaf, node, text
from customer_stack.payments.model.messages import Initiation, Instruction, MessageRefused

VERSIONS = ("001.03", "001.09", "001.11")
TRANSFERS_MAX = 10_000
_BIC = {"001.03": "BIC"}


def write(initiation: Initiation, version: str = "001.09") -> bytes:
    """One payment information block, all from one account on one day."""
    if version not in VERSIONS:
        raise MessageRefused("this version is not written here", reason="version")
    if not 0 < len(initiation.instructions) <= TRANSFERS_MAX:
        raise MessageRefused("a file holds some transfers and not too many", reason="transfer_count")
    if len({each.id for each in initiation.instructions}) < len(initiation.instructions):
        raise MessageRefused("two transfers have one identification", reason="duplicate_id")
    id_ = text(initiation.id, length_max=parts.ID_MAX)
    count, total = str(len(initiation.instructions)), control_sum(initiation.instructions)
    header = node(
        "GrpHdr",
        leaf("MsgId", id_),
        leaf("CreDtTm", moment(initiation.created_at)),
        leaf("NbOfTxs", count),
        leaf("CtrlSum", total),
        node("InitgPty", leaf("Nm", text(initiation.debtor.name, length_max=parts.NAME_MAX))),
    )
    day = initiation.execute_on.isoformat()
    bic = _BIC.get(version, "BICFI")
    block = node(
        "PmtInf",
        leaf("PmtInfId", id_),
        leaf("PmtMtd", "TRF"),
        leaf("NbOfTxs", count),
        leaf("CtrlSum", total),
        node(
            "PmtTpInf",
            node("SvcLvl", leaf("Cd", text(initiation.service, length_max=4))),
            node("LclInstrm", leaf("Cd", text(initiation.local, length_max=35))),
        ),
        leaf("ReqdExctnDt", day) if version == "001.03" else node("ReqdExctnDt", leaf("Dt", day)),
        parts.party("Dbtr", initiation.debtor),
        parts.account("DbtrAcct", initiation.debtor),
        parts.agent("DbtrAgt", initiation.debtor.agent, bic, needed=True),
        leaf("ChrgBr", initiation.charges),
        *(_transfer(each, bic) for each in initiation.instructions),
    )
    return xml_write.document(f"{iso20022.ISO}pain.001.{version}", (node("CstmrCdtTrfInitn", header, block),))


def _transfer(each: Instruction, bic: str) -> str:
    if each.minor <= 0:
        raise MessageRefused("a transfer moves more than nothing", reason="amount")
    return node(
        "CdtTrfTxInf",
        node(
            "PmtId",
            leaf("InstrId", text(each.instruction, length_max=parts.ID_MAX)),
            leaf("EndToEndId", text(each.id, length_max=parts.ID_MAX)),
        ),
        node("Amt", leaf("InstdAmt", decimals.shown(each.minor, each.currency), Ccy=each.currency)),
        parts.agent("CdtrAgt", each.creditor.agent, bic),
        parts.party("Cdtr", each.creditor),
        parts.account("CdtrAcct", each.creditor),
        node("RmtInf", leaf("Ustrd", text(each.remittance, length_max=parts.REMITTANCE_MAX))),
    )


def control_sum(instructions: tuple[Instruction, ...]) -> str:
    """The sum of the amounts as numbers, whatever their currencies: a check against loss, not money."""
    places = max(decimals.scale(each.currency) for each in instructions)
    total = sum(each.minor * 10 ** (places - decimals.scale(each.currency)) for each in instructions)
    whole = str(total).rjust(places + 1, "0")
    return f"{whole[: len(whole) - places]}.{whole[len(whole) - places :]}" if places else whole


def moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read(data: bytes) -> list[Initiation]:
    """Every payment information block of a file. Counts and sums that it states must be right."""
    document = iso20022.read(data)
    if document.name.message != "pain.001":
        raise MessageRefused("this is another message", reason="message")
    message = document.message
    header = message.one("GrpHdr")
    if header is None:
        raise MessageRefused("an element is missing", reason="element_missing", element="GrpHdr")
    created = read_moment(parts.required(header, "CreDtTm"))
    blocks = [_block(each, created) for each in message.all("PmtInf")]
    count = sum(len(each.instructions) for each in blocks)
    if not count or parts.required(header, "NbOfTxs") != str(count):
        raise MessageRefused("the number of transfers is not what the file states", reason="transfer_count")
    return blocks


def _block(block: xml_stream.Element, created: datetime) -> Initiation:
    day = block.word("ReqdExctnDt") or block.word("ReqdExctnDt", "Dt") or block.word("ReqdExctnDt", "DtTm")[:10]
    transfers = tuple(map(_read_transfer, block.all("CdtTrfTxInf")))
    return Initiation(
        id=parts.identifier(block, "PmtInfId"),
        created_at=created,
        execute_on=read_day(day),
        debtor=parts.read_party(block.one("Dbtr"), block.one("DbtrAcct"), block.one("DbtrAgt")),
        instructions=transfers,
        service=block.word("PmtTpInf", "SvcLvl", "Cd"),
        local=block.word("PmtTpInf", "LclInstrm", "Cd"),
        charges=block.word("ChrgBr"),
    )


def _read_transfer(each: xml_stream.Element) -> Instruction:
    amount = each.one("Amt", "InstdAmt") or each.one("Amt", "EqvtAmt", "Amt")
    if amount is None:
        raise MessageRefused("an element is missing", reason="element_missing", element="InstdAmt")
    currency = amount.attributes.get("Ccy", "")
    return Instruction(
        id=parts.identifier(each, "PmtId", "EndToEndId"),
        currency=currency,
        minor=decimals.read(amount.text, currency),
        creditor=parts.read_party(each.one("Cdtr"), each.one("CdtrAcct"), each.one("CdtrAgt")),
        remittance=each.word("RmtInf", "Ustrd"),
        instruction=each.word("PmtId", "InstrId"),
    )


def read_day(value: str) -> date:
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        raise MessageRefused("a date is not written as one", reason="date") from None


def read_moment(value: str) -> datetime:
    """A time without a zone is the sender's; nothing is decided by it, so it is read as UTC."""
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise MessageRefused("a time is not written as one", reason="date") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
