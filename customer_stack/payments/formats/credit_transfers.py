"""What pain.001 and pacs.008 share: parties, accounts, agents and addresses, written and read."""

from customer_stack.payments.formats import xml_stream
from customer_stack.payments.formats.xml_write import leaf, node, text
from customer_stack.payments.model.messages import Address, Agent, MessageRefused, Party

NAME_MAX = 140
ID_MAX = 35
REMITTANCE_MAX = 140


def party(name: str, who: Party) -> str:
    return node(name, leaf("Nm", text(who.name, length_max=NAME_MAX)), _address(who.address))


def _address(address: Address | None) -> str:
    if address is None:
        return ""
    return node(
        "PstlAdr",
        leaf("StrtNm", text(address.street, length_max=70)),
        leaf("BldgNb", text(address.building, length_max=16)),
        leaf("PstCd", text(address.post_code, length_max=16)),
        leaf("TwnNm", text(address.town, length_max=35)),
        leaf("Ctry", text(address.country, length_max=2)),
    )


def account(name: str, who: Party, currency: str = "") -> str:
    other = node("Othr", leaf("Id", text(who.account, length_max=34)))
    return node(name, node("Id", leaf("IBAN", who.iban) or other), leaf("Ccy", currency))


def agent(name: str, bank: Agent, bic: str, *, needed: bool = False) -> str:
    """`bic` is what the version calls a BIC. Who is needed and unknown stands as not provided, as the rules want it."""
    member = node(
        "ClrSysMmbId",
        node("ClrSysId", leaf("Cd", text(bank.clearing, length_max=5))),
        leaf("MmbId", text(bank.member, length_max=35)),
    )
    inside = leaf(bic, bank.bic) + member
    if not inside and needed:
        inside = node("Othr", leaf("Id", "NOTPROVIDED"))
    return node(name, node("FinInstnId", inside))


def read_party(
    who: xml_stream.Element | None, account_: xml_stream.Element | None, bank: xml_stream.Element | None
) -> Party:
    name = who.word("Nm") if who is not None else ""
    if len(name) > NAME_MAX:
        raise MessageRefused("a name is too long", reason="text_too_long", length_max=NAME_MAX)
    return Party(
        name=name,
        iban=account_.word("Id", "IBAN") if account_ is not None else "",
        account=account_.word("Id", "Othr", "Id") if account_ is not None else "",
        agent=_read_agent(bank),
        address=_read_address(who.one("PstlAdr") if who is not None else None),
    )


def _read_agent(bank: xml_stream.Element | None) -> Agent:
    if bank is None:
        return Agent()
    inside = bank.one("FinInstnId")
    if inside is None:
        return Agent()
    member = inside.one("ClrSysMmbId")
    return Agent(
        inside.word("BICFI") or inside.word("BIC"),
        member.word("ClrSysId", "Cd") if member is not None else "",
        member.word("MmbId") if member is not None else "",
    )


def _read_address(address: xml_stream.Element | None) -> Address | None:
    """Lines that are not structured are left where they stand: they are nothing that we act upon."""
    if address is None or not (address.word("Ctry") or address.word("TwnNm")):
        return None
    return Address(
        country=address.word("Ctry"),
        town=address.word("TwnNm"),
        street=address.word("StrtNm"),
        building=address.word("BldgNb"),
        post_code=address.word("PstCd"),
    )


def required(element: xml_stream.Element, *path: str) -> str:
    found = element.word(*path)
    if not found:
        raise MessageRefused("an element is missing", reason="element_missing", element=path[-1])
    return found


def identifier(element: xml_stream.Element, *path: str) -> str:
    found = required(element, *path)
    if len(found) > ID_MAX:
        raise MessageRefused("an identification is too long", reason="text_too_long", length_max=ID_MAX)
    return found
