"""What makes a configuration fit to start with: all that is wrong is told at once, each fault with its JSON pointer."""

import base64
import binascii
import re
import unicodedata
import urllib.parse
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from customer_stack.branding import model
from customer_stack.branding.rules import colours, credentials, packs

NEEDS = {
    model.Module.FX: model.Module.WALLET,
    model.Module.EVENT_MARKETS: model.Module.WALLET,
    model.Module.SECURITIES: model.Module.WALLET,
    model.Module.BROKERAGE: model.Module.WALLET,
    model.Module.OPTIONS: model.Module.BROKERAGE,
    model.Module.FUTURES: model.Module.BROKERAGE,
    model.Module.ISSUANCE: model.Module.SECURITIES,
}

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_PNG = b"\x89PNG\r\n\x1a\n"
_ACTIVE_SVG = re.compile(
    r"<script|<foreignobject|<!entity|javascript:|\son\w+\s*=|href\s*=\s*[\"']?\s*(?!#|[\"'\s])", re.IGNORECASE
)
# Characters that reorder or overwrite what a reader sees. Joiners stay allowed: Sinhala cannot be written without.
_DECEPTIVE = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u2028\u2029\ufeff")


def secrets(raw: Any, at: str = "") -> Iterator[model.Problem]:
    """Every text in the raw document that looks like a credential, keys included. The text itself is never told."""
    if isinstance(raw, str) and not raw.startswith("data:image/"):  # a logo is looked into once it is decoded
        kind = credentials.looks_like(raw)
        if kind:
            yield model.Problem(at, f"looks like {kind}; this file is public")
    elif isinstance(raw, list):
        for position, inner in enumerate(raw):
            yield from secrets(inner, f"{at}/{position}")
    elif isinstance(raw, dict):
        for key, inner in raw.items():
            kind = credentials.looks_like(key)
            if kind:
                yield model.Problem(at, f"has a key that looks like {kind}; this file is public")
            else:
                yield from secrets(inner, at + model.step(key))


def texts(raw: Any, at: str = "") -> Iterator[model.Problem]:
    """Control characters and invisible ones that turn text around belong in nothing that a customer reads."""
    if isinstance(raw, str):
        if any(letter in _DECEPTIVE or unicodedata.category(letter) == "Cc" for letter in raw):
            yield model.Problem(at, "holds a control character or one that hides or reorders text")
        elif raw != raw.strip():
            yield model.Problem(at, "begins or ends with white space")
    elif isinstance(raw, dict | list):
        steps: Iterable[tuple[str | int, Any]] = raw.items() if isinstance(raw, dict) else enumerate(raw)
        for key, inner in steps:
            yield from texts(inner, at + model.step(key))


def validate(config: model.Config, known: Sequence[model.Pack], now: datetime) -> list[model.Problem]:
    """Everything that is wrong with a configuration of the right shape, at a moment."""
    found = [*_languages(config), *_modules(config), *_brand(config.brand), *_addresses(config)]
    try:
        pack = packs.pack_now(known, config.jurisdiction, now)
    except model.NoPack as refusal:
        codes = ", ".join(sorted({pack.code for pack in known}))
        return [*found, model.Problem("/jurisdiction", f"{refusal.detail}; there are packs for {codes}")]
    return [*found, *_required_languages(config, pack), *_stricter_only(config.limits, pack)]


def _languages(config: model.Config) -> Iterator[model.Problem]:
    yield from _doubled(config.languages, "/languages")
    if config.default_language not in config.languages:
        yield model.Problem("/default_language", f"{config.default_language} is not among /languages")
    for field, texts_ in (("title", config.brand.title), ("description", config.brand.description)):
        for language in dict.fromkeys(config.languages):
            if language not in texts_:
                yield model.Problem(f"/brand/{field}", f"has no text in {language}, which is among /languages")
        for language in texts_:
            if language not in config.languages:
                yield model.Problem(f"/brand/{field}/{language}", f"{language} is not among /languages")


