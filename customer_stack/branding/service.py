"""From bytes to a configuration that a process may start with, and from that to what the public sees.

Nothing here reads a file or a clock: `adapters.files` does the one, the caller brings the other.
"""

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from customer_stack.branding import model
from customer_stack.branding.formats import located_json
from customer_stack.branding.rules import config as config_rules
from customer_stack.branding.rules import packs as pack_rules
from customer_stack.branding.rules import structure


def read_config(document: str, data: bytes, packs: Sequence[model.Pack], now: datetime) -> model.Config:
    """The configuration in these bytes, or `BadConfig` with every problem that can be told together.

    Credentials come first and alone: no later message may quote the text around one.
    """
    raw = located_json.parse(document, data)
    _refuse(document, list(config_rules.secrets(raw)))
    _refuse(document, [*structure.problems(raw, model.Config), *config_rules.texts(raw)])
    config = msgspec.convert(raw, model.Config)
    _refuse(document, config_rules.validate(config, packs, now))
    return config


def read_packs(document: str, data: bytes) -> tuple[model.Pack, ...]:
    """The versions of one jurisdiction's pack; the file is named after the code."""
    raw = located_json.parse(document, data)
    if not isinstance(raw, list) or not raw:
        raise model.BadConfig(document, (model.Problem("", "must be a list of versions"),))
    _refuse(
        document, [problem for i, one in enumerate(raw) for problem in structure.problems(one, model.Pack, f"/{i}")]
    )
    packs = msgspec.convert(raw, tuple[model.Pack, ...])
    _refuse(document, pack_rules.problems(packs, code=document.removesuffix(".json")))
    return packs


def schema() -> bytes:
    """The JSON Schema of config.json, for editors and for checks outside this program."""
    generated: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **msgspec.json.schema(model.Config),
    }
    return msgspec.json.format(msgspec.json.encode(generated), indent=2) + b"\n"


def example(jurisdiction: str, *, web: str | None = None, api: str | None = None) -> bytes:
    """A complete config.json of an operator that does not exist, for one of our packs.

    `web` and `api` are where a demonstration runs; without them they are addresses that lead nowhere.
    """
    if jurisdiction not in _EXAMPLES:
        raise model.NoPack(f"there is no example for {jurisdiction}; there are {', '.join(_EXAMPLES)}")
    place, entity, overrides = _EXAMPLES[jurisdiction]
    languages = _EXAMPLE_LANGUAGES[jurisdiction]
    domain = f"{jurisdiction.lower()}.market.example"
    config = model.Config(
        brand=model.Brand(
            name=f"Example Market {place}",
            title={language: _EXAMPLE_TEXTS[language][0] for language in languages},
            description={language: _EXAMPLE_TEXTS[language][1] for language in languages},
            legal_entity=entity,
            copyright_holder=entity,
            domains=(domain,),
            support_email=f"support@{domain}",
            compliance_email=f"compliance@{domain}",
            colours=_EXAMPLE_COLOURS,
            logo=_EXAMPLE_LOGO,
        ),
        licences=(
            model.Licence(authority="Example authority", number="EXAMPLE-0000", activity="None: a fictional licence"),
        ),
        jurisdiction=jurisdiction,
        languages=languages,
        default_language=languages[0],
        modules=tuple(model.Module),
        links=model.Links(
            terms=f"https://{domain}/terms", privacy=f"https://{domain}/privacy", help=f"https://{domain}/help"
        ),
        endpoints=model.Endpoints(web=web or f"https://{domain}", api=api or f"https://api.{domain}"),
        limits=overrides,
    )
    return msgspec.json.format(msgspec.json.encode(config), indent=2) + b"\n"


def pack_now(branding: model.Branding, now: datetime) -> model.Pack:
    """The law that holds for this operator at this moment, by the calendar of the place."""
    return pack_rules.pack_now(branding.packs, branding.config.jurisdiction, now)


