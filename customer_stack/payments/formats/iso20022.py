"""ISO 20022 messages in general: what a document says it is, its tree, and the same tree written again.

Message-specific modules read what we act upon. This one tells messages apart, and refuses what is none: no namespace, a
namespace of something else, a message element that does not belong to it.
"""

import re
from typing import NamedTuple
from xml.sax import saxutils

from customer_stack.payments.formats import xml_stream, xml_write
from customer_stack.payments.model.messages import MessageRefused

ISO = "urn:iso:std:iso:20022:tech:xsd:"
_NAMESPACE = re.compile(
    r"(?:urn:iso:std:iso:20022:tech:xsd:|http://www\.six-interbank-clearing\.com/de/)"
    r"([a-z]{4}\.[0-9]{3})\.([0-9]{3}\.[0-9]{2})(?:\.ch\.[0-9]{2}\.xsd)?"
)
ELEMENTS = {
    "camt.052": "BkToCstmrAcctRpt",
    "camt.053": "BkToCstmrStmt",
    "camt.054": "BkToCstmrDbtCdtNtfctn",
    "camt.055": "CstmrPmtCxlReq",
    "pacs.002": "FIToFIPmtStsRpt",
    "pacs.004": "PmtRtr",
    "pacs.008": "FIToFICstmrCdtTrf",
    "pacs.009": "FICdtTrf",
    "pain.001": "CstmrCdtTrfInitn",
    "pain.002": "CstmrPmtStsRpt",
    "pain.008": "CstmrDrctDbtInitn",
}
"""The element of the messages that we know; of others, any one element is taken."""


class Name(NamedTuple):
    """`pain.001` and `001.09`, and the namespace as it stood."""

    message: str
    version: str
    namespace: str


class Document(NamedTuple):
    name: Name
    root: xml_stream.Element

    @property
    def message(self) -> xml_stream.Element:
        return self.root.children[0]


def named(namespace: str, root: str) -> Name:
    """What a document is, by its first element."""
    if root != "Document":
        raise MessageRefused("the first element is not Document", reason="root")
    found = _NAMESPACE.fullmatch(namespace)
    if found is None:
        reason = "namespace" if namespace else "namespace_missing"
        raise MessageRefused("the document does not say which message it is", reason=reason)
    return Name(found[1], found[2], namespace)


def read(data: bytes) -> Document:
    root = xml_stream.whole(data)
    name = named(root.namespace, root.name)
    if len(root.children) != 1:
        raise MessageRefused("a document holds one message", reason="message_count")
    expected = ELEMENTS.get(name.message)
    if expected is not None and root.children[0].name != expected:
        raise MessageRefused("the message is not the one that the namespace names", reason="message_element")
    _one_namespace(root, root.namespace)
    return Document(name, root)


def write(document: Document) -> bytes:
    """The same elements, attributes and texts; spaces between elements are nobody's."""
    inside = "".join(map(_element, document.root.children))
    return (
        f"{xml_write.DECLARATION}<Document xmlns={saxutils.quoteattr(document.name.namespace)}>{inside}</Document>"
    ).encode()


def same(left: xml_stream.Element, right: xml_stream.Element) -> bool:
    """Whether two trees say the same."""
    return (
        (left.name, left.namespace, _local(left), left.text) == (right.name, right.namespace, _local(right), right.text)
        and len(left.children) == len(right.children)
        and all(map(same, left.children, right.children))
    )


def _local(element: xml_stream.Element) -> dict[str, str]:
    """Attributes of the message; those of other namespaces tell where a schema lies."""
    return {name: value for name, value in element.attributes.items() if "}" not in name}


def _element(element: xml_stream.Element) -> str:
    marks = "".join(f" {name}={saxutils.quoteattr(value)}" for name, value in _local(element).items())
    inside = "".join(map(_element, element.children)) or saxutils.escape(element.text)
    return f"<{element.name}{marks}>{inside}</{element.name}>"


def _one_namespace(element: xml_stream.Element, namespace: str) -> None:
    """Another vocabulary inside would be written again as ours. Supplementary data, which may hold one, is refused."""
    for child in element.children:
        if child.namespace != namespace:
            raise MessageRefused("the message holds elements of another namespace", reason="foreign_element")
        _one_namespace(child, namespace)