def _required_languages(config: model.Config, pack: model.Pack) -> Iterator[model.Problem]:
    for language in pack.required_languages:
        if language not in config.languages:
            yield model.Problem("/languages", f"{language} is missing; jurisdiction {pack.code} requires it")


def _modules(config: model.Config) -> Iterator[model.Problem]:
    yield from _doubled(config.modules, "/modules")
    for position, module in enumerate(config.modules):
        needed = NEEDS.get(module)
        if needed is not None and needed not in config.modules:
            yield model.Problem(f"/modules/{position}", f"{module} needs {needed}, which is not enabled")


def _brand(brand: model.Brand) -> Iterator[model.Problem]:
    yield from _doubled(brand.domains, "/brand/domains")
    yield from colours.problems(brand.colours)
    for field in ("support_email", "compliance_email"):
        host = getattr(brand, field).rpartition("@")[2]
        if not _belongs(host, brand.domains):
            yield model.Problem(f"/brand/{field}", f"{host} is not one of /brand/domains")
    detail = _logo_fault(brand.logo)
    if detail:
        yield model.Problem("/brand/logo", detail)


def _addresses(config: model.Config) -> Iterator[model.Problem]:
    """Whatever a customer is sent to belongs to the operator, and travels encrypted; only a loopback may do without."""
    for group in ("links", "endpoints"):
        section = getattr(config, group)
        for field in section.__struct_fields__:
            detail = _address_fault(getattr(section, field), config.brand.domains)
            if detail:
                yield model.Problem(f"/{group}/{field}", detail)


def _address_fault(address: str, domains: Sequence[str]) -> str | None:
    try:
        parts = urllib.parse.urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or any(letter.isspace() for letter in address) or "\\" in address:
        return "is not an address"
    if host in _LOOPBACK:
        return None
    if not address.startswith("https://"):
        return "must begin with https://"
    return None if _belongs(host, domains) else f"{host} is not one of /brand/domains"


def _belongs(host: str, domains: Sequence[str]) -> bool:
    return any(host == domain or host.endswith("." + domain) for domain in domains)


def _logo_fault(logo: str) -> str | None:
    if logo.startswith("/"):
        return "a path on this site begins with one slash" if logo.startswith("//") or "\\" in logo else None
    kind, _, encoded = logo.partition(";base64,")
    try:
        data = base64.b64decode(encoded, validate=True)
        text = "" if kind.endswith("png") else data.decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return "the image data does not decode"
    if kind.endswith("png"):
        return None if data.startswith(_PNG) else "the image data is not a PNG"
    if "<svg" not in text:
        return "the image data is not an SVG"
    if _ACTIVE_SVG.search(text):
        return "an SVG logo may not hold script, entities or links"
    return "the image data looks like it holds a credential" if credentials.looks_like(text) else None


def _stricter_only(limits: model.LimitOverrides, pack: model.Pack) -> Iterator[model.Problem]:
    for field in ("single", "day", "month"):
        ours = getattr(limits, field)
        if ours is None:
            continue
        detail = packs.amount_problem(ours, pack.currency)
        allowed = getattr(pack.limits, field)
        if detail is None and packs.money_of(ours) > packs.money_of(allowed):
            detail = f"is looser than the {packs.money_of(allowed)} of jurisdiction {pack.code}"
        if detail:
            yield model.Problem(f"/limits/{field}", detail)
    if limits.minimum_age is not None and limits.minimum_age < pack.minimum_age:
        yield model.Problem("/limits/minimum_age", f"is below the {pack.minimum_age} of jurisdiction {pack.code}")


def _doubled(values: Sequence[str], at: str) -> Iterator[model.Problem]:
    for position, value in enumerate(values):
        if value in values[:position]:
            yield model.Problem(f"{at}/{position}", f"{value} stands here twice")
