"""XML as it arrives: records are handed over when they end, and nothing that a payment message has no use for is read.

A DTD or an entity is refused when it is declared, before anything is expanded; so is a depth, a size, a number of
elements or an amount of text that no message has. A record is an element at one depth of the document, so memory holds
one record, whatever the length of the whole.
"""

from collections.abc import Iterator
from xml.parsers import expat

from customer_stack.payments.model.messages import XmlRefused

SIZE_MAX = 512 * 1024 * 1024
DEPTH_MAX = 40
ELEMENTS_MAX = 100_000
TEXT_MAX = 4 * 1024 * 1024
ATTRIBUTES_MAX = 32
NAMES_MAX = 1000
_NOTHING: dict[str, str] = {}
_CHILDLESS: list["Element"] = []
"""Shared by every leaf, and never added to: most elements are leaves."""


class Element:
    """An element with its namespace apart. Text around children is joined: messages have text in leaves alone."""

    __slots__ = ("attributes", "children", "name", "namespace", "raw")

    def __init__(self, name: str, namespace: str, attributes: dict[str, str] | None) -> None:
        self.name = name
        self.namespace = namespace
        self.attributes = attributes or _NOTHING
        self.children: list[Element] = _CHILDLESS
        self.raw = ""

    @property
    def text(self) -> str:
        return self.raw.strip()

    def all(self, *path: str) -> "list[Element]":
        found = [self]
        for name in path:
            found = [child for element in found for child in element.children if child.name == name]
        return found

    def one(self, *path: str) -> "Element | None":
        """The first that the path leads to."""
        if not path:
            return self
        for child in self.children:
            if child.name == path[0]:
                found = child if len(path) == 1 else child.one(*path[1:])
                if found is not None:
                    return found
        return None

    def word(self, *path: str) -> str:
        """The first text that the path leads to, or nothing."""
        if not path:
            return self.text
        for child in self.children:
            if child.name == path[0]:
                found = child.text if len(path) == 1 else child.word(*path[1:])
                if found:
                    return found
        return ""


class Record:
    """A complete element, the name of the element around it, and which of those it was."""

    __slots__ = ("element", "number", "parent")

    def __init__(self, element: Element, parent: str, number: int) -> None:
        self.element = element
        self.parent = parent
        self.number = number


class Reader:
    """Fed with bytes, gives records. `depth` is how many elements stand around a record."""

    def __init__(self, depth: int) -> None:
        self.root: tuple[str, str] | None = None
        self.path: list[str] = []
        self._depth = depth
        self._parents = 0
        self._names: dict[str, tuple[str, str]] = {}
        self._open: list[Element] = []
        self._done: list[Record] = []
        self._elements = self._text = self._size = 0
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.ExternalEntityRefHandler = self._refuse
        parser.ProcessingInstructionHandler = self._refuse_instruction
        self._parser = parser

    def feed(self, data: bytes) -> Iterator[Record]:
        self._size += len(data)
        if self._size > SIZE_MAX:
            raise XmlRefused("the document is too long", reason="too_large")
        yield from self._parsed(data, last=False)

    def end(self) -> Iterator[Record]:
        """Nothing follows: what is open now was cut off."""
        yield from self._parsed(b"", last=True)

    def _parsed(self, data: bytes, *, last: bool) -> Iterator[Record]:
        try:
            self._parser.Parse(data, last)
        except expat.ExpatError as error:
            reason = "truncated" if last else "malformed"
            raise XmlRefused("this is not XML", reason=reason, line=error.lineno) from None
        except (LookupError, ValueError):
            raise XmlRefused("the encoding is unknown", reason="encoding") from None
        done, self._done = self._done, []
        yield from done

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        path = self.path
        depth = len(path)
        if depth >= DEPTH_MAX:
            raise XmlRefused("elements lie too deep", reason="too_deep")
        if attributes and len(attributes) > ATTRIBUTES_MAX:
            raise XmlRefused("an element has too many attributes", reason="too_many_attributes")
        known = self._names.get(name) or self._named(name)
        namespace, local = known
        if self.root is None:
            self.root = known
        if depth == self._depth - 1:
            self._parents += 1
        if self._open or depth == self._depth:
            self._enter(Element(local, namespace, attributes))
        path.append(local)

    def _named(self, name: str) -> tuple[str, str]:
        namespace, _, local = name.rpartition("}")
        if len(self._names) < NAMES_MAX:
            self._names[name] = namespace, local
        return namespace, local

    def _enter(self, element: Element) -> None:
        if not self._open:
            self._elements = self._text = 0
        else:
            above = self._open[-1]
            if above.children:
                above.children.append(element)
            else:
                above.children = [element]
        self._elements += 1
        if self._elements > ELEMENTS_MAX:
            raise XmlRefused("a record has too many elements", reason="too_many_elements")
        self._open.append(element)

    def _end(self, _name: str) -> None:
        self.path.pop()
        if self._open:
            element = self._open.pop()
            if not self._open:
                parent = self.path[-1] if self.path else ""
                self._done.append(Record(element, parent, self._parents))

    def _characters(self, data: str) -> None:
        if self._open and not data.isspace():
            self._text += len(data)
            if self._text > TEXT_MAX:
                raise XmlRefused("a record has too much text", reason="too_much_text")
            self._open[-1].raw += data

    def _refuse(self, *_: object) -> int:
        raise XmlRefused("the document declares a type or entities", reason="entities")

    def _refuse_instruction(self, *_: object) -> None:
        raise XmlRefused("the document holds processing instructions", reason="processing_instruction")


def whole(data: bytes) -> Element:
    """A small document as one tree."""
    reader = Reader(0)
    records = [*reader.feed(data), *reader.end()]
    return records[0].element
