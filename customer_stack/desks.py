"""What the API and the worker put together in the same way: whoever decides about people and money, introduced to whom
they ask.
"""

from collections.abc import Sequence
from typing import NamedTuple

from boundary.kernel import clock, ids
from customer_stack import neighbours, settings
from customer_stack.branding import model as branding_model
from customer_stack.branding.adapters import files as branding_files
from customer_stack.compliance import ports as compliance_ports
from customer_stack.compliance.adapters import opening as compliance_opening
from customer_stack.compliance.service import evaluating
from customer_stack.fx.adapters import files as fx_files
from customer_stack.fx.service import worth
from customer_stack.kyc import ports as kyc_ports
from customer_stack.kyc.adapters import opening as kyc_opening
from customer_stack.kyc.adapters import telling
from customer_stack.kyc.service import wiring as kyc_wiring
from customer_stack.monitoring.adapters import clearing
from customer_stack.monitoring.adapters import opening as monitoring_opening
from customer_stack.notifications.adapters import opening as notifications_opening
from customer_stack.notifications.adapters import people as notified
from customer_stack.payments.adapters import opening as payments_opening
from customer_stack.payments.service import wiring as payments_wiring
from customer_stack.screening.adapters import opening as screening_opening
from customer_stack.screening.service import wiring as screening_wiring
from customer_stack.vault import service as vault_service


class Desks(NamedTuple):
    """Who is asked before anything happens. They share no state but the database and the lists in memory."""

    branding: branding_model.Branding
    screening: screening_wiring.Screening
    kyc: kyc_wiring.Kyc
    monitoring: monitoring_opening.Wiring
    law: compliance_ports.Jurisdiction
    clearance: evaluating.Clearance
    payments: payments_wiring.Payments

    @property
    def keepers(self) -> Sequence[compliance_ports.Records]:
        """Whose records are part of a customer's compliance file, beside clearance's own."""
        return (
            neighbours.KycFile(self.kyc),
            neighbours.ScreeningFile(self.screening),
            neighbours.MonitoringFile(self.kyc.vault),
        )

    async def close(self) -> None:
        await self.kyc.provider.close()
        await payments_opening.close(self.payments)


def desks(
    config: settings.Settings,
    vault: vault_service.Vault,
    time: clock.Clock,
    random: ids.Ids,
    *,
    verifier: kyc_ports.Provider | None = None,
) -> Desks:
    """As the settings say. Who gets them closes them."""
    assert config.config_file is not None, "settings.NEEDS asks for it"
    branding = branding_files.load(config.config_file, time.now())
    screening = screening_opening.screening(config, vault, time, random, neighbours.Cases())
    post = notifications_opening.post(branding, vault, notified.Directory(vault), time, random)
    kyc = kyc_opening.kyc(
        config,
        branding,
        vault,
        time,
        random,
        verifier=verifier,
        screener=neighbours.Screener(screening),
        risks=clearing.Risk(),
        teller=telling.Teller(post),
    )
    worths = worth.Worths(fx_files.read(config.fx_policy))
    rates = clearing.Rates(worths)
    law = compliance_opening.jurisdiction(branding)
    clearance = compliance_opening.clearance(
        law,
        random,
        standing=neighbours.Standing(),
        screening=neighbours.Screened(),
        risk=clearing.Risk(),
        watching=clearing.Watching(rates, random),
        rates=neighbours.Rates(worths),
    )
    payments = payments_opening.payments(
        config.payment_providers,
        vault,
        time,
        random,
        clearance=clearance,
        screener=neighbours.Payees(screening),
    )
    watched = monitoring_opening.Wiring(rates, neighbours.People(kyc))
    return Desks(branding, screening, kyc, watched, law, clearance, payments)
