"""XML lists, one record at a time, with nothing of XML that a list does not need.

A DTD or an entity declaration is refused when it begins, before anything is expanded; so is a depth, a count or a text
that no list has. A record is handed over when it ends, so a whole document is never held as a tree.
"""

from collections.abc import Iterator
from xml.parsers import expat

from customer_stack.screening import model

SIZE_MAX = 512 * 1024 * 1024
DEPTH_MAX = 64
CHILDREN_MAX = 100_000  # elements of one record
TEXT_MAX = 4 * 1024 * 1024
_CHUNK = 1 << 20


class Element:
    """An element by its local name; namespaces tell versions of a schema apart, and we read them all."""

    __slots__ = ("attributes", "children", "name", "pieces")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.children: list[Element] = []
        self.pieces: list[str] = []

    @property
    def text(self) -> str:
        return " ".join("".join(self.pieces).split())

    def all(self, *path: str) -> list["Element"]:
        """The elements that the path leads to."""
        found = [self]
        for name in path:
            found = [child for element in found for child in element.children if child.name == name]
        return found

    def words(self, *path: str) -> list[str]:
        """The texts that the path leads to, empty ones left out."""
        return [element.text for element in self.all(*path) if element.text]

    def word(self, *path: str) -> str:
        """The first text that the path leads to, or nothing."""
        return next(iter(self.words(*path)), "")


_ENCODING = (LookupError, ValueError)
"""What the parser raises of an encoding that Python does not have, or that has several bytes for a letter."""


class _Reader:
    """Expat's callbacks. `done` holds records that are complete and not yet taken."""

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names
        self.done: list[Element] = []
        self.root: Element | None = None
        self.depth = 0
        self.open: list[Element] = []
        self.count = 0
        self.size = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise model.ListRefused(model.Reason.MALFORMED, "elements lie too deep")
        element = Element(name.rpartition("}")[2], attributes)
        if self.root is None:
            self.root = element
        if self.open or element.name in self.names:
            if not self.open:
                self.count = self.size = 0
            self.count += 1
            if self.count > CHILDREN_MAX:
                raise model.ListRefused(model.Reason.MALFORMED, "a record has too many elements")
            self.open.append(element)

    def end(self, _: str) -> None:
        self.depth -= 1
        if self.open:
            element = self.open.pop()
            if self.open:
                self.open[-1].children.append(element)
            else:
                self.done.append(element)

    def text(self, data: str) -> None:
        if self.open:
            self.size += len(data)
            if self.size > TEXT_MAX:
                raise model.ListRefused(model.Reason.MALFORMED, "a record has too much text")
            self.open[-1].pieces.append(data)

    def refuse(self, *_: object) -> int:
        raise model.ListRefused(model.Reason.ENTITIES, "the document declares a type or entities")


def root(data: bytes) -> Element | None:
    """The name and attributes of the first element, if the bytes begin as XML does."""
    reader, parser = _parser(frozenset())
    try:
        parser.Parse(data[:65_536], False)
    except (expat.ExpatError, *_ENCODING):
        return reader.root
    return reader.root


def records(data: bytes, *names: str) -> Iterator[Element]:
    """Every element of these names, whole, in the order of the document."""
    if len(data) > SIZE_MAX:
        raise model.ListRefused(model.Reason.TOO_LARGE, f"more than {SIZE_MAX >> 20} MiB")
    reader, parser = _parser(frozenset(names))
    view, fault = memoryview(data), model.Reason.MALFORMED
    try:
        for at in range(0, len(data), _CHUNK):
            parser.Parse(view[at : at + _CHUNK].tobytes(), False)
            yield from reader.done
            reader.done.clear()
        fault = model.Reason.TRUNCATED  # all that there is was well formed, and it is not all
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise model.ListRefused(fault, f"line {error.lineno}: {expat.ErrorString(error.code)}") from None
    except _ENCODING:
        raise model.ListRefused(model.Reason.MALFORMED, "an encoding that nobody reads") from None
    yield from reader.done


def _parser(names: frozenset[str]) -> tuple[_Reader, expat.XMLParserType]:
    reader = _Reader(names)
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.EntityDeclHandler = reader.refuse
    parser.ExternalEntityRefHandler = reader.refuse
    return reader, parser
