"""Every kind can be said in every language, and a template can say nothing that it was not handed."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import resources
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_stack.notifications import model
from customer_stack.notifications.adapters import language_files
from customer_stack.notifications.rules import kinds, templates
from customer_stack.notifications.service import wording
from tests.customer.notifications import conftest as house

BOOK = language_files.load()
WORDING = house.wordings()
AT = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)
LOCALES = pytest.mark.parametrize("locale", model.Locale)


def facts(kind: model.Kind) -> dict[str, str]:
    definition = kinds.KINDS[kind]
    return {
        **{name: f"<{name}>" for name in definition.facts},
        **{name: min(words) for name, words in definition.words.items()},
    }


@LOCALES
@pytest.mark.parametrize("kind", model.Kind)
def test_every_kind_is_rendered_in_every_language_with_all_its_facts_and_no_brace(
    kind: model.Kind, locale: model.Locale
) -> None:
    kinds.check(kind, facts(kind))
    said = WORDING.notice(kind, facts(kind), locale, AT)
    parts = [said.subject, *said.paragraphs, said.text]
    assert all(part.strip() for part in parts)
    assert not [part for part in parts if "{" in part or "}" in part]
    assert "\n" not in said.subject
    whole = "\n".join(parts)
    assert [name for name in kinds.KINDS[kind].facts if f"<{name}>" not in whole] == []


@LOCALES
@pytest.mark.parametrize("purpose", model.Purpose)
def test_a_code_stands_in_the_text_and_never_in_the_subject(purpose: model.Purpose, locale: model.Locale) -> None:
    said = WORDING.code(purpose, "271828", locale, AT)
    assert "271828" in said.text
    assert any("271828" in paragraph for paragraph in said.paragraphs)
    assert "271828" not in said.subject
    assert len(said.text) <= templates.SMS_LENGTH_MAX


@LOCALES
def test_languages_are_not_copies_of_english(locale: model.Locale) -> None:
    if locale is model.Locale.ENGLISH:
        assert templates.direction(locale) is model.Direction.LEFT_TO_RIGHT
        return
    english, other = BOOK.files[model.Locale.ENGLISH], BOOK.files[locale]
    same = [kind for kind in model.Kind if english.kinds[kind] == other.kinds[kind]]
    assert same == [model.Kind.ANNOUNCEMENT]


def test_arabic_is_right_to_left_and_what_comes_from_outside_is_isolated() -> None:
    assert templates.direction(model.Locale.ARABIC) is model.Direction.RIGHT_TO_LEFT
    said = WORDING.notice(
        model.Kind.NEW_SIGN_IN, {"device": "Firefox on Linux", "place": "192.0.2.1"}, model.Locale.ARABIC, AT
    )
    assert "\u2068Firefox on Linux\u2069" in "".join(said.paragraphs)


def test_times_are_those_of_the_place() -> None:
    said = WORDING.notice(model.Kind.PASSWORD_CHANGED, {}, model.Locale.ENGLISH, AT)
    assert "2026-03-03 01:30 (Asia/Colombo)" in said.paragraphs[0]


@pytest.mark.parametrize(
    "value",
    [
        "{support}",
        "{{brand}}",
        "a\r\nBcc: x@y.example",
        "a\x00b",
        "\u202eevil",
        "a\u2028b",
        "{0.__class__}",
        "%s",
        "$x",
    ],
)
def test_a_fact_is_text_and_nothing_else(value: str) -> None:
    said = WORDING.notice(model.Kind.API_KEY_CREATED, {"name": value}, model.Locale.ENGLISH, AT)
    whole = [said.subject, *said.paragraphs, said.text]
    assert not [part for part in whole if set(part) & set("\r\n\x00\u202e\u2028")]
    assert len(said.paragraphs) == 2
    assert any(templates.one_line(value) in part for part in said.paragraphs)


@given(st.text(max_size=300))
def test_a_value_is_never_read_as_a_template(value: str) -> None:
    filled = templates.fill("a {name} b", {"name": value})
    assert filled == f"a {value} b"


@given(st.text())
def test_one_line_is_one_line(value: str) -> None:
    line = templates.one_line(value)
    assert len(line.splitlines()) <= 1
    assert templates.one_line(line) == line


@pytest.mark.parametrize("template", ["{", "}", "{}", "{Name}", "{a.b}", "{a!r}", "{a:>9}", "{0}", "a } b", "{ a }"])
def test_what_is_no_plain_name_is_refused(template: str) -> None:
    with pytest.raises(templates.TemplateError):
        templates.placeholders(template)


def english() -> dict[str, Any]:
    folder = resources.files("customer_stack.notifications").joinpath("templates")
    found: dict[str, Any] = json.loads(folder.joinpath("en.json").read_bytes())
    return found


def broken(change: Callable[[dict[str, Any]], object]) -> str:
    """What is said of the English file after a change to it."""
    folder = resources.files("customer_stack.notifications").joinpath("templates")
    files = {f"{each.value}.json": folder.joinpath(f"{each.value}.json").read_bytes() for each in model.Locale}
    changed = english()
    change(changed)
    files["en.json"] = json.dumps(changed).encode()
    with pytest.raises(templates.TemplateError) as refused:
        wording.book(files)
    return str(refused.value)


SIGN_IN = "identity.new_sign_in"
BREAKS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "a kind is missing": (lambda file: file["kinds"].pop(SIGN_IN), "en: the kind identity.new_sign_in has no words"),
    "a purpose is missing": (lambda file: file["codes"].pop("sign_in"), "en: the purpose sign_in has no words"),
    "a kind is unknown": (lambda file: file["kinds"].update(x=file["kinds"][SIGN_IN]), "en.json"),
    "another kind's fact": (lambda file: file["kinds"][SIGN_IN].update(sms="{name}"), "['name'] are no facts of it"),
    "an unknown name": (lambda file: file["kinds"][SIGN_IN].update(subject="{password}"), "['password']"),
    "a lone brace": (lambda file: file["kinds"][SIGN_IN]["body"].append("{"), "a lone brace"),
    "no body": (lambda file: file["kinds"][SIGN_IN].update(body=[]), "there is no body"),
    "an empty subject": (lambda file: file["kinds"][SIGN_IN].update(subject=" "), "empty"),
    "a line break": (lambda file: file["kinds"][SIGN_IN].update(sms="a\nb{device}"), "control character"),
    "a word is missing": (lambda file: file["words"]["factor"].pop("totp"), "the words of factor are not"),
    "a member is unknown": (lambda file: file.update(html="<b>"), "en.json"),
    "a code in the subject": (lambda file: file["codes"]["sign_in"].update(subject="{code}"), "locked screen"),
    "no code in the text": (lambda file: file["codes"]["sign_in"].update(sms="none"), "must stand in the body"),
}


@pytest.mark.parametrize("change, said", BREAKS.values(), ids=BREAKS)
def test_a_broken_language_file_is_refused_with_its_place(
    change: Callable[[dict[str, Any]], object], said: str
) -> None:
    found = broken(change)
    assert said in found


def test_a_missing_language_is_refused() -> None:
    with pytest.raises(templates.TemplateError, match="ta: there is no file"):
        wording.book({"en.json": json.dumps(english()).encode()})


@pytest.mark.parametrize(
    "kind, given_facts",
    [
        (model.Kind.NEW_SIGN_IN, {"device": "x"}),
        (model.Kind.NEW_SIGN_IN, {"device": "x", "place": "y", "more": "z"}),
        (model.Kind.PASSWORD_CHANGED, {"password": "x"}),
        (model.Kind.FACTOR_CHANGED, {"factor": "totp", "change": "eaten"}),
        (model.Kind.API_KEY_CREATED, {"name": "x" * 201}),
    ],
)
def test_other_facts_than_the_kind_has_are_a_defect_that_repeats_no_value(
    kind: model.Kind, given_facts: dict[str, str]
) -> None:
    with pytest.raises(kinds.FactsError) as refused:
        kinds.check(kind, given_facts)
    assert "eaten" not in str(refused.value)
    assert "xxx" not in str(refused.value)
