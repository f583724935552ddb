"""The identity of a process, from its settings."""

from boundary.kernel import clock, ids
from boundary.kernel.runtime import settings as kernel_settings
from customer_stack import settings
from customer_stack.branding import model as branding
from customer_stack.identity import ports
from customer_stack.identity.adapters import breached, hashing, key_ring
from customer_stack.identity.model import accounts
from customer_stack.identity.service import requests, wiring

_C = accounts.Consent


def identity(
    config: settings.Settings,
    brand: branding.Config,
    *,
    vault: ports.Vault,
    notifier: ports.Notifier,
    rights: ports.Rights,
    time: clock.Clock,
    random: ids.Ids,
    front: wiring.Front | None = None,
) -> wiring.Identity:
    return wiring.Identity(
        vault=vault,
        notifier=notifier,
        rights=rights,
        brand=brand.brand.name,
        country=brand.jurisdiction[:2],
        languages=tuple(language.value for language in brand.languages),
        versions=versions(config),
        time=time,
        random=random,
        front=front,
    )


def front(
    config: settings.Settings, brand: branding.Config, random: ids.Ids, cost: hashing.Cost | None = None
) -> wiring.Front:
    """What the API signs people in with. Refused with one line unless the keys are there and as they should be."""
    if config.token_keys is None:
        raise kernel_settings.SettingsError("CUSTOMER_TOKEN_KEYS is missing")
    leaked = breached.SortedFile(config.breached_passwords) if config.breached_passwords else None
    address = brand.endpoints.api
    return wiring.Front(
        ring=key_ring.read(config.token_keys),
        issuer=address,
        audience=address,
        passwords=hashing.Argon2(random, cost=cost, breached=leaked),
    )


def versions(config: settings.Settings) -> dict[accounts.Consent, str]:
    """The versions of what people agree to that are in force."""
    return {
        _C.TERMS: config.terms_version,
        _C.PRIVACY_NOTICE: config.privacy_version,
        **dict.fromkeys(
            (_C.ESSENTIAL_SERVICES, _C.MARKETING, _C.ANALYTICS, _C.THIRD_PARTY_SHARING), config.consents_version
        ),
    }


def edge(config: settings.Settings) -> requests.Edge:
    try:
        proxies = requests.networks(config.trusted_proxies)
    except ValueError:
        raise kernel_settings.SettingsError("CUSTOMER_TRUSTED_PROXIES: not networks like 10.0.0.0/8") from None
    return requests.Edge(proxies, frozenset(config.cors_allowed_origins))