def public_config(branding: model.Branding, now: datetime) -> model.PublicConfig:
    config, pack = branding.config, pack_now(branding, now)
    return model.PublicConfig(
        brand=config.brand,
        licences=config.licences,
        languages=config.languages,
        default_language=config.default_language,
        modules=config.modules,
        links=config.links,
        endpoints=config.endpoints,
        jurisdiction=model.JurisdictionSummary(
            code=pack.code,
            name=pack.name,
            currency=pack.currency,
            time_zone=pack.time_zone,
            minimum_age=pack_rules.minimum_age(pack, config.limits),
            effective_from=pack.effective_from,
        ),
        limits=_public_limits(pack, config.limits),
    )


def public_pack(branding: model.Branding, now: datetime) -> model.PublicPack:
    overrides, pack = branding.config.limits, pack_now(branding, now)
    return model.PublicPack(
        code=pack.code,
        name=pack.name,
        effective_from=pack.effective_from,
        currency=pack.currency,
        time_zone=pack.time_zone,
        official_languages=pack.official_languages,
        required_languages=pack.required_languages,
        minimum_age=pack_rules.minimum_age(pack, overrides),
        residency=pack.residency,
        identity_documents=pack.identity_documents,
        consents_required=pack.consents_required,
        limits=_public_limits(pack, overrides),
        retention_years=pack.retention_years,
        regulators=pack.regulators,
        legal_framework=pack.legal_framework,
    )


def _public_limits(pack: model.Pack, overrides: model.LimitOverrides) -> model.PublicLimits:
    limits = pack_rules.effective_limits(pack, overrides)
    return model.PublicLimits(single=limits.single, day=limits.day, month=limits.month)


def _refuse(document: str, problems: list[model.Problem]) -> None:
    if problems:
        raise model.BadConfig(document, tuple(problems))


# ---- the fictional operators of `example`

_L = model.Language
_EXAMPLE_TEXTS = {
    _L.ENGLISH: ("Example Market", "A fictional operator, for demonstration only."),
    _L.SINHALA: ("උදාහරණ වෙළඳපොළ", "ආදර්ශනය සඳහා පමණක් වන කල්පිත ආයතනයකි."),
    _L.TAMIL: ("எடுத்துக்காட்டுச் சந்தை", "செயல்விளக்கத்திற்கு மட்டுமான கற்பனை நிறுவனம்."),
    _L.ARABIC: ("سوق المثال", "مشغّل خيالي لغرض العرض التوضيحي فقط."),
    _L.FRENCH: ("Marché Exemple", "Un opérateur fictif, pour démonstration uniquement."),
    _L.GERMAN: ("Beispielmarkt", "Ein erfundener Betreiber, nur zur Vorführung."),
}
_EXAMPLE_LANGUAGES = {
    "LK": (_L.ENGLISH, _L.SINHALA, _L.TAMIL),
    "LU": (_L.FRENCH, _L.GERMAN, _L.ENGLISH),
    "AE": (_L.ARABIC, _L.ENGLISH),
    "US": (_L.ENGLISH,),
}
_EXAMPLES = {
    # an operator that is stricter than the law: event markets are for those who are 21
    "LK": ("Lanka", "Example Market Lanka (Private) Limited", model.LimitOverrides(minimum_age=21)),
    "LU": ("Luxembourg", "Example Market Luxembourg S.A.", model.LimitOverrides()),
    "AE": ("Emirates", "Example Market Emirates LLC", model.LimitOverrides(minimum_age=21)),
    "US": ("America", "Example Market America, Inc.", model.LimitOverrides()),
}
_EXAMPLE_COLOURS = model.Colours(
    light=model.Palette(
        primary="#0f6b63",
        on_primary="#ffffff",
        surface="#ffffff",
        surface_raised="#f1f5f4",
        text="#10201e",
        text_muted="#4a5a58",
    ),
    dark=model.Palette(
        primary="#5fd4c4",
        on_primary="#04211d",
        surface="#0c1514",
        surface_raised="#16211f",
        text="#e8f0ee",
        text_muted="#a3b3b0",
    ),
)
# three bars of a chart
_EXAMPLE_SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    b'<path fill="#0f6b63" d="M4 18h6v10H4zM13 10h6v18h-6zM22 4h6v24h-6z"/></svg>'
)
_EXAMPLE_LOGO = "data:image/svg+xml;base64," + base64.b64encode(_EXAMPLE_SVG).decode("ascii")
