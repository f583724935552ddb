"""From a kind and its facts to finished words, in the operator's name and in the time of the place."""

import zoneinfo
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from customer_stack.branding import model as branding_model
from customer_stack.branding import service as branding
from customer_stack.notifications import model
from customer_stack.notifications.rules import templates


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    words: dict[str, dict[str, str]]
    kinds: dict[model.Kind, model.Words]
    codes: dict[model.Purpose, model.Words]


def book(files: Mapping[str, bytes]) -> templates.Book:
    """The language files by name (`en.json`), all checked together; `TemplateError` names everything that is wrong."""
    read: dict[model.Locale, templates.File] = {}
    for name, data in files.items():
        try:
            file = msgspec.json.decode(data, type=_File)
            read[model.Locale(name.removesuffix(".json"))] = templates.File(file.words, file.kinds, file.codes)
        except (msgspec.MsgspecError, ValueError) as error:
            raise templates.TemplateError(f"{name}: {error}") from None
    found = templates.Book(read)
    if wrong := list(templates.problems(found)):
        raise templates.TemplateError("; ".join(wrong))
    return found


def brand(held: branding_model.Branding, now: datetime) -> model.Brand:
    config, light = held.config, held.config.brand.colours.light
    return model.Brand(
        name=config.brand.name,
        support_email=config.brand.support_email,
        web=config.endpoints.web,
        legal_entity=config.brand.legal_entity,
        primary=light.primary,
        on_primary=light.on_primary,
        surface=light.surface,
        text=light.text,
        time_zone=branding.pack_now(held, now).time_zone,
    )


def default_locale(held: branding_model.Branding) -> model.Locale:
    """The operator's language if we have words in it, else the first of its others that we have, else English."""
    spoken = {each.value for each in model.Locale}
    wanted = (held.config.default_language, *held.config.languages)
    return next((model.Locale(each.value) for each in wanted if each.value in spoken), model.Locale.ENGLISH)


class Wording(NamedTuple):
    """Every language, the operator's strings, and the language of whoever chose none."""

    book: templates.Book
    brand: model.Brand
    default: model.Locale

    def notice(
        self, kind: model.Kind, facts: Mapping[str, str], locale: model.Locale, at: datetime
    ) -> templates.Rendered:
        words = self.book.files[locale].kinds[kind]
        return templates.render(self.book, locale, words, facts, self._always(at))

    def code(self, purpose: model.Purpose, code: str, locale: model.Locale, at: datetime) -> templates.Rendered:
        words = self.book.files[locale].codes[purpose]
        return templates.render(self.book, locale, words, {"code": code}, self._always(at))

    def _always(self, at: datetime) -> dict[str, str]:
        local = at.astimezone(zoneinfo.ZoneInfo(self.brand.time_zone))
        return {
            "brand": self.brand.name,
            "support": self.brand.support_email,
            "web": self.brand.web,
            "entity": self.brand.legal_entity,
            "at": f"{local:%Y-%m-%d %H:%M} ({self.brand.time_zone})",
        }


def open_facts(text: str) -> dict[str, str]:
    return msgspec.json.decode(text, type=dict[str, str])


def seal_facts(facts: Mapping[str, Any]) -> str:
    return msgspec.json.encode(facts, order="sorted").decode()
