"""Onboarding of a process, from its settings: who verifies, who scans, which register, and who screens."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from boundary.kernel import clock, errors, ids
from boundary.kernel.runtime import settings as kernel_settings
from boundary.kernel.runtime import transaction
from customer_stack import settings
from customer_stack.branding import model as branding
from customer_stack.kyc import model, ports
from customer_stack.kyc.adapters import clamd, in_house, register, sumsub
from customer_stack.kyc.service import freezing, wiring
from customer_stack.vault import service as vault


class NoCases(errors.Unavailable):
    """Nobody opens cases in this process. The freeze stands, and its case is opened when somebody does."""

    code = "kyc_cases_unavailable"


class Unscreened:
    """Nobody screens in this process: everybody's answer is pending, which lets nobody pass."""

    async def screen(self, tx: transaction.Tx, account: UUID, person: model.Person, trigger: str) -> model.ScreenState:
        del tx, account, person, trigger
        return model.ScreenState.PENDING


class Unranked:
    """Nobody ranks customers by risk in this process: all are medium."""

    async def of(self, tx: transaction.Tx, accounts: Sequence[UUID], now: datetime) -> Mapping[UUID, str]:
        del tx, now
        return dict.fromkeys(accounts, "medium")


class Caseless:
    """Nobody opens cases in this process, so a freeze stays unfinished, and cannot be lifted."""

    async def open_(
        self,
        tx: transaction.Tx,
        *,
        kind: str,
        subject: UUID,
        reasons: tuple[str, ...],
        link: UUID | None,
        now: datetime,
        random: ids.Ids,
    ) -> UUID:
        del tx, kind, subject, reasons, link, now, random
        raise NoCases("nobody opens cases here")


def provider(config: settings.Settings, time: clock.Clock) -> ports.Provider:
    """The vendor, if one is named; else the operator's own officers."""
    if config.kyc_provider_url is None:
        return in_house.InHouse()
    if config.kyc_hook_secret is None:
        raise kernel_settings.SettingsError("CUSTOMER_KYC_PROVIDER_URL needs CUSTOMER_KYC_HOOK_SECRET")
    secrets = [config.kyc_hook_secret.reveal()]
    if config.kyc_hook_secret_next is not None:
        secrets.append(config.kyc_hook_secret_next.reveal())
    levels = config.kyc_provider_levels or sumsub.LEVELS
    return sumsub.Sumsub(config.kyc_provider_url.reveal(), secrets, time, levels=levels)


def kyc(
    config: settings.Settings,
    brand: branding.Branding,
    held: vault.Vault,
    time: clock.Clock,
    random: ids.Ids,
    *,
    verifier: ports.Provider | None = None,
    screener: ports.Screener | None = None,
    risks: ports.Risks | None = None,
    teller: ports.Teller | None = None,
) -> wiring.Kyc:
    return wiring.Kyc(
        vault=held,
        branding=brand,
        provider=verifier or provider(config, time),
        screener=screener or Unscreened(),
        risks=risks or Unranked(),
        clock=time,
        ids=random,
        teller=teller,
    )


def workshop(
    config: settings.Settings,
    made: wiring.Kyc,
    outbound: ports.Outbound,
    *,
    cases: ports.Cases | None = None,
    between: Sequence[ports.Step] = (),
) -> wiring.Workshop:
    """`between` are the steps of others in a freeze: they cancel quotes, withdrawals and intents."""
    scanner: ports.Scanner = clamd.Clamd(config.kyc_scanner_url) if config.kyc_scanner_url else clamd.Absent()
    asked = register.Register(config.kyc_register_url.reveal()) if config.kyc_register_url else None
    steps = freezing.steps(outbound, cases or Caseless(), between, made.clock, made.ids)
    return wiring.Workshop(made, scanner, asked, outbound, steps)
