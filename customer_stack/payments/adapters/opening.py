"""Payments of a process, from a file that names the providers and holds their credentials.

    {"country": "LK", "approval_above": {"LKR": 300000000}, "cool_down_hours": 24,
     "payee": {"url": "https://…", "key": "…"},
     "currencycloud": {"url": "https://…", "login": "…", "key": "…", "webhook_secrets": ["…"]},
     "openpayd": {"url": "…", "user": "…", "password": "…", "account": "…", "public_keys": ["PEM"]},
     "circle": {"url": "…", "key": "…", "public_keys": ["PEM"], "topics": ["arn:…"]},
     "bank": {"folder": "…", "name": "…", "account": "…", "iban": "", "bic": "", "rails": {"cefts": ["LKR"]},
              "webhook_secrets": ["whsec_…"], "version": "001.09"},
     "uk_modulus": {"weights": "…/valacdos.txt", "substitutes": "…/scsubtab.txt"}}

Only what stands there exists. Without the file nothing can be sent, and nothing else is different.
"""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import msgspec

from boundary.kernel import clock, ids
from boundary.kernel.runtime import settings as kernel_settings
from customer_stack.payments import ports
from customer_stack.payments.adapters import bank_files, circle, currencycloud, openpayd, payee, waiting
from customer_stack.payments.formats import uk_modulus
from customer_stack.payments.model.accounts import Modulus
from customer_stack.payments.model.messages import Agent, Party
from customer_stack.payments.model.rails import Rail
from customer_stack.payments.service.wiring import Payments, Policy
from customer_stack.vault import service as vaults

SIZE_MAX = 256 * 1024
Country = Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")]


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A word that nobody knows is a typing error."""


class Currencycloud(_Strict, frozen=True, kw_only=True):
    url: str
    login: str
    key: str
    webhook_secrets: tuple[str, ...] = ()


class OpenPayd(_Strict, frozen=True, kw_only=True):
    url: str
    user: str
    password: str
    account: str
    public_keys: tuple[str, ...] = ()


class Circle(_Strict, frozen=True, kw_only=True):
    url: str
    key: str
    public_keys: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()


class Bank(_Strict, frozen=True, kw_only=True):
    folder: str
    name: str
    account: str = ""
    iban: str = ""
    bic: str = ""
    rails: dict[Rail, tuple[str, ...]]
    webhook_secrets: tuple[str, ...] = ()
    version: str = "001.09"


class UkModulus(_Strict, frozen=True, kw_only=True):
    """Pay.UK's `valacdos.txt` and `scsubtab.txt`."""

    weights: str
    substitutes: str = ""


class Asked(_Strict, frozen=True, kw_only=True):
    url: str
    key: str


class File(_Strict, frozen=True, kw_only=True):
    country: Country
    approval_above: dict[str, Annotated[int, msgspec.Meta(ge=0)]] = {}
    cool_down_hours: Annotated[int, msgspec.Meta(ge=0, le=720)] = 24
    payee: Asked | None = None
    currencycloud: Currencycloud | None = None
    openpayd: OpenPayd | None = None
    circle: Circle | None = None
    bank: Bank | None = None
    uk_modulus: UkModulus | None = None


def read(path: Path | None) -> File | None:
    """The file, or one line that says what is wrong with it; nothing of what stands in it is repeated."""
    if path is None:
        return None
    try:
        with path.open("rb") as opened:
            return msgspec.json.decode(opened.read(SIZE_MAX), type=File)
    except OSError as error:
        raise kernel_settings.SettingsError(f"CUSTOMER_PAYMENT_PROVIDERS: {error.strerror}") from None
    except msgspec.MsgspecError:
        raise kernel_settings.SettingsError("CUSTOMER_PAYMENT_PROVIDERS is no file of providers") from None


def payments(
    path: Path | None,
    vault: vaults.Vault,
    time: clock.Clock,
    random: ids.Ids,
    *,
    clearance: ports.Clearance | None = None,
    screener: ports.Screener | None = None,
    customers: ports.Customers | None = None,
    reviews: ports.Reviews | None = None,
) -> Payments:
    """Whoever is not given a clearance gets the one that refuses."""
    file = read(path)
    policy = Policy(country="LK", approval_above={})
    if file is not None:
        cool_down = timedelta(hours=file.cool_down_hours)
        policy = Policy(country=file.country, approval_above=file.approval_above, cool_down=cool_down)
    asked = file.payee if file is not None else None
    return Payments(
        vault=vault,
        clearance=clearance or waiting.NobodyClears(random),
        screener=screener or waiting.NobodyScreens(),
        customers=customers or waiting.NobodyKnows(),
        reviews=reviews or waiting.NobodyReviews(),
        payee=payee.HttpPayee(asked.url, asked.key) if asked is not None else payee.NoPayee(),
        providers=_providers(file) if file is not None else {},
        policy=policy,
        clock=time,
        ids=random,
        modulus=modulus(file.uk_modulus) if file is not None and file.uk_modulus is not None else None,
    )


def modulus(files: UkModulus) -> Modulus:
    """The table of these files, or one line that says what is wrong."""
    try:
        weights = Path(files.weights).read_bytes()
        substitutes = Path(files.substitutes).read_bytes() if files.substitutes else b""
        return uk_modulus.table(weights, substitutes)
    except OSError as error:
        raise kernel_settings.SettingsError(f"uk_modulus: {error.strerror}") from None
    except uk_modulus.TableRefused as refusal:
        raise kernel_settings.SettingsError(f"uk_modulus: {refusal} (line {refusal.facts.get('line')})") from None


def _providers(file: File) -> Mapping[str, ports.Provider]:
    found: list[ports.Provider] = []
    if (cc := file.currencycloud) is not None:
        found.append(currencycloud.Currencycloud(cc.url, cc.login, cc.key, cc.webhook_secrets))
    if (op := file.openpayd) is not None:
        found.append(openpayd.OpenPayd(op.url, op.user, op.password, op.account, op.public_keys))
    if (ci := file.circle) is not None:
        found.append(circle.Circle(ci.url, ci.key, ci.public_keys, ci.topics))
    if (bank := file.bank) is not None:
        house = Party(name=bank.name, account=bank.account, iban=bank.iban, agent=Agent(bank.bic))
        offered = {rail: frozenset(currencies) for rail, currencies in bank.rails.items()}
        found.append(
            bank_files.BankFiles(Path(bank.folder), house, offered, bank.webhook_secrets, version=bank.version)
        )
    return {each.name: each for each in found}


async def close(pay: Payments) -> None:
    for each in pay.providers.values():
        await each.close()
    await pay.payee.close()
