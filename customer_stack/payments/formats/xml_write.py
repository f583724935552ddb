"""XML written by hand: elements in the order given, empty ones left out, every text escaped and free of control."""

from collections.abc import Iterable
from xml.sax import saxutils

from customer_stack.payments.model.messages import MessageRefused

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_ALLOWED_CONTROL = frozenset("\t\n\r")


def text(value: str, *, length_max: int) -> str:
    """A text as it may stand in a message. One that is too long is refused: cut, a name is another name."""
    if len(value) > length_max:
        raise MessageRefused("a text is too long for its element", reason="text_too_long", length_max=length_max)
    for character in value:
        code = ord(character)
        if (code < 0x20 and character not in _ALLOWED_CONTROL) or 0x7F <= code < 0xA0 or code in {0xFFFE, 0xFFFF}:
            raise MessageRefused("a text holds a control character", reason="control_character")
        if 0xD800 <= code <= 0xDFFF:
            raise MessageRefused("a text holds half a character", reason="control_character")
    return value


def leaf(name: str, value: str, **attributes: str) -> str:
    """An element with text; nothing if there is no text."""
    if not value:
        return ""
    marks = "".join(f" {key}={saxutils.quoteattr(each)}" for key, each in attributes.items())
    return f"<{name}{marks}>{saxutils.escape(value)}</{name}>"


def node(name: str, *children: str) -> str:
    """An element around others; nothing if all of them are nothing."""
    inside = "".join(children)
    return f"<{name}>{inside}</{name}>" if inside else ""


def document(namespace: str, children: Iterable[str]) -> bytes:
    inside = "".join(children)
    return f'{DECLARATION}<Document xmlns="{namespace}">{inside}</Document>'.encode()
