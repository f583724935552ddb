"""The template language: text with `{name}` in it, and nothing else. A doubled brace is a brace.

There is no expression, no attribute, no format: a template cannot reach anything that it was not handed. What a
template may name is known before it is used, so a file that names anything else is refused when a process starts.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from customer_stack.notifications import model
from customer_stack.notifications.rules import kinds

BRAND_NAMES = frozenset({"brand", "support", "web", "entity"})
ALWAYS = BRAND_NAMES | {"at"}
SMS_LENGTH_MAX = 320
RIGHT_TO_LEFT = frozenset({model.Locale.ARABIC})

_TOKEN = re.compile(r"\{\{|\}\}|\{([a-z_]+)\}|[{}]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_FIRST_STRONG, _END = "\u2068", "\u2069"


class TemplateError(ValueError):
    """A language file that must not be used; its text names the place."""


class File(NamedTuple):
    """One language: words of closed lists, kinds, and codes by purpose."""

    words: Mapping[str, Mapping[str, str]]
    kinds: Mapping[model.Kind, model.Words]
    codes: Mapping[model.Purpose, model.Words]


class Book(NamedTuple):
    """Every language, checked."""

    files: Mapping[model.Locale, File]


class Rendered(NamedTuple):
    subject: str
    paragraphs: tuple[str, ...]
    text: str


def direction(locale: model.Locale) -> model.Direction:
    return model.Direction.RIGHT_TO_LEFT if locale in RIGHT_TO_LEFT else model.Direction.LEFT_TO_RIGHT


def placeholders(template: str) -> set[str]:
    """The names in a template, or `TemplateError` if it holds a lone brace."""
    names = set()
    for found in _TOKEN.finditer(template):
        if found[1]:
            names.add(found[1])
        elif found[0] in {"{", "}"}:
            raise TemplateError(f"a lone brace at {found.start()}")
    return names


def fill(template: str, values: Mapping[str, str]) -> str:
    """Each name replaced once: a value that looks like a placeholder stays as it is."""

    def replace(found: re.Match[str]) -> str:
        return values[found[1]] if found[1] else found[0][0]

    return _TOKEN.sub(replace, template)


def problems(book: Book) -> Iterator[str]:
    """Everything that is wrong with the files together; nothing when every kind can be said in every language."""
    lists = {name: words for definition in kinds.KINDS.values() for name, words in definition.words.items()}
    for locale in model.Locale:
        file = book.files.get(locale)
        if file is None:
            yield f"{locale.value}: there is no file"
            continue
        for name, words in lists.items():
            if file.words.get(name, {}).keys() != words:
                yield f"{locale.value}: the words of {name} are not {sorted(words)}"
        yield from _missing(locale, "kind", set(model.Kind), set(file.kinds))
        yield from _missing(locale, "purpose", set(model.Purpose), set(file.codes))
        for kind, texts in file.kinds.items():
            yield from _faults(f"{locale.value}: {kind.value}", texts, kinds.KINDS[kind].names | ALWAYS)
        for purpose, texts in file.codes.items():
            yield from _faults(f"{locale.value}: {purpose.value}", texts, kinds.CODE_FACTS | ALWAYS, kinds.CODE_FACTS)


def _missing(locale: model.Locale, what: str, wanted: set[str], found: set[str]) -> Iterator[str]:
    yield from (f"{locale.value}: the {what} {name} has no words" for name in sorted(wanted - found))


def _faults(
    place: str, texts: model.Words, allowed: frozenset[str], needed: frozenset[str] = frozenset()
) -> Iterator[str]:
    if not texts.body:
        yield f"{place}: there is no body"
    named: dict[str, set[str]] = {}
    for name, part in {"subject": texts.subject, "sms": texts.sms, "body": " ".join(texts.body)}.items():
        try:
            named[name] = placeholders(part)
        except TemplateError as error:
            yield f"{place}, {name}: {error}"
            continue
        if named[name] - allowed:
            yield f"{place}, {name}: {sorted(named[name] - allowed)} are no facts of it"
        if not part.strip() or _CONTROL.search(part):
            yield f"{place}, {name}: empty, or with a control character"
    if any(needed - named.get(name, needed) for name in ("body", "sms")):
        yield f"{place}: {sorted(needed)} must stand in the body and in the short text"
    if needed & named.get("subject", set()):
        yield f"{place}: {sorted(needed)} may not stand in the subject, which a locked screen shows"


def render(
    book: Book, locale: model.Locale, words: model.Words, facts: Mapping[str, str], always: Mapping[str, str]
) -> Rendered:
    """The finished words. What came from outside is one line, isolated so that it cannot turn the text around it."""
    file = book.files[locale]
    values = {
        **{name: _shown(file, name, value, locale) for name, value in facts.items()},
        **always,
    }
    subject = fill(words.subject, values)
    paragraphs = tuple(paragraph for part in words.body for paragraph in fill(part, values).split("\n\n"))
    return Rendered(" ".join(subject.split()), paragraphs, fill(words.sms, values))


def _shown(file: File, name: str, value: str, locale: model.Locale) -> str:
    if name in file.words and value in file.words[name]:
        return file.words[name][value]
    if name in kinds.PARAGRAPHS:
        return "\n\n".join(one_line(part) for part in value.split("\n\n"))
    text = one_line(value)
    return f"{_FIRST_STRONG}{text}{_END}" if locale in RIGHT_TO_LEFT else text


def one_line(text: str) -> str:
    """Without line breaks, control characters, or marks that change the direction of what follows."""
    return " ".join(_CONTROL.sub(" ", text).split())
